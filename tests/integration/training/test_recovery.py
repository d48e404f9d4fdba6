"""Work whose worker fell silent is given to another, or ends with a reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender import models
from recommender.services import recovery

pytestmark = pytest.mark.django_db

SILENT = timedelta(seconds=-1)
ALIVE = timedelta(seconds=20)


def a_run(*, lease=None, pathway="depression", **fields):
    area, _ = models.Pathway.objects.get_or_create(slug=pathway)
    return models.TrainingRun.objects.create(
        pathway=area,
        recipe_name="default",
        recipe={},
        seed=1,
        requested_by="admin",
        lease_until=None if lease is None else timezone.now() + lease,
        **({"status": "queued" if lease is None else "running"} | fields),
    )


def an_upload(*, lease=None, **fields):
    return models.DataSetUpload.objects.create(
        pathway_slug="depression",
        name="clinic",
        created_by="admin",
        lease_until=None if lease is None else timezone.now() + lease,
        **({"status": "waiting" if lease is None else "running"} | fields),
    )


def recovered(row):
    recovery.recover()
    row.refresh_from_db()
    return row


def test_the_run_of_a_silent_worker_goes_back_to_the_queue():
    run = recovered(a_run(lease=SILENT, attempts=1, share_done=0.4, worker="host:1"))

    assert (run.status, run.share_done, run.lease_until) == ("queued", 0.0, None)
    assert "host:1 fell silent" in run.log[-1]["message"]
    assert recovery.runs_to_send() == (run.pk,)


def test_the_run_of_a_worker_that_lives_is_left_alone():
    run = recovered(a_run(lease=ALIVE, attempts=1))

    assert run.status == "running"
    assert recovery.runs_to_send() == ()


def test_a_run_that_lost_three_workers_fails_and_says_why():
    run = recovered(a_run(lease=SILENT, attempts=3))

    assert run.status == "failed"
    assert "memory" in run.failure
    assert run.finished


def test_a_cancelled_run_of_a_silent_worker_ends_as_cancelled():
    run = recovered(a_run(lease=SILENT, attempts=1, cancel_requested=True))

    assert run.status == "cancelled"


def test_the_run_of_a_command_that_was_killed_fails_and_isnt_given_to_a_worker():
    run = recovered(a_run(lease=SILENT, attempts=1, on_worker=False))

    assert run.status == "failed"
    assert "command" in run.failure


def test_a_command_that_died_before_its_run_began_leaves_no_run_waiting():
    run = a_run(on_worker=False)
    models.TrainingRun.objects.update(created=timezone.now() - timedelta(minutes=2))

    assert recovered(run).status == "failed"


def test_a_run_the_queue_was_just_told_of_isnt_sent_again():
    a_run(sent_at=timezone.now())

    assert recovery.runs_to_send() == ()


def test_a_run_the_queue_has_forgotten_is_sent_again_once():
    run = a_run(sent_at=timezone.now() - timedelta(minutes=2))

    assert recovery.runs_to_send() == (run.pk,)
    assert recovery.runs_to_send() == ()


def test_a_run_waits_while_another_of_its_pathway_is_running():
    a_run(lease=ALIVE, attempts=1)
    a_run()
    elsewhere = a_run(pathway="substance-use")

    assert recovery.runs_to_send() == (elsewhere.pk,)


def test_of_several_waiting_runs_of_a_pathway_the_oldest_is_sent():
    oldest = a_run()
    a_run()

    assert recovery.runs_to_send() == (oldest.pk,)


def test_the_upload_of_a_silent_worker_is_imported_again_three_times_at_most():
    once, thrice = an_upload(lease=SILENT, attempts=1), an_upload(lease=SILENT, attempts=3)

    assert recovered(once).status == "waiting"
    thrice.refresh_from_db()
    assert thrice.status == "refused"
    assert "memory" in thrice.problems[0]["message"]
    assert recovery.uploads_to_send() == (once.pk,)
