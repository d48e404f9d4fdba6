"""The registry, as a program uses it."""

import pytest
from django.core.files.storage import storages

from recommender import models
from recommender.services import registry
from recommender.services.access import Role
from tasks.learning import study
from tests import published

pytestmark = pytest.mark.django_db
VERSIONS = "/api/v1/model-versions/"


@pytest.fixture
def versions():
    """Two candidates that passed their gates."""
    registry.forget()
    dataset = published.a_published_dataset()
    made = [published.a_version(dataset, seed=seed) for seed in (1, 2)]
    yield made
    for version in made:
        storages["artifacts"].delete(version.artifact)


def test_a_version_is_promoted_and_taken_back(dataset_admin, versions):
    first, second = (f"{VERSIONS}{version.pk}/" for version in versions)

    assert dataset_admin.post(f"{first}promote/").json()["status"] == "live"
    assert dataset_admin.post(f"{second}promote/").json()["status"] == "live"
    assert dataset_admin.get(first).json()["status"] == "retired"

    back = dataset_admin.post(f"{second}roll-back/")

    assert back.json()["id"] == str(versions[0].pk)
    assert dataset_admin.get(f"{VERSIONS}?status=live").json()["results"][0]["number"] == 1


def test_only_the_live_version_can_be_taken_back(dataset_admin, versions):
    answer = dataset_admin.post(f"{VERSIONS}{versions[0].pk}/roll-back/")

    assert (answer.status_code, answer.json()["code"]) == (409, "refused")


def test_the_gates_are_not_passed_by_asking(dataset_admin, versions):
    version = versions[0]
    type(version).objects.filter(pk=version.pk).update(gates_passed=False)

    answer = dataset_admin.post(f"{VERSIONS}{version.pk}/promote/")

    assert (answer.status_code, answer.json()["code"]) == (409, "gate-not-passed")


def test_a_list_costs_as_many_queries_for_many_as_for_one(
    dataset_admin, versions, django_assert_num_queries
):
    dataset_admin.get(VERSIONS)

    with django_assert_num_queries(2):
        found = dataset_admin.get(VERSIONS).json()["results"]

    assert [one["number"] for one in found] == [2, 1]
    assert "evaluation" not in found[0]


def test_the_evaluation_is_given_as_it_was_stored(dataset_admin, versions):
    versions[0].refresh_from_db()

    answer = dataset_admin.get(f"{VERSIONS}{versions[0].pk}/evaluation/")

    assert answer.json() == versions[0].evaluation


def test_whoever_gets_suggestions_may_read_the_card(caller, versions):
    for role in (Role.CLINICIAN, Role.EHR_CLIENT, Role.DATASET_ADMIN):
        card = caller(role).get(f"{VERSIONS}{versions[0].pk}/card/").json()

        assert card["trained_on"][0]["dataset"] == "small"
        assert card["artifact"]["sha256"] == versions[0].artifact_sha256
        assert "clinician" in card["intended_use"]


def test_the_report_is_one_page_that_may_load_nothing(dataset_admin, versions):
    answer = dataset_admin.get(f"{VERSIONS}{versions[0].pk}/report/")

    assert answer["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "<svg" in answer.content.decode()


def test_the_card_has_the_source_attributes_and_says_what_is_not_known(dataset_admin, versions):
    card = dataset_admin.get(f"{VERSIONS}{versions[0].pk}/card/").json()

    given = card["source_attributes"]["attributes"]
    by_paragraph = {one["paragraph"]: one["value"] for one in given}
    assert len(by_paragraph) == len(given) == 31
    assert by_paragraph["(1)(i)"] == "not known"
    assert "AUC" in by_paragraph["(7)(i)"]
    assert "small v1" in by_paragraph["(4)(i)"]


def test_a_version_is_studied_once(dataset_admin, versions, django_capture_on_commit_callbacks):
    address = f"{VERSIONS}{versions[0].pk}/study/"

    with django_capture_on_commit_callbacks():
        asked = dataset_admin.post(address)
    study(str(versions[0].pk))
    study(str(versions[0].pk))
    again = dataset_admin.post(address)

    assert asked.status_code == 202
    evaluation = dataset_admin.get(asked["Location"]).json()
    assert evaluation["study"]["sites"]["attempts"] > 100
    assert (again.status_code, again.json()["code"]) == (409, "refused")
    studied = models.AuditEvent.objects.filter(action="model_version.studied")
    assert studied.count() == 1
