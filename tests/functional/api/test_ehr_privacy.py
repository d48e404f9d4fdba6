"""The running service after marked calls: its database with the queue, its log, its metrics."""

import base64
import io
import json
import os
import time
import uuid
import zipfile
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db import connection
from joserfc import jwt
from joserfc.jwk import ECKey

from recommender import models
from recommender.services import cds_clients
from recommender.services.access import Role
from tests import learned
from tests.integration.cds_hooks.bodies import bundle, condition, patient_view
from tests.integration.cds_hooks.test_fetching import FhirServer
from tests.integration.cds_hooks.test_orders import SERTRALINE, draft, order
from tests.integration.cds_hooks.test_privacy import everything_stored, marked_record
from tests.web_server import Server

pytestmark = pytest.mark.django_db(transaction=True)
ISSUER, KID, INSOMNIA = "https://ehr.example", "k1", "193462001"
DAYS = ("1931-07-19", "1999-12-31")


@pytest.fixture
def talkative(environment):
    """A server that logs all that it ever would."""
    log = Path(settings.STATE_DIR) / f"{uuid.uuid4().hex}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    started = Server({**os.environ, **environment, "LOG_LEVEL": "DEBUG"}, log)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.process.terminate()
        started.process.wait(30)


@pytest.fixture
def slug(transactional_db):
    version = learned.a_live_version(pathway=f"depression-{uuid.uuid4().hex[:8]}")
    models.ConceptRecord.objects.update_or_create(
        pathway=None, kind="symptom", code="insomnia", defaults={"codes": {"snomed_ct": INSOMNIA}}
    )
    models.TherapyRecord.objects.update_or_create(
        pathway=None,
        code="sertraline",
        defaults={"name": "Sertraline", "kind": "medication", "codes": {"rxnorm": SERTRALINE}},
    )
    return version.pathway.slug


KEEP = """
SELECT pgmq.create('{queue}');
CREATE TABLE passed_message AS TABLE pgmq.q_{queue} WITH NO DATA;
CREATE FUNCTION keep_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.passed_message VALUES (NEW.*);
    RETURN NULL;
END $$;
CREATE TRIGGER keep_message AFTER INSERT ON pgmq.q_{queue}
    FOR EACH ROW EXECUTE FUNCTION keep_message();
"""
LET_GO = """
DROP TRIGGER keep_message ON pgmq.q_{queue};
DROP FUNCTION keep_message;
DROP TABLE passed_message;
SELECT pgmq.purge_queue('{queue}');
"""


@pytest.fixture
def messages(transactional_db):
    """Every message that passes through the queue, also when a worker takes it out at once."""
    if settings.BROKER_URL:
        pytest.skip("Only the queue in the database can be looked into.")
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    with connection.cursor() as cursor:
        cursor.execute(KEEP.format(queue=queue))
    yield passed_messages
    with connection.cursor() as cursor:
        cursor.execute(LET_GO.format(queue=queue))


