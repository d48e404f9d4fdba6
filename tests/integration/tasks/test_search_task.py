"""A search by real workers: fanned out over the queue, through kill -9, cancelled."""

import os
import signal
from uuid import uuid4

import pytest
from django.utils import timezone

from recommender import models
from recommender.ml.recipes import RECIPES, Recipe
from recommender.services import rungs, tuning
from tasks import tuning as door
from tasks.learning import try_out
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = Recipe("quick", ("crossed-effects", "response-rate"), folds=2)
SLOW = RECIPES["lightfm"]


@pytest.fixture
def own_queue(environment, monkeypatch):
    """Workers that are started now take only what is sent to this queue, and die quickly."""
    name = f"mortal_{uuid4().hex[:8]}"
    monkeypatch.setitem(environment, "TASK_QUEUE", name)
    monkeypatch.setitem(environment, "TRAINING_LEASE_SECONDS", "2")
    return name


def wanted(base, *, trials):
    return tuning.Wanted("depression", base, trials=trials)


def ended(search):
    row = models.ParameterSearch.objects.get(pk=search.pk)
    return row if row.is_final else None


def running(search):
    """The base's trial, the longest of all, while a worker is at it."""
    return search.trials.filter(number=0, status="running").first()


def held_back(base, *, trials):
    """A search that no worker is told of when it starts."""
    search = tuning.request(wanted=wanted(base, trials=trials), by="admin")
    search.trials.update(sent_at=timezone.now())
    return search


def hand_out(search, queue):
    """Tell the workers of this test's queue, and nobody else, of all trials."""
    for pk in search.trials.values_list("pk", flat=True):
        try_out.apply_async((str(pk),), queue=queue)


def whole(search):
    """Nothing lost and nothing done twice: each trial of each rung has succeeded once."""
    rows = list(search.trials.all())
    return (
        search.status == "succeeded"
        and {row.status for row in rows} == {"succeeded"}
        and len(rows) == sum(rung.candidates + 1 for rung in rungs.plan_of(search))
        and models.RecipeRecord.objects.filter(search=search).count() == 1
    )


def test_a_search_fans_out_over_the_workers_and_ends_in_a_recipe(
    celery_worker_process, start_worker, eventually
):
    a_published_dataset(cases=700)
    second = start_worker()

    search = door.start(wanted=wanted(QUICK, trials=6), by="admin")

    done = eventually(lambda: ended(search))
    assert whole(done), done.failure
    assert len(set(done.trials.values_list("worker", flat=True))) == 2
    second.stop()


def test_the_same_message_twice_tries_once(celery_worker_process, eventually):
    a_published_dataset()
    search = door.start(wanted=wanted(QUICK, trials=2), by="admin")
    for pk in search.trials.values_list("pk", flat=True):
        try_out.delay(str(pk))

    done = eventually(lambda: ended(search))

    assert whole(done)
    assert set(done.trials.values_list("attempts", flat=True)) == {1}


def test_a_worker_killed_in_the_middle_of_a_trial_loses_nothing(
    own_queue, start_worker, eventually
):
    a_published_dataset(cases=1_000)
    search = held_back(SLOW, trials=2)
    doomed = start_worker()
    hand_out(search, own_queue)
    trial = eventually(lambda: running(search))

    doomed.kill()
    start_worker()

    done = eventually(lambda: ended(search))
    assert whole(done), done.failure
    trial.refresh_from_db()
    assert (trial.status, trial.attempts) == ("succeeded", 2)
    assert any("fell silent" in line["message"] for line in done.log)


def test_a_killed_pool_process_loses_nothing_without_a_scheduler(
    own_queue, start_worker, eventually
):
    a_published_dataset(cases=1_000)
    search = held_back(SLOW, trials=2)
    start_worker()
    hand_out(search, own_queue)
    trial = eventually(lambda: running(search))

    os.kill(int(trial.worker.rsplit(":", 1)[1]), signal.SIGKILL)

    done = eventually(lambda: ended(search))
    assert whole(done), done.failure
    trial.refresh_from_db()
    assert trial.attempts == 2


def test_a_search_is_cancelled_while_a_worker_is_at_it(celery_worker_process, eventually):
    a_published_dataset(cases=1_000)
    search = door.start(wanted=wanted(SLOW, trials=2), by="admin")
    trial = eventually(lambda: running(search))

    tuning.cancel(search=search, by="admin")

    eventually(lambda: models.SearchTrial.objects.get(pk=trial.pk).is_final)
    assert set(search.trials.values_list("status", flat=True)) <= {"cancelled", "succeeded"}
    assert ended(search).status == "cancelled"
