"""What wasn't prefetched is read from the EHR's own server, and from no other."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import cds_clients
from recommender.services.fhir_server import check_server
from tests.integration.cds_hooks.bodies import PATH, bundle, patient_view

pytestmark = pytest.mark.django_db
INSOMNIA = "193462001"


class FhirServer:
    """A FHIR server that answers what it's told to, and remembers what it was asked."""

    def __init__(self):
        self.answers, self.asked, self.tokens, self.slow = {}, [], set(), set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                outer.tokens.add(self.headers["Authorization"])
                name = self.path.removeprefix("/fhir/").partition("?")[0]
                status, body = outer.answers.get(self.path) or outer.answers.get(name, (404, {}))
                content = json.dumps(body).encode()
                if name in outer.slow:
                    self.drip(content)
                    return
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body["to"])
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def drip(self, content):
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    for byte in content:
                        self.wfile.write(bytes([byte]))
                        time.sleep(0.1)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/fhir"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def fhir():
    with FhirServer() as server:
        server.answers["Condition"] = (200, bundle(INSOMNIA))
        yield server


@pytest.fixture(autouse=True)
def sleepless(live_version):
    models.ConceptRecord.objects.update_or_create(
        pathway=None, kind="symptom", code="insomnia", defaults={"codes": {"snomed_ct": INSOMNIA}}
    )


def allow(*servers):
    models.CdsClient.objects.update(fhir_servers=list(servers))


def used():
    return [one["code"] for one in models.SuggestionList.objects.get().case["findings"]]


def test_absent_keys_are_read_with_the_token_of_the_call(ehr, fhir):
    allow(fhir.base)

    response = ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch={}))

    assert response.status_code == 200
    assert used() == ["insomnia"]
    assert fhir.tokens == {"Bearer MARKED-token"}


def test_what_was_prefetched_is_not_asked_for(ehr, fhir):
    allow(fhir.base + "/")

    ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch={"conditions": None}))

    assert fhir.asked
    assert not any("Condition" in path for path in fhir.asked)


def test_a_server_that_is_not_registered_is_never_asked(ehr, fhir):
    allow("https://fhir.example/fhir")

    response = ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch={}))

    assert response.status_code == 412
    assert fhir.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}),
        (200, {"resourceType": "OperationOutcome"}),
        (302, {"to": "http://127.0.0.1:9/"}),
        (200, []),
    ],
)
def test_a_query_that_failed_is_no_data(ehr, fhir, answer):
    allow(fhir.base)
    fhir.answers["Condition"] = answer

    response = ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch={}))

    assert response.status_code == 412
    assert not models.SuggestionList.objects.exists()


def test_pages_are_followed_on_the_same_server_only(ehr, fhir):
    allow(fhir.base)
    elsewhere = "http://127.0.0.1:9/fhir/Condition?page=3"
    first = {**bundle(), "link": [{"relation": "next", "url": f"{fhir.base}/Condition?page=2"}]}
    second = {**bundle(INSOMNIA), "link": [{"relation": "next", "url": elsewhere}]}
    fhir.answers["Condition"] = (200, first)
    fhir.answers["/fhir/Condition?page=2"] = (200, second)

    response = ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch={}))

    assert response.status_code == 200
    assert used() == ["insomnia"]


def detail(response):
    return response.json()["cards"][-1]["detail"]


def test_pages_after_a_prefetched_one_are_read_where_that_is_allowed(ehr, fhir):
    allow(fhir.base)
    first = {**bundle(), "link": [{"relation": "next", "url": f"{fhir.base}/Condition?page=2"}]}
    fhir.answers["/fhir/Condition?page=2"] = (200, bundle(INSOMNIA))
    body = patient_view(fhirServer=fhir.base, prefetch={"conditions": first})

    response = ehr.post(PATH, body)

    assert used() == ["insomnia"]
    assert "Not read to the end" not in detail(response)


