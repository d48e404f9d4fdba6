"""The audit chain holds, and tampering with it shows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from recommender import models
from recommender.services import audit

pytestmark = pytest.mark.django_db
TABLE = "recommender_auditevent"


@pytest.fixture
def five_events():
    for number in range(5):
        audit.record(
            action="model_version.promoted",
            target=f"version {number}",
            by="Ünal, 'O''Hara'",
            version="é" * 3,
            digest="ab" * 32,
        )


def as_owner(statement, *values):
    """What somebody with the database's password could do behind the product's back."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def test_an_untouched_chain_is_intact_and_ends_at_its_head(five_events):
    state = audit.verify()

    assert state.intact
    assert state.events == 5
    assert state.head == audit.head()
    assert state.head.number == 5


def test_a_chain_without_events_is_intact():
    state = audit.verify()

    assert state.intact
    assert state.events == 0


@pytest.mark.parametrize("field", ["actor", "action", "target", "version", "digest"])
def test_a_changed_field_breaks_the_chain_at_its_event(five_events, field):
    as_owner(f"UPDATE {TABLE} SET {field} = 'somebody else' WHERE id = 3")

    state = audit.verify()

    assert state.broken_at == 3


def test_a_changed_time_breaks_the_chain(five_events):
    as_owner(f"UPDATE {TABLE} SET at = at - interval '1 microsecond' WHERE id = 2")

    assert audit.verify().broken_at == 2


def test_a_removed_event_breaks_the_chain_at_its_place(five_events):
    as_owner(f"DELETE FROM {TABLE} WHERE id = 3")

    assert audit.verify().broken_at == 3


def test_a_changed_event_with_a_hash_that_fits_breaks_the_chain_at_the_next(five_events):
    as_owner(
        f"""UPDATE {TABLE} SET actor = 'x', hash = audit_sealed(
            id, at, 'x', action, target, version, digest, previous_hash) WHERE id = 3"""
    )

    assert audit.verify().broken_at == 4


def test_an_event_put_in_again_without_its_neighbours_breaks_the_chain(five_events):
    as_owner(f"DELETE FROM {TABLE} WHERE id = 3")
    as_owner(
        f"""INSERT INTO {TABLE} SELECT 3, at, actor, action, target, version, digest,
            previous_hash, hash FROM {TABLE} WHERE id = 4"""
    )

    assert audit.verify().broken_at == 3


def test_a_cut_off_tail_shows_only_against_a_head_that_was_kept(five_events):
    kept = audit.head()
    as_owner(f"DELETE FROM {TABLE} WHERE id > 3")

    assert audit.verify().intact
    assert audit.verify(expected=kept).broken_at == 4


def test_a_chain_that_was_written_anew_shows_against_a_head_that_was_kept(five_events):
    kept = audit.head()
    as_owner(f"DELETE FROM {TABLE} WHERE id = 5")
    audit.record(action="nothing.happened", target="", by="the forger")

    assert audit.verify().intact
    assert audit.verify(expected=kept).broken_at == 5


def test_a_chain_that_went_on_holds_against_an_older_head(five_events):
    kept = audit.head()
    audit.record(action="dataset.published", target="1", by="admin")

    assert audit.verify(expected=kept).intact


def test_a_head_reads_back_as_it_was_printed(five_events):
    head = audit.head()

    assert audit.ChainHead.parse(str(head)) == head
    assert replace(head, number=1) != head


@pytest.mark.parametrize("statement", [f"UPDATE {TABLE} SET actor = ''", f"DELETE FROM {TABLE}"])
def test_the_database_refuses_to_change_or_remove_events(five_events, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_database_refuses_to_empty_the_table(five_events, truncation_guard):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"TRUNCATE {TABLE}")


def test_an_event_of_a_transaction_that_is_rolled_back_leaves_no_gap(five_events):
    with transaction.atomic():
        audit.record(action="suggestion_list.given", target="1", by="clinician")
        transaction.set_rollback(True)

    assert audit.record(action="dataset.published", target="1", by="admin") == 6
    assert audit.verify().intact


@pytest.mark.django_db(transaction=True)
def test_events_written_at_once_make_one_chain():
    def write(writer):
        for number in range(10):
            audit.record(action="training_run.requested", target=str(number), by=f"by {writer}")
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    state = audit.verify()
    assert state.intact
    assert state.events == models.AuditEvent.objects.count() == 40