def passed_messages():
    """The messages as a worker reads them; in the queue their bodies are encoded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT message::text FROM passed_message")
        passed = [json.loads(message) for (message,) in cursor.fetchall()]
    assert {each["properties"]["body_encoding"] for each in passed} <= {"base64"}
    return [f"{each} {base64.b64decode(each['body']).decode()}" for each in passed]


def zipped(file):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.write(file, file.name)
    return content.getvalue()


class Caller:
    """Signs calls of the running service, and says what came."""

    def __init__(self, server, fhir):
        self.url, self.key = server.url, ECKey.generate_key("P-384")
        public = {**self.key.as_dict(private=False), "kid": KID, "alg": "ES384", "use": "sig"}
        cds_clients.register(
            name="marking EHR",
            issuer=ISSUER,
            keys={"keys": [public]},
            fhir_servers=[fhir.base],
            smart_client_id="recommender",
            by="test",
        )

    def signed(self, path, **claims):
        now = int(time.time())
        body = {
            "iss": ISSUER, "aud": f"{self.url}{path}", "iat": now, "exp": now + 60,
            "jti": f"MARKED-{uuid.uuid4().hex}", **claims,
        }  # fmt: skip
        head = {"alg": "ES384", "kid": KID, "typ": "JWT"}
        return jwt.encode(head, body, self.key, algorithms=["ES384"])

    def post(self, path, body):
        headers = {"Authorization": f"Bearer {self.signed(path)}"}
        return httpx.post(f"{self.url}{path}", json=body, headers=headers)


def test_nothing_of_who_a_person_is_stays_in_the_running_service(
    talkative, slug, messages, run_command, token_of, tmp_path
):
    view, sign = f"/cds-services/patient-view-{slug}", f"/cds-services/order-sign-{slug}"
    with FhirServer() as fhir:
        fhir.answers["AllergyIntolerance"] = (200, bundle(INSOMNIA))
        caller = Caller(talkative, fhir)
        asked = caller.post(view, patient_view(fhirServer=fhir.base, prefetch=marked_record()))
        body = order(draft(SERTRALINE, note=[{"text": "MARKED"}]), conditions=[INSOMNIA])
        checked = caller.post(sign, body)
        lost = caller.post(view, patient_view(context={"userId": "MARKED", "patientId": "MARKED"}))
        launched = httpx.get(
            f"{talkative.url}/smart/launch", params={"iss": fhir.base, "launch": "MARKED"}
        )
        tokens = {token for token in fhir.tokens if token}
    card = asked.json()["cards"][-1]["uuid"]
    reason = {"reason": {"code": "patient-refuses", "system": "MARKED"}}
    for comment in ("Ask MARKED@MARKED.example", "Fits well."):
        entry = {
            "card": card,
            "outcome": "overridden",
            "overrideReason": {**reason, "userComment": comment},
            "outcomeTimestamp": "1999-12-31T00:00:00Z",
        }
        caller.post(f"{view}/feedback", {"feedback": [entry]})
    granted = httpx.post(
        f"{talkative.url}/oauth/token",
        data={
            "grant_type": "client_credentials",
            "scope": "system/Suggestion.r",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": caller.signed("/oauth/token", sub=ISSUER),
        },
    )
    patient = marked_record()["patient"]
    faulty = {"resourceType": "Observation", "valueString": "MARKED"}
    lines = [patient, condition(INSOMNIA)["resource"], faulty]
    export = tmp_path / "export.ndjson"
    export.write_text("\n".join(map(json.dumps, lines)))
    options = ("--name", "ward", "--pathway", slug, "--format", "fhir")
    imported = run_command("import_dataset", str(export), *options)
    handed_in = httpx.post(
        f"{talkative.url}/api/v1/datasets/upload/",
        files={"file": ("MARKED.zip", zipped(export))},
        data={"name": "hospital", "pathway": slug, "format": "fhir"},
        headers=token_of(Role.DATASET_ADMIN),
    )
    metrics = httpx.get(f"{talkative.url}/metrics").text

    assert [each.status_code for each in (asked, checked, lost, granted)] == [200, 200, 400, 200]
    assert launched.status_code == 503
    assert tokens == {"Bearer MARKED-token"}
    assert imported.returncode == 0, imported.stderr
    assert models.Review.objects.count() == 1
    assert models.DataSet.objects.filter(name="ward").count() == 1
    assert handed_in.status_code == 202, handed_in.text
    (sent,) = messages()
    assert handed_in.json()["id"] in sent
    assert "MARKED" not in sent
    stored = everything_stored()
    said = f"{talkative.output}{metrics}{imported.stdout}{imported.stderr}"
    assert [row for row in stored if "MARKED" in row] == []
    assert "MARKED" not in said
    for day in DAYS:
        assert [row for row in stored if day in row] == []
        assert day not in said