@pytest.mark.parametrize("elsewhere", [True, False], ids=["another host", "no token"])
def test_pages_that_cannot_be_read_are_told_on_the_card(ehr, fhir, elsewhere):
    allow(fhir.base)
    url = "http://127.0.0.1:9/fhir/Condition?page=2" if elsewhere else f"{fhir.base}/Condition?p=2"
    first = {**bundle(INSOMNIA), "link": [{"relation": "next", "url": url}]}
    body = patient_view(fhirServer=fhir.base, prefetch={"conditions": first})
    if not elsewhere:
        del body["fhirServer"], body["fhirAuthorization"]

    response = ehr.post(PATH, body)

    assert used() == ["insomnia"]
    assert "**Not read to the end**: conditions." in detail(response)


def test_more_pages_than_are_read_are_told_on_the_card(ehr, fhir):
    allow(fhir.base)
    again = [{"relation": "next", "url": f"{fhir.base}/Condition?more"}]
    fhir.answers["Condition"] = (200, {**bundle(INSOMNIA), "link": again})

    response = ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch={}))

    assert sum("Condition" in path for path in fhir.asked) == 5
    assert "**Not read to the end**: conditions." in detail(response)


def referring(medicine="Medication/m-1"):
    order = {"resourceType": "MedicationRequest", "status": "active"}
    return {**order, "medicationReference": {"reference": medicine}}


SERTRALINE = {
    "resourceType": "Medication",
    "id": "m-1",
    "code": {
        "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "312940"}]
    },
}


def test_medicines_that_prescriptions_only_refer_to_are_read_by_one_query(ehr, fhir):
    allow(fhir.base)
    fhir.answers["Medication"] = (200, SERTRALINE)
    prefetch = {"conditions": None, "medications": referring(f"{fhir.base}/Medication/m-1")}

    response = ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch=prefetch))

    assert [path for path in fhir.asked if "/Medication?" in path] == [
        "/fhir/Medication?_id=m-1&_count=100"
    ]
    (tried,) = models.SuggestionList.objects.get().case["responses"]
    assert tried["therapy"] == "sertraline"
    assert "Not read to the end" not in detail(response)


@pytest.mark.parametrize("medicine", ["Medication/m-1", "#gone", 7, None])
def test_a_prescription_whose_medicine_is_not_there_is_told_on_the_card(ehr, fhir, medicine):
    prefetch = {"conditions": None, "medications": referring(medicine)}

    response = ehr.post(PATH, patient_view(prefetch=prefetch))

    assert "**Not read to the end**: prescriptions." in detail(response)
    assert fhir.asked == []


def test_a_server_that_drips_costs_two_seconds_and_is_no_data(ehr, fhir):
    allow(fhir.base)
    fhir.slow.add("Condition")
    began = time.monotonic()

    response = ehr.post(PATH, patient_view(fhirServer=fhir.base, prefetch={}))

    assert response.status_code == 412
    assert time.monotonic() - began < 5


def test_what_an_answer_has_to_do_without_is_told_on_the_card(ehr):
    failed = {"resourceType": "OperationOutcome"}
    prefetch = {"conditions": bundle(INSOMNIA), "observations": None, "medications": failed}

    said = detail(ehr.post(PATH, patient_view(prefetch=prefetch)))

    (line,) = [each for each in said.split("\n\n") if "Not known here" in each]
    assert "prescriptions" in line
    assert "allergies" in line
    assert "conditions" not in line


@pytest.mark.parametrize(
    "address", ["ftp://x/fhir", "https://", "https://me:secret@x/fhir", "https://x/?a=b", "x"]
)
def test_an_address_that_is_no_base_is_refused(ehr, address):
    with pytest.raises(BadInput):
        cds_clients.register(name="b", issuer="b", keys=ehr.keys, fhir_servers=[address], by="test")


def test_in_production_a_server_is_asked_over_https_only(settings):
    settings.PRODUCTION = True

    check_server("https://ehr.example/fhir")
    with pytest.raises(BadInput):
        check_server("http://ehr.example/fhir")


def test_a_client_that_calls_too_often_is_told_to_wait(ehr):
    models.CdsClient.objects.update(calls_per_minute=2)

    answers = [ehr.get("/cds-services") for _ in range(4)]

    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]
