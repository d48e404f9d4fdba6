"""The administrator's desk: the first page, versions side by side, promotion, exports."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from recommender import models
from recommender.exceptions import Refused
from recommender.services import (
    demo_users,
    overview,
    pathways,
    registry,
    stops,
    version_panels,
)
from tests import learned, published

pytestmark = pytest.mark.django_db
FIRST_CBT = version_panels.First("CBT", 0.6)
FIRST_EXERCISE = version_panels.First("exercise", 0.5)


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


def a_list(version, *, status="suggested", created=None, withheld=()):
    return models.SuggestionList.objects.create(
        pathway=version.pathway,
        model_version=version,
        safety_rules_version="1",
        status=status,
        case={},
        answer={
            "id": str(uuid.uuid4()),
            "acknowledged": [],
            "suggestions": [],
            "withheld": [{"rule": rule, "reason": f"Because of {rule}."} for rule in withheld],
        },
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


def test_a_choice_that_waits_for_a_second_person_is_not_counted_as_decided():
    version = learned.a_live_version()
    models.Review.objects.create(
        suggestion_list=a_list(version),
        outcome="overridden",
        therapy="cbt",
        reason_code="contraindicated",
        against_floor=True,
        reviewed_by="a-clinician",
    )

    found = overview.overview()

    assert sum(week.overridden for week in found.weeks) == 0
    assert found.reasons == ()


def test_the_overview_tells_how_much_rules_withhold_and_which():
    version = learned.a_live_version()
    a_list(version, withheld=("maoi", "maoi", "lithium"))
    a_list(version, withheld=("maoi",))
    a_list(version)
    a_list(version, created=timezone.now() - timedelta(weeks=1))
    a_list(version, created=timezone.now() - timedelta(weeks=60), withheld=("old",))

    found = overview.overview()

    assert (found.figures.counted, found.figures.share_withheld) == (4, 0.5)
    assert [(rule.code, rule.lists) for rule in found.figures.rules] == [
        ("maoi", 2),
        ("lithium", 1),
    ]
    assert found.figures.rules[0].reason == "Because of maoi."
    assert [week.lists for week in found.weeks[-2:]] == [1, 3]


def test_the_overview_names_why_suggestions_were_overridden():
    version = learned.a_live_version()
    for code in ("contraindicated", "contraindicated", "other"):
        models.Review.objects.create(
            suggestion_list=a_list(version),
            outcome="overridden",
            therapy="cbt",
            reason_code=code,
            reviewed_by="dr",
        )

    assert overview.overview().reasons == (("contraindicated", 2), ("other", 1))


def test_the_overview_asks_as_much_for_many_pathways_as_for_one(django_assert_num_queries):
    learned.a_live_version()
    with django_assert_num_queries(16) as asked:
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

    assert "Promote depression" not in page.partition("Decide</h2>")[2]
    assert "may not go live" in refused
    assert versions[0].status == "candidate"


def test_versions_stand_side_by_side_with_a_fixed_panel_of_cases(log_in, versions):
    chosen = "&".join(f"version={each.pk}" for each in versions)
    address = reverse("admin:recommender_modelversion_compare")

    page = log_in("dataset-admin").get(f"{address}?{chosen}")
    again = log_in("dataset-admin").get(f"{address}?{chosen}")

    assert all(str(each) in page.content.decode() for each in versions)
    assert "Log-loss saved against the response rate" in page.content.decode()
    assert len(page.context["panel"].cases) == version_panels.CASES
    assert page.context["panel"] == again.context["panel"]
    assert len(page.context["panel"].alike) == version_panels.CASES
    assert log_in("auditor").get(f"{address}?{chosen}").status_code == 403


def test_runs_are_compared_by_what_they_made(log_in, versions):
    client = log_in("dataset-admin")
    address = reverse("admin:recommender_trainingrun_changelist")
    failed = models.TrainingRun.objects.create(
        pathway=versions[0].pathway,
        recipe_name="default",
        recipe={},
        seed=1,
        requested_by="x",
        status="failed",
    )

    both = client.post(
        address,
        {
            "action": "compare",
            "_selected_action": [failed.pk, *(each.training_run_id for each in versions)],
        },
        follow=True,
    )
    none = client.post(address, {"action": "compare", "_selected_action": [failed.pk]}, follow=True)

    assert both.context["versions"] == versions
    assert ("Seed", ["1", "2"]) in both.context["metrics"]
    assert "None of these runs made a version" in none.content.decode()


def test_the_panel_names_what_moved():
    first = version_panels.PanelCase(("insomnia 3",), (FIRST_CBT, FIRST_EXERCISE))
    second = version_panels.PanelCase((), (FIRST_CBT, FIRST_CBT))

    found = version_panels.Panel((first, second))

    assert (found.alike, found.otherwise) == ((second,), (first,))
    assert found.moves == [("CBT", "exercise", 1)]


def test_reliability_is_a_picture_that_runs_nothing(log_in, versions):
    address = reverse("admin:recommender_modelversion_reliability", args=[versions[0].pk])
    client = log_in("dataset-admin")

    with_plot = client.get(address)
    models.ModelVersion.objects.update(evaluation={})
    without = client.get(address)

    assert with_plot["Content-Type"] == "image/svg+xml"
    assert "default-src 'none'" in with_plot["Content-Security-Policy"]
    assert without.status_code == 404


def test_where_two_decide_nobody_promotes_what_they_proposed(log_in, versions):
    version = versions[0]
    pathways.set_promotion_by_two(pathway=version.pathway, by_two=True, by="admin")
    address = reverse("admin:recommender_modelversion_promotion", args=[version.pk])

    alone = log_in("dataset-admin").post(address, {"step": "promote"}).content.decode()
    log_in("dataset-admin").post(address, {"step": "propose"})
    again = log_in("dataset-admin").post(address, {"step": "promote"}).content.decode()
    version.refresh_from_db()
    before = version.status
    log_in("admin").post(address, {"step": "promote"})
    version.refresh_from_db()

    assert "Nobody has proposed it yet" in alone
    assert "dataset-admin proposed it" in again
    assert (before, version.status) == ("candidate", "live")
    assert (version.proposed_by, version.promoted_by) == ("dataset-admin", "admin")


def test_the_database_itself_refuses_one_person_for_two(versions):
    pathways.set_promotion_by_two(pathway=versions[0].pathway, by_two=True, by="admin")
    registry.propose(version=versions[0], by="one")

    with pytest.raises(IntegrityError), transaction.atomic():
        models.ModelVersion.objects.filter(pk=versions[0].pk).update(
            status="live", promoted_at=timezone.now(), promoted_by="one"
        )


def test_only_a_superuser_lets_one_person_decide_again(log_in, versions):
    pathway = versions[0].pathway
    address = reverse("admin:recommender_pathway_change", args=[pathway.pk])
    given = {"title": "Depression", "gate_limits": "{}"}

    log_in("dataset-admin").post(address, given | {"promotion_by_two": "on"})
    pathway.refresh_from_db()
    asked_for = pathway.promotion_by_two
    refused = log_in("dataset-admin").post(address, given)
    with pytest.raises(Refused):
        pathways.set_promotion_by_two(pathway=pathway, by_two=False, by="dataset-admin")
    log_in("admin").post(address, given)
    pathway.refresh_from_db()

    assert asked_for
    assert "Only a superuser" in refused.content.decode()
    assert not pathway.promotion_by_two
    assert pathway.title == "Depression"


def test_what_the_system_cannot_know_is_asked_and_stands_in_the_card(log_in, versions):
    first, second = versions
    client = log_in("dataset-admin")
    save = reverse("admin:recommender_modelversion_attributes", args=[first.pk])

    client.post(save, {"(1)(i)": "Ward 7, +00 1", "(1)(iii)": "ours to say"})
    card = client.get(reverse("v1:model-version-card", args=[first.pk])).json()
    told = {one["paragraph"]: one for one in card["source_attributes"]["attributes"]}
    page = client.get(reverse("admin:recommender_modelversion_change", args=[second.pk]))
    first.refresh_from_db()

    assert told["(1)(i)"]["value"] == "Ward 7, +00 1"
    assert told["(1)(i)"]["told_by"].startswith("dataset-admin, ")
    assert told["(1)(ii)"]["value"] == "not known"
    assert set(first.told) == {"(1)(i)"}
    assert "As an earlier version said" in page.content.decode()
    assert "None</textarea>" not in page.content.decode()
    assert models.AuditEvent.objects.filter(action="model_version.attributes_told").count() == 1

    client.post(save, {"(1)(i)": ""})
    first.refresh_from_db()
    assert first.told == {}


def test_a_version_is_taken_back_from_its_card(log_in, versions):
    for version in versions:
        registry.promote(version=version, by="admin")
    address = reverse("admin:recommender_modelversion_roll_back", args=[versions[1].pk])
    client = log_in("dataset-admin")

    client.post(address)
    twice = client.post(address, follow=True).content.decode()

    assert models.ModelVersion.objects.get(status="live") == versions[0]
    assert "live any more" in twice


def test_a_list_is_exported_as_csv_without_formulas(log_in):
    models.Pathway.objects.create(slug="grief", title="=SUM(A1)")
    client = log_in("dataset-admin")
    chosen = [row.pk for row in models.Pathway.objects.all()]

    response = client.post(
        reverse("admin:recommender_pathway_changelist"),
        {"action": "export_csv", "_selected_action": chosen},
    )
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))

    assert rows[0] == ["slug", "title", "promotion_by_two", "created"]
    assert rows[1][:2] == ["grief", "'=SUM(A1)"]
