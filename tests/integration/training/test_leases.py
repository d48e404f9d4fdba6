"""A lease is held by one worker at a time, and who lost it can't write any more."""

from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql

from recommender import models
from recommender.exceptions import LeaseLost
from recommender.services.leases import Heartbeat, Lease

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(settings):
    settings.TRAINING_LEASE_SECONDS = 30
    return models.TrainingRun.objects.create(
        pathway=models.Pathway.objects.create(slug="depression", title="Depression"),
        recipe_name="default",
        recipe={},
        seed=1,
        requested_by="admin",
        status="running",
        attempts=1,
        lease_until=timezone.now() + timedelta(seconds=5),
    )


def test_a_heartbeat_extends_the_lease_and_takes_the_news_along(running, eventually):
    lease = Lease(models.TrainingRun, running.pk, attempt=1)
    before = running.lease_until

    with Heartbeat(lease, news=lambda: {"stage": "fitting"}):
        eventually(lambda: models.TrainingRun.objects.filter(stage="fitting").exists())

    running.refresh_from_db()
    assert running.lease_until > before + timedelta(seconds=20)


def test_who_lost_the_lease_learns_of_it_and_writes_nothing(running, eventually):
    lease = Lease(models.TrainingRun, running.pk, attempt=1)
    models.TrainingRun.objects.update(attempts=2, stage="the other's")

    with Heartbeat(lease, news=lambda: {"stage": "mine"}) as heartbeat:
        assert eventually(lambda: _raises_lease_lost(heartbeat.check))

    running.refresh_from_db()
    assert running.stage == "the other's"
    with pytest.raises(LeaseLost):
        lease.write(status="succeeded")


def test_a_run_that_ended_takes_no_more_writes(running):
    lease = Lease(models.TrainingRun, running.pk, attempt=1)
    models.TrainingRun.objects.update(status="cancelled")

    with pytest.raises(LeaseLost):
        lease.extend(stage="fitting")


def test_a_heartbeat_survives_that_its_connection_is_cut(running, eventually):
    lease = Lease(models.TrainingRun, running.pk, attempt=1)
    beats = iter(range(1_000))

    with Heartbeat(lease, news=lambda: {"stage": f"beat {next(beats)}"}) as heartbeat:
        eventually(lambda: models.TrainingRun.objects.get().stage)
        _cut_other_connections()
        cut_at = models.TrainingRun.objects.get().stage
        eventually(lambda: models.TrainingRun.objects.get().stage != cut_at)
        heartbeat.check()


def test_work_stops_when_nobody_could_be_told_for_as_long_as_the_lease(
    running, eventually, settings
):
    settings.TRAINING_LEASE_SECONDS = 1
    lease = Lease(models.TrainingRun, running.pk, attempt=1)

    with Heartbeat(lease) as heartbeat, _nobody_can_connect():
        _cut_other_connections()
        eventually(lambda: _raises_lease_lost(heartbeat.check))


@contextmanager
def _nobody_can_connect():
    """Whoever is connected stays so; nobody new gets in."""
    connection.ensure_connection()
    parameters = {**connection.get_connection_params(), "dbname": "postgres", "autocommit": True}
    name = sql.Identifier(connection.settings_dict["NAME"])
    with psycopg.connect(**parameters) as outside:
        outside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        try:
            yield
        finally:
            outside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


def _raises_lease_lost(check):
    try:
        check()
    except LeaseLost:
        return True
    return False


def _cut_other_connections():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' AND usename = current_user"
        )
