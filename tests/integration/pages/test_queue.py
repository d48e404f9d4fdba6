"""The queue: what waits for whom, which filters last, and where it goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender import models
from recommender.services.access import Role

pytestmark = pytest.mark.django_db


def shown(client, **query):
    """The lists of a page of the queue."""
    return [each.pk for each in client.get("/review/", query).context["waiting"].lists]


def test_the_queue_shows_what_waits_and_drops_what_was_decided(clinician, ask):
    waits, decided = ask(), ask()
    clinician.post(f"/review/{decided.pk}/", {"decision": "none-fits"})

    page = clinician.get("/review/?pathway=depression").content.decode()

    waiting, lately = page.split("Decided lately")
    assert str(waits.pk) in waiting
    assert str(decided.pk) not in waiting
    assert str(decided.pk) in lately


def test_the_queue_goes_on_where_its_page_ended(clinician, ask, monkeypatch):
    monkeypatch.setattr("recommender.services.review_queue.PAGE_SIZE", 1)
    older, newer = ask(), ask()

    first = clinician.get("/review/")
    second = clinician.get("/review/", {"after": first.context["waiting"].next_after})

    assert [each.pk for each in first.context["waiting"].lists] == [newer.pk]
    assert [each.pk for each in second.context["waiting"].lists] == [older.pk]
    assert second.context["waiting"].next_after == ""


@pytest.mark.parametrize("after", ["yesterday", "2026-01-01T00:00:00_7", "x_y"])
def test_a_place_in_the_queue_that_is_not_one_is_refused_with_a_page(clinician, ask, after):
    ask()

    response = clinician.get("/review/", {"after": after})

    assert response.status_code == 400
    assert "Open the queue again" in response.content.decode()


def test_the_queue_reads_no_list_that_it_does_not_show(
    clinician, ask, django_assert_max_num_queries
):
    for _ in range(3):
        ask()

    with django_assert_max_num_queries(15):
        clinician.get("/review/")


def test_every_pathway_is_in_the_queue_unless_one_is_chosen(clinician, ask):
    found = ask()
    models.Pathway.objects.create(slug="grief", title="Grief")

    assert shown(clinician) == [found.pk]
    assert shown(clinician, pathway="depression") == [found.pk]
    assert shown(clinician, pathway="grief") == []


def test_lists_are_sorted_and_chosen_by_their_age(clinician, ask):
    older, newer = ask(), ask()
    models.SuggestionList.objects.filter(pk=older.pk).update(
        created=timezone.now() - timedelta(days=2)
    )

    assert shown(clinician) == [newer.pk, older.pk]
    assert shown(clinician, order="oldest") == [older.pk, newer.pk]
    assert shown(clinician, age="day") == [older.pk]
    assert shown(clinician, age="week") == []


def test_filters_stand_in_every_address_that_the_queue_gives(clinician, ask):
    ask()

    response = clinician.get("/review/", {"urgent": "yes", "order": "oldest"})

    addresses = [tab.address for tab in response.context["tabs"]]
    assert addresses == [
        f"?urgent=yes&order=oldest&shelf={shelf}"
        for shelf in ("waiting", "due", "second", "watching")
    ]


def test_a_watched_list_comes_back_on_its_day(clinician, ask):
    found = ask()
    day = timezone.localdate() + timedelta(days=7)
    clinician.post(f"/review/{found.pk}/", {"decision": "watch", "review_on": day.isoformat()})

    assert shown(clinician) == []
    assert shown(clinician, shelf="watching") == [found.pk]
    assert shown(clinician, shelf="due") == []
    models.SuggestionList.objects.update(due_on=timezone.localdate())
    assert shown(clinician, shelf="due") == [found.pk]
    assert shown(clinician, shelf="watching") == []


def test_a_list_that_was_deferred_without_a_day_still_waits(clinician, ask):
    found = ask()

    clinician.post(f"/review/{found.pk}/", {"decision": "defer"})

    assert shown(clinician) == [found.pk]
    assert "Deferred by a-clinician" in clinician.get("/review/").content.decode()


def test_a_choice_against_the_floor_stands_where_the_second_person_looks(clinician, ask, person):
    models.TherapyRecord.objects.create(code="mirtazapine", name="Mirtazapine", kind="medication")
    models.SafetyRuleRecord.objects.filter(code="test-rule").update(floor=True)
    found = ask()
    clinician.post(
        f"/review/{found.pk}/",
        {"decision": "other", "therapy": "Mirtazapine", "reason": "benefit-outweighs-risk"},
    )

    assert shown(person(Role.CLINICIAN, "a-colleague"), shelf="second") == [found.pk]


def test_an_alert_stands_on_top_until_somebody_takes_it_up(clinician, ask):
    urgent = ask(instruments=[{"instrument": "phq9", "answers": {"9": 2}}])
    before = clinician.get("/review/").content.decode()

    after = clinician.post(
        f"/review/{urgent.pk}/take-up/", {"back": "/review/?urgent=yes"}, follow=True
    )

    assert "Alerts nobody has taken up" in before
    assert after.redirect_chain == [("/review/?urgent=yes", 302)]
    assert "Alerts nobody has taken up" not in after.content.decode()
    assert models.AlertAcknowledgement.objects.get().by == "a-clinician"


def test_taking_up_an_alert_leads_nowhere_else(clinician, ask):
    urgent = ask(instruments=[{"instrument": "phq9", "answers": {"9": 2}}])

    response = clinician.post(
        f"/review/{urgent.pk}/take-up/", {"back": "https://elsewhere.example/"}
    )

    assert response["Location"] == "/review/"


def test_no_pathway_at_all_is_a_state_of_its_own(clinician):
    assert "There is no pathway yet" in clinician.get("/review/").content.decode()
