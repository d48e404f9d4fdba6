"""Training by real workers: through the queue, through kill -9, once, one at a time a pathway."""

import os
import signal
from uuid import uuid4

import pytest
from kombu.exceptions import OperationalError

from recommender import models
from recommender.ml.recipes import RECIPES
from recommender.services import recovery, registry, runs, training
from tasks.learning import train
from tasks.maintenance import recover
from tasks.sending import send
from tasks.training import start
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)
RATES = RECIPES["response-rate"]


@pytest.fixture
def own_queue(environment, monkeypatch):
    """Workers that are started now take only what is sent to this queue, and die quickly."""
    name = f"mortal_{uuid4().hex[:8]}"
    monkeypatch.setitem(environment, "TASK_QUEUE", name)
    monkeypatch.setitem(environment, "TRAINING_LEASE_SECONDS", "2")
    return name


def ended(*runs):
    """The runs, once nothing more will happen to any of them."""
    rows = list(models.TrainingRun.objects.filter(pk__in=[run.pk for run in runs]))
    return rows if all(row.is_final for row in rows) else None


def test_a_run_goes_through_the_queue_to_a_version_that_can_be_promoted(
    celery_worker_process, eventually
):
    a_published_dataset()

    run = start(pathway="depression", recipe=RATES, by="admin")

    (done,) = eventually(lambda: ended(run))
    assert (done.status, done.failure) == ("succeeded", "")
    assert done.worker
    version = registry.promote(version=done.model_version, by="admin")
    assert version.status == "live"


def test_two_runs_of_a_pathway_never_overlap_and_both_end(celery_worker_process, eventually):
    a_published_dataset()
    held = training.request(pathway="depression", recipe=RATES, by="admin", on_worker=False)

    def while_held(stage, share):
        nonlocal waiting
        if waiting is None:
            waiting = start(pathway="depression", recipe=RATES, by="admin")
            eventually(lambda: models.TrainingRun.objects.get(pk=waiting.pk).sent_at is None)

    waiting = None
    first = runs.carry_out(run_id=held.pk, worker="tests", listener=while_held)
    recover.delay()

    (second,) = eventually(lambda: ended(waiting))
    assert (first.status, second.status) == ("succeeded", "succeeded")
    assert second.started >= first.finished


def test_the_same_message_twice_trains_once(celery_worker_process, eventually):
    a_published_dataset()
    run = start(pathway="depression", recipe=RATES, by="admin")
    train.delay(str(run.pk))
    last = start(pathway="depression", recipe=RATES, by="admin")

    eventually(lambda: ended(run, last))

    run.refresh_from_db()
    assert run.attempts == 1
    assert models.ModelVersion.objects.count() == 2


def test_a_run_is_cancelled_while_a_worker_trains_it(celery_worker_process, eventually):
    a_published_dataset(cases=1_000)
    run = start(pathway="depression", recipe=RECIPES["lightfm"], by="admin")
    eventually(lambda: models.TrainingRun.objects.filter(pk=run.pk, status="running").exists())

    training.cancel(run=run, by="admin")

    (done,) = eventually(lambda: ended(run))
    assert done.status == "cancelled"
    assert not models.ModelVersion.objects.exists()


def test_the_run_of_a_killed_worker_is_finished_by_the_next(own_queue, start_worker, eventually):
    a_published_dataset(cases=1_000)
    run = training.request(pathway="depression", recipe=RECIPES["lightfm"], by="admin")
    doomed = start_worker()
    train.apply_async((str(run.pk),), queue=own_queue)
    eventually(lambda: models.TrainingRun.objects.filter(pk=run.pk, status="running").exists())

    doomed.kill()
    start_worker()

    (done,) = eventually(lambda: ended(run))
    assert (done.status, done.failure, done.attempts) == ("succeeded", "", 2)
    assert any("fell silent" in line["message"] for line in done.log)


def test_the_run_of_a_killed_pool_process_is_taken_up_without_a_scheduler(
    own_queue, start_worker, eventually
):
    a_published_dataset(cases=1_000)
    run = training.request(pathway="depression", recipe=RECIPES["lightfm"], by="admin")
    start_worker()
    train.apply_async((str(run.pk),), queue=own_queue)
    eventually(lambda: models.TrainingRun.objects.filter(pk=run.pk, status="running").exists())

    _, pid = models.TrainingRun.objects.get(pk=run.pk).worker.rsplit(":", 1)
    os.kill(int(pid), signal.SIGKILL)

    (done,) = eventually(lambda: ended(run))
    assert (done.status, done.failure, done.attempts) == ("succeeded", "", 2)


def test_a_run_that_the_queue_couldnt_be_told_of_is_sent_by_the_clock():
    a_published_dataset(cases=20)
    run = training.request(pathway="depression", recipe=RATES, by="admin")

    send(OutOfReach(), models.TrainingRun, (run.pk,))

    assert models.TrainingRun.objects.get(pk=run.pk).status == "queued"
    assert recovery.runs_to_send() == (run.pk,)


class OutOfReach:
    """A task whose broker doesn't answer."""

    def delay(self, run_id):
        raise OperationalError
