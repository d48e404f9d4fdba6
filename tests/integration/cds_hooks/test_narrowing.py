"""Of a record no more is built than is read, and what is read is the same."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from api.cds_hooks.narrow import narrowed
from api.cds_hooks.records import record_resources
from api.cds_hooks.requests import call_of
from recommender.formats.fhir import CodeMap, case_from, read_answers, read_codes
from recommender.formats.fhir.resources import FIELDS_READ, READERS
from tests.integration.cds_hooks.bodies import bundle, patient_view
from tests.integration.cds_hooks.test_privacy import marked_record
from tests.integration.cds_hooks.test_recorded import RECORDED

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir"
CODES = CodeMap.of(
    read_codes((FIXTURES / "codes.csv").read_text()),
    read_answers((FIXTURES / "answers.csv").read_text()),
)
INSOMNIA = "193462001"
PHQ9 = {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]}
WITH_PREFETCH = [each["body"] for each in RECORDED if each["status"] == 200] + [
    patient_view(prefetch=marked_record())
]


class Asked(dict):
    """A resource that remembers what it was asked for."""

    def __init__(self, *given, **fields):
        super().__init__(*given, **fields)
        self.fields = set()

    def get(self, name, default=None):
        self.fields.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.fields.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.fields.add(name)
        return super().__contains__(name)


def reading_of(resources):
    return case_from(resources, codes=CODES, today=date(2026, 11, 24))


@pytest.mark.parametrize("kind", [*READERS, "Medication"])
def test_every_field_that_is_asked_of_a_resource_is_one_that_is_built(kind):
    plain = Asked(resourceType=kind)
    scored = Asked(resourceType=kind, status="active", code=PHQ9)

    reading_of([plain, scored])

    assert "resourceType" in plain.fields
    assert plain.fields | scored.fields <= set(FIELDS_READ)


@pytest.mark.parametrize("body", WITH_PREFETCH)
def test_a_narrowed_record_reads_as_the_whole_one_does(body):
    found = narrowed(json.dumps(body).encode())

    whole, narrow = (list(record_resources(each.get("prefetch", {}))) for each in (body, found))
    assert reading_of(narrow) == reading_of(whole)
    called, meant = (call_of(each, hook=body["hook"]) for each in (found, body))
    assert replace(called, prefetch={}) == replace(meant, prefetch={})


def test_what_is_never_read_is_never_built():
    found = narrowed(json.dumps(patient_view(INSOMNIA)).encode())

    (only,) = record_resources(found["prefetch"])
    assert set(only) == {"resourceType", "id", "code", "subject"}
    assert set(only["subject"]) == {"reference"}
    assert "narrative" not in json.dumps(found)
    assert "MARKED Name" not in json.dumps(found)


@pytest.mark.parametrize(
    "prefetch",
    [
        {"conditions": {**bundle(INSOMNIA), "entry": [*bundle(INSOMNIA)["entry"], None]}},
        {"conditions": bundle(INSOMNIA), "observations": []},
        {"conditions": {**bundle(), "entry": bundle(INSOMNIA)["entry"][0]}},
    ],
    ids=["an entry that is none", "a list", "one entry without a list"],
)
def test_a_record_of_another_shape_is_read_whole(ehr, live_version, prefetch):
    body = patient_view(prefetch=prefetch)

    assert narrowed(json.dumps(body).encode()) is None
    assert ehr.post("/cds-services/patient-view-depression", body).status_code == 200


def test_what_is_no_json_is_left_for_others_to_refuse():
    assert narrowed(b"[" * 100_000) is None
    assert narrowed(b"{") is None
    assert narrowed(b"[]") is None
