"""What is known of the chain's state: asked for, carried out once, kept; a lost end is noticed."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from recommender import models
from recommender.services import audit, chain_checks, demo_users
from tasks.audit_chain import check_audit_chain

pytestmark = pytest.mark.django_db
TABLE = "recommender_auditevent"
LIST = "admin:recommender_auditevent_changelist"


@pytest.fixture
def four_events():
    for number in range(4):
        audit.record(action="dataset.published", target=f"set {number}", by="somebody")


@pytest.fixture
def auditor(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_users.create(by="test")
    user = User.objects.get(username="auditor")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def as_owner(statement):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def test_a_check_says_how_far_the_chain_holds(four_events):
    check_audit_chain()

    found = chain_checks.newest()

    assert (found.intact, found.events, found.asked_by) == (True, 4, "")
    assert found.head_hash == audit.head().hash
    assert chain_checks.waiting() is None


def test_a_check_that_a_person_asks_for_is_in_the_chain_and_there_is_one_at_a_time(four_events):
    first, second = chain_checks.ask(by="auditor"), chain_checks.ask(by="auditor")

    assert first == second
    assert models.AuditEvent.objects.filter(action="audit_chain.check_asked").count() == 1


def test_a_change_and_a_lost_end_are_both_noticed(four_events):
    check_audit_chain()
    as_owner(f"DELETE FROM {TABLE} WHERE id > 2")
    check_audit_chain()
    lost = chain_checks.newest()
    as_owner(f"UPDATE {TABLE} SET actor = 'x' WHERE id = 1")
    check_audit_chain()
    changed = chain_checks.newest()

    assert (lost.broken_at, lost.problem) == (3, "the newest events were removed")
    assert (changed.broken_at, changed.problem) == (1, "its content was changed")


def test_a_finished_check_stays_as_it_is(four_events):
    check = chain_checks.ask()
    chain_checks.carry_out(check_id=check.pk)
    audit.record(action="dataset.published", target="more", by="somebody")

    assert chain_checks.carry_out(check_id=check.pk).events == 4


def test_auditors_search_events_and_see_the_chains_state(auditor, four_events):
    check_audit_chain()

    page = auditor.get(reverse(LIST), {"q": "set 3"}).content.decode()
    today = timezone.now().date().isoformat()
    dated = auditor.get(reverse(LIST), {"at_from": "2020-01-01", "at_to": "2020-01-02"})
    recent = auditor.get(reverse(LIST), {"at_from": today, "at_to": today})

    assert "set 3" in page
    assert "set 2" not in page
    assert "Whole up to event" in page
    assert dated.context["cl"].result_count == 0
    assert recent.context["cl"].result_count >= 4


def test_a_broken_chain_is_told_where_and_what_to_do(auditor, four_events):
    as_owner(f"UPDATE {TABLE} SET actor = 'x' WHERE id = 2")
    check_audit_chain()

    page = auditor.get(reverse(LIST)).content.decode()

    assert "Broken at event 2" in page
    assert "compare it with a backup" in page


def test_checking_now_is_for_auditors(auditor, client):
    address = reverse("admin:recommender_auditevent_check")

    auditor.post(address)
    asked = chain_checks.waiting().asked_by
    user = User.objects.get(username="dataset-admin")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert asked == "auditor"
    assert client.post(address).status_code == 403
