"""A run is carried out once, by whoever holds it, and ends with a version or a reason."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from recommender import models
from recommender.ml.recipes import RECIPES
from recommender.services import runs, training
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)
RATES = RECIPES["response-rate"]


@pytest.fixture
def run():
    a_published_dataset()
    return training.request(pathway="depression", recipe=RATES, by="admin")


def carry_out(run, **options):
    return runs.carry_out(run_id=run.pk, worker="tests", **options)


def test_a_run_ends_with_a_candidate_whose_artifact_is_stored(run):
    done = carry_out(run)

    version = done.model_version
    assert (done.status, done.share_done, version.status) == ("succeeded", 1.0, "candidate")
    assert (version.number, version.artifact_sha256[:2]) == (1, version.artifact[:2])
    assert storages["artifacts"].size(version.artifact) == version.artifact_bytes
    assert done.data_hash
    assert done.library_versions["numpy"]
    assert done.result["model_version"] == str(version.pk)


def test_a_second_delivery_does_nothing(run):
    first = carry_out(run)

    second = carry_out(run)

    assert second.attempts == first.attempts == 1
    assert models.ModelVersion.objects.count() == 1


def test_progress_never_goes_back_and_reaches_the_end(run):
    shares = []

    carry_out(run, listener=lambda _stage, share: shares.append(share))

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_same_data_recipe_and_seed_make_the_same_bytes(run):
    again = training.request(pathway="depression", recipe=RATES, by="admin")

    first, second = carry_out(run), carry_out(again)

    assert first.data_hash == second.data_hash
    assert first.model_version.artifact_sha256 == second.model_version.artifact_sha256
    assert [first.model_version.number, second.model_version.number] == [1, 2]


def test_a_torn_artifact_of_a_killed_worker_is_neither_used_nor_overwritten(run):
    whole = carry_out(run).model_version
    storage = storages["artifacts"]
    with storage.open(whole.artifact, "wb") as file:
        file.write(b"torn")

    again = carry_out(training.request(pathway="depression", recipe=RATES, by="admin"))

    assert again.model_version.artifact != whole.artifact
    assert storage.size(again.model_version.artifact) == whole.artifact_bytes
    assert storage.size(whole.artifact) == len(b"torn")


def test_a_cancelled_run_stops_at_its_next_report(run):
    def cancel_and_wait(stage, share):
        if not models.TrainingRun.objects.get(pk=run.pk).cancel_requested:
            training.cancel(run=run, by="admin")
        threading.Event().wait(0.6)

    done = carry_out(run, listener=cancel_and_wait)

    assert (done.status, done.failure) == ("cancelled", "")
    assert not models.ModelVersion.objects.exists()


def test_a_run_that_lost_its_lease_leaves_no_version_and_no_word(run):
    def lose_it(stage, share):
        models.TrainingRun.objects.filter(pk=run.pk).update(attempts=2, stage="the other's")

    done = carry_out(run, listener=lose_it)

    assert (done.status, done.stage) == ("running", "the other's")
    assert not models.ModelVersion.objects.exists()


def test_a_run_waits_while_another_of_its_pathway_is_running(run):
    other = training.request(pathway="depression", recipe=RATES, by="admin")
    models.TrainingRun.objects.filter(pk=other.pk).update(
        status="running", lease_until=timezone.now() + timedelta(minutes=1)
    )

    waiting = carry_out(run)

    assert (waiting.status, waiting.sent_at, waiting.attempts) == ("queued", None, 0)


def test_a_run_of_another_pathway_doesnt_wait(run):
    models.TrainingRun.objects.update(
        status="running", lease_until=timezone.now() + timedelta(minutes=1)
    )
    a_published_dataset(pathway="anxiety", seed=2)
    elsewhere = training.request(pathway="anxiety", recipe=RATES, by="admin")

    assert carry_out(elsewhere).status == "succeeded"


def test_of_two_workers_at_once_one_carries_the_run_out(run):
    start = threading.Barrier(2)

    def work():
        start.wait()
        carry_out(run)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    run.refresh_from_db()
    assert (run.status, run.attempts) == ("succeeded", 1)
    assert models.ModelVersion.objects.count() == 1


def test_too_little_data_fails_with_what_to_do():
    a_published_dataset(cases=5)

    done = carry_out(training.request(pathway="depression", recipe=RATES, by="admin"))

    assert done.status == "failed"
    assert "publish a data set with more responses" in done.failure
    assert done.result["failure_code"] == "bad-input"


def test_data_withdrawn_after_the_request_isnt_trained_on(run):
    models.DataSet.objects.update(
        status="withdrawn", withdrawn_reason="consent was taken back", withdrawn_at=timezone.now()
    )

    done = carry_out(run)

    assert done.status == "failed"
    assert "withdrawn" in done.failure


def test_without_safety_rules_nothing_is_trained(run):
    models.SafetyRuleRecord.objects.all().delete()

    done = carry_out(run)

    assert (done.status, done.result["failure_code"]) == ("failed", "no-safety-rules")


def test_an_unexpected_error_is_told_by_type_and_place_and_not_by_its_text(run):
    def quote_a_case(stage, share):
        raise KeyError("flashbacks of case 17")

    done = carry_out(run, listener=quote_a_case)

    assert done.status == "failed"
    assert "KeyError" in done.failure
    assert "progress.py" in done.failure
    assert "flashbacks" not in str([done.failure, done.log])


def test_a_worker_that_is_told_to_end_gives_its_run_back(run):
    def interrupt(stage, share):
        raise SystemExit

    with pytest.raises(SystemExit):
        carry_out(run, listener=interrupt)

    run.refresh_from_db()
    assert (run.status, run.sent_at, run.lease_until) == ("queued", None, None)


def test_a_command_that_is_stopped_takes_its_run_with_it():
    a_published_dataset()
    run = training.request(pathway="depression", recipe=RATES, by="admin", on_worker=False)

    def interrupt(stage, share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(run, listener=interrupt)

    run.refresh_from_db()
    assert (run.status, run.on_worker) == ("cancelled", False)
