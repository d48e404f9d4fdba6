"""CDS Hooks clients from the registries play an EHR on the real server: Medplum, HealthChain.

They are installed beside the test services, once, where npm and pip reach a registry. Elsewhere
these tests say that they did not run, unless CDS_CLIENTS=required.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc.jwk import ECKey, RSAKey

from recommender import models
from recommender.services import cds_clients
from tests import learned
from tests.conftest import ROOT, SERVICES_DIR
from tests.integration.cds_hooks.test_fetching import FhirServer

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = Path(__file__).with_name("clients")
ISSUER, KID, INSOMNIA = "https://ehr.example", "k1", "193462001"
SNOMED = "http://snomed.info/sct"
PATIENT, PATIENCE_S = "p-7", 300


def not_run(why):
    if os.environ.get("CDS_CLIENTS") == "required":
        pytest.fail(f"{why}, and CDS_CLIENTS=required.")
    pytest.skip(f"NOT RUN: {why}")


def brought(name, lock, *commands):
    """A folder that these commands filled; done again only when the lock has changed."""
    SERVICES_DIR.mkdir(parents=True, exist_ok=True)  # on a server of somebody else's it isn't there
    with (SERVICES_DIR / f"{name}.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        return filled(SERVICES_DIR / name, lock, commands)


def filled(folder, lock, commands):
    stamp = folder / "installed.lock"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for command in commands:
        done = subprocess.run(
            [str(part).format(folder=folder) for part in command],
            capture_output=True, text=True, check=False, timeout=PATIENCE_S, cwd=folder,
        )  # fmt: skip
        if done.returncode:
            not_run(f"{folder.name} can't be installed here: {done.stderr.strip()[-300:]}")
    stamp.write_text(lock.read_text())
    return folder


@pytest.fixture(scope="module")
def medplum():
    """A folder with @medplum/core, and how to run the EHR made of it."""
    if not (shutil.which("node") and shutil.which("npm")):
        not_run("there is no Node.js with npm: apt install npm")
    files = [CLIENTS / name for name in ("package.json", "package-lock.json", "medplum.mjs")]
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    folder = brought("medplum", files[1], ("cp", *files, "{folder}"), ("npm", "ci", *options))
    shutil.copy(files[2], folder)
    return lambda given: run(["node", str(folder / "medplum.mjs")], given)


@pytest.fixture(scope="module")
def healthchain():
    """An environment with HealthChain, and how to run the EHR made of it."""
    lock = ROOT / "requirements" / "clients.txt"
    pip = ("{folder}/bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
    folder = brought("healthchain", lock, (sys.executable, "-m", "venv", "{folder}"), pip)
    script = CLIENTS / "healthchain_sandbox.py"
    return lambda given: run([str(folder / "bin" / "python"), str(script)], given)


def run(command, given):
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=False,
        timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1_000:]
    return json.loads(done.stdout)


@pytest.fixture
def slug(transactional_db):
    version = learned.a_live_version(pathway=f"depression-{uuid.uuid4().hex[:8]}")
    models.ConceptRecord.objects.update_or_create(
        pathway=None, kind="symptom", code="insomnia", defaults={"codes": {"snomed_ct": INSOMNIA}}
    )
    return version.pathway.slug


def registered(key, algorithm):
    public = {**key.as_dict(private=False), "kid": KID, "alg": algorithm, "use": "sig"}
    cds_clients.register(name="an EHR", issuer=ISSUER, keys={"keys": [public]}, by="test")


CONDITIONS = {
    "resourceType": "Bundle",
    "type": "searchset",
    "entry": [
        {
            "resource": {
                "resourceType": "Condition",
                "id": "c-1",
                "subject": {"reference": f"Patient/{PATIENT}"},
                "code": {"coding": [{"system": SNOMED, "code": INSOMNIA}]},
            }
        }
    ],
}
NOTHING = {"resourceType": "Bundle", "type": "searchset", "total": 0}
SEARCHED = (
    "Observation", "QuestionnaireResponse", "MedicationRequest", "MedicationStatement", "Procedure",
    "AllergyIntolerance", "FamilyMemberHistory",
)  # fmt: skip


@pytest.fixture
def fhir():
    """The EHR's own FHIR server, which Medplum fills the prefetch from."""
    with FhirServer() as found:
        base = "/fhir/R4"
        patient = {"resourceType": "Patient", "id": PATIENT, "gender": "female"}
        found.answers[f"{base}/Patient/{PATIENT}"] = (200, patient)
        found.answers["R4/Condition"] = (200, CONDITIONS)
        found.answers |= {f"R4/{kind}": (200, NOTHING) for kind in SEARCHED}
        yield found


def asked_by_medplum(medplum, server, fhir, **more):
    key = ECKey.generate_key("P-384")
    registered(key, "ES384")
    return medplum(
        {
            "service": server.url,
            "fhir": fhir.base.removesuffix("fhir"),
            "issuer": ISSUER,
            "kid": KID,
            "key": {**key.as_dict(private=True), "alg": "ES384"},
            "hook": "patient-view",
            "context": {"userId": "Practitioner/12", "patientId": PATIENT},
            **more,
        }
    )


@pytest.mark.parametrize("told", ["accepted", "overridden"])
def test_medplum_discovers_prefetches_calls_and_reports(medplum, server, fhir, slug, told):
    found = asked_by_medplum(medplum, server, fhir, told=told)

    (prefetch,) = [one["prefetch"] for one in found["services"] if one["hook"] == "patient-view"]
    assert set(found["request"]["prefetch"]) == set(prefetch)
    assert found["request"]["prefetch"]["conditions"] == CONDITIONS
    assert [each["status"] for each in found["answers"]] == [200] * 3
    stored = models.SuggestionList.objects.get()
    assert {one["code"] for one in stored.case["findings"]} == {"insomnia", "sex_female"}
    assert found["cards"][-1]["uuid"] == str(stored.pk)
    assert models.Review.objects.get().outcome == told


def test_medplum_drafts_an_order(medplum, server, fhir, slug):
    drafted = {"resourceType": "MedicationRequest", "id": "d", "status": "draft"}
    context = {
        "userId": "Practitioner/12",
        "patientId": PATIENT,
        "selections": ["MedicationRequest/d"],
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": drafted}]},
    }

    found = asked_by_medplum(medplum, server, fhir, hook="order-select", context=context)

    assert found["cards"] == []
    assert found["answers"][-1]["status"] == 200


def asked_by_healthchain(healthchain, server, tmp_path, workflow, slug):
    key = RSAKey.generate_key(3072)
    registered(key, "RS384")
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        key.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return healthchain(
        {
            "service": server.url,
            "id": f"{workflow}-{slug}",
            "workflow": workflow,
            "issuer": ISSUER,
            "kid": KID,
            "pem": str(pem),
            "prefetch": {"conditions": CONDITIONS, "observations": NOTHING},
        }
    )


def test_healthchain_gets_cards_that_it_can_read_and_a_token(healthchain, server, tmp_path, slug):
    found = asked_by_healthchain(healthchain, server, tmp_path, "patient-view", slug)

    stored = models.SuggestionList.objects.get()
    assert f"patient-view-{slug}" in found["services"]
    assert found["statuses"] == [200, 200]
    assert found["api"] == 200
    assert found["taken"]
    assert [card["uuid"] for card in found["cards"]] == [str(stored.pk)]
    assert [one["code"] for one in stored.case["findings"]] == ["insomnia"]
