"""The administrator's desk: the first page, versions side by side, promotion, exports."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from recommender import models
from recommender.services import demo_users, overview, registry, stops
from tests import learned, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_in(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_users.create(by="test")
    registry.forget()

    def as_(username):
        user = User.objects.get(username=username)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_


@pytest.fixture
def versions(db):
    dataset = published.a_published_dataset()
    made = [published.a_version(dataset, seed=seed) for seed in (1, 2)]
    yield made
    for version in made:
        storages["artifacts"].delete(version.artifact)


def a_list(version, *, status="suggested", created=None):
    return models.SuggestionList.objects.create(
        pathway=version.pathway,
        model_version=version,
        safety_rules_version="1",
        status=status,
        case={},
        answer={"acknowledged": [], "suggestions": [], "withheld": []},
        requested_by="ehr",
        created=created or timezone.now(),
    )


def a_review(version, outcome, *, weeks_ago=0):
    review = models.Review.objects.create(
        suggestion_list=a_list(version), outcome=outcome, therapy="cbt", reviewed_by="dr"
    )
    when = timezone.now() - timedelta(weeks=weeks_ago)
    models.Review.objects.filter(pk=review.pk).update(created=when)


def test_the_overview_counts_what_waits_and_what_was_decided():
    version = learned.a_live_version()
    for status in ("suggested", "urgent"):
        a_list(version, status=status)
    a_list(version, created=timezone.now() - timedelta(days=400))
    for outcome, weeks in (("accepted", 0), ("accepted", 1), ("overridden", 1), ("deferred", 0)):
        a_review(version, outcome, weeks_ago=weeks)
    a_review(version, "accepted", weeks_ago=60)

    found = overview.overview()
    (line,) = [each for each in found.pathways if each.live]

    assert (found.waiting, found.alerts) == (2, 1)
    assert line.live == version
    assert line.followed == "67% of 3"
    assert sum(week.accepted for week in found.weeks) == 2
    assert len(found.weeks) == overview.WEEKS
    assert found.weeks[-1].deferred == 1


def test_the_overview_asks_as_much_for_many_pathways_as_for_one(django_assert_num_queries):
    learned.a_live_version()
    with django_assert_num_queries(12) as asked:
        overview.overview()
    for number in range(5):
        models.Pathway.objects.create(slug=f"more-{number}", title="More")
    with django_assert_num_queries(len(asked)):
        overview.overview()


def test_the_first_page_shows_versions_stops_and_jobs(log_in):
    version = learned.a_live_version()
    stops.stop(reason="Doses are being checked.", by="admin")
    models.TrainingRun.objects.create(
        pathway=version.pathway, recipe_name="default", recipe={}, seed=1, requested_by="x"
    )

    page = log_in("dataset-admin").get("/admin/").content.decode()

    assert "Doses are being checked." in page
    assert "SIMULATED" in page
    assert "Under way" in page
    assert reverse("admin:recommender_modelversion_change", args=[version.pk]) in page


def test_an_auditor_has_no_overview(log_in):
    learned.a_live_version()

    assert 'id="overview"' not in log_in("auditor").get("/admin/").content.decode()


def test_a_version_goes_live_from_the_page_that_shows_its_gates(log_in, versions):
    client = log_in("dataset-admin")
    address = reverse("admin:recommender_modelversion_promotion", args=[versions[0].pk])

    page = client.get(address).content.decode()
    client.post(address)
    versions[0].refresh_from_db()

    assert all(escape(line["message"]) in page for line in versions[0].gates)
    assert (versions[0].status, versions[0].promoted_by) == ("live", "dataset-admin")


def test_a_version_that_failed_a_gate_has_no_button_and_is_refused(log_in, versions):
    failing = {"code": "x", "passed": False, "blocking": True, "message": "Worse than usual care."}
    models.ModelVersion.objects.filter(pk=versions[0].pk).update(
        gates_passed=False, gates=[failing]
    )
    client = log_in("dataset-admin")
    address = reverse("admin:recommender_modelversion_promotion", args=[versions[0].pk])

    page = client.get(address).content.decode()
    refused = client.post(address).content.decode()
    versions[0].refresh_from_db()

    assert '<button type="submit" class="bg-primary' not in page
    assert "may not go live" in refused
    assert versions[0].status == "candidate"


def test_versions_stand_side_by_side(log_in, versions):
    chosen = "&".join(f"version={each.pk}" for each in versions)
    address = reverse("admin:recommender_modelversion_compare")

    page = log_in("dataset-admin").get(f"{address}?{chosen}").content.decode()

    assert all(str(each) in page for each in versions)
    assert log_in("auditor").get(f"{address}?{chosen}").status_code == 403


def test_a_list_is_exported_as_csv_without_formulas(log_in):
    models.Pathway.objects.create(slug="grief", title="=SUM(A1)")
    client = log_in("dataset-admin")
    chosen = [row.pk for row in models.Pathway.objects.all()]

    response = client.post(
        reverse("admin:recommender_pathway_changelist"),
        {"action": "export_csv", "_selected_action": chosen},
    )
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))

    assert rows[0] == ["slug", "title", "created"]
    assert rows[1][:2] == ["grief", "'=SUM(A1)"]
