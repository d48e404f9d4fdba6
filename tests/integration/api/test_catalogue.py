"""The catalogue and the audit chain, to read."""

import pytest

from recommender import models
from recommender.services import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries():
    depression, grief = (
        models.Pathway.objects.create(slug=slug, title=slug.title())
        for slug in ("depression", "grief")
    )
    for pathway, code in ((None, "cbt"), (depression, "walks"), (grief, "choir")):
        models.TherapyRecord.objects.create(
            pathway=pathway, code=code, name=code.title(), kind="social", therapy_class="talk"
        )
        models.ConceptRecord.objects.create(
            pathway=pathway, kind="symptom", code=code, display=code.title()
        )
        models.SafetyRuleRecord.objects.create(
            pathway=pathway,
            code=code,
            therapy=code,
            kind="background",
            finding="x",
            severity="withhold",
            reason="A reason.",
            source="A source.",
        )


@pytest.mark.parametrize("address", ["therapies", "vocabulary", "safety-rules"])
def test_a_pathway_sees_what_is_shipped_and_what_is_its_own(clinician, entries, address):
    found = clinician.get(f"/api/v1/{address}/?pathway=grief").json()["results"]

    assert [one["code"] for one in found] == ["cbt", "choir"]


@pytest.mark.parametrize("address", ["therapies", "vocabulary", "safety-rules"])
def test_a_list_costs_one_query(clinician, entries, address, django_assert_num_queries):
    clinician.get("/api/v1/pathways/")

    with django_assert_num_queries(1):
        assert len(clinician.get(f"/api/v1/{address}/").json()["results"]) == 3


def test_a_therapy_says_its_class(clinician, entries):
    (found,) = clinician.get("/api/v1/therapies/?search=cho").json()["results"]

    assert (found["class"], found["pathway"]) == ("talk", "grief")
    assert clinician.get(f"/api/v1/therapies/{found['id']}/").json() == found


def test_a_pathway_is_added_and_given_another_title(dataset_admin):
    made = dataset_admin.post("/api/v1/pathways/", {"slug": "grief", "title": "Grief"})

    assert made.status_code == 201
    assert dataset_admin.patch(made["Location"], {"title": "Loss"}).json()["title"] == "Loss"
    again = dataset_admin.post("/api/v1/pathways/", {"slug": "grief", "title": "Grief"})
    assert again.status_code == 409


def test_audit_events_are_read_newest_first_and_narrowed(auditor, django_assert_num_queries):
    for number in range(3):
        audit.record(action="test.done", target=str(number), by="somebody")
    auditor.get("/api/v1/audit-events/")

    with django_assert_num_queries(1):
        found = auditor.get("/api/v1/audit-events/?action=test.done").json()["results"]

    assert [one["target"] for one in found] == ["2", "1", "0"]
    assert found[0]["previous_hash"] == found[1]["hash"]


def test_a_pathway_may_ask_more_of_its_versions(dataset_admin):
    models.Pathway.objects.create(slug="gated", title="Gated")
    address = "/api/v1/pathways/gated/"

    asked = dataset_admin.patch(address, {"gate_limits": {"first_withheld": 0.1}}, format="json")
    refused = dataset_admin.patch(address, {"gate_limits": {"colour": 1}}, format="json")

    assert (asked.status_code, asked.json()["gate_limits"]) == (200, {"first_withheld": 0.1})
    assert asked.json()["title"] == "Gated"
    assert refused.status_code == 400
    assert "first_withheld" in refused.json()["detail"]
