"""A training run is asked for by names, on published data only, and can be taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.ml.recipes import RECIPES
from recommender.services import training
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db
RATES = RECIPES["response-rate"]


def ask(**given):
    return training.request(**{"pathway": "depression", "recipe": RATES, "by": "admin"} | given)


def test_without_a_choice_the_newest_published_version_of_each_data_set_is_used():
    a_published_dataset(name="clinic", version=1, seed=1, cases=20)
    newest = a_published_dataset(name="clinic", version=2, seed=2, cases=20)
    other = a_published_dataset(name="trial", seed=3, cases=20)
    models.DataSet.objects.create(
        pathway=other.pathway, name="draft", version=1, content_hash="0" * 64, created_by="admin"
    )

    run = ask()

    assert set(run.datasets.all()) == {newest, other}
    assert run.status == "queued"


def test_an_older_version_is_chosen_by_its_number():
    older = a_published_dataset(name="clinic", version=1, seed=1, cases=20)
    a_published_dataset(name="clinic", version=2, seed=2, cases=20)

    assert list(ask(datasets=["clinic@1"]).datasets.all()) == [older]


def test_a_run_keeps_the_recipe_the_seed_and_who_asked():
    a_published_dataset(cases=20)

    run = ask(seed=7)

    assert run.recipe == RATES.to_json()
    assert (run.seed, run.requested_by) == (7, "admin")
    event = models.AuditEvent.objects.first()
    assert (event.action, event.actor) == ("training_run.requested", "admin")


def test_an_unknown_data_set_is_refused_with_those_there_are():
    a_published_dataset(name="clinic", cases=20)

    with pytest.raises(UnknownName, match="There are: clinic"):
        ask(datasets=["clinik"])


def test_an_unknown_pathway_is_refused_with_those_there_are():
    a_published_dataset(cases=20)

    with pytest.raises(UnknownName, match="depression"):
        ask(pathway="depresion")


def test_a_pathway_without_published_data_says_what_to_do():
    models.Pathway.objects.create(slug="depression", title="Depression")

    with pytest.raises(BadInput, match="publish"):
        ask()


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_no_generator_takes_is_refused(seed):
    a_published_dataset(cases=20)

    with pytest.raises(BadInput, match="seed"):
        ask(seed=seed)


def test_a_queued_run_is_cancelled_at_once():
    a_published_dataset(cases=20)

    cancelled = training.cancel(run=ask(), by="clinician")

    assert cancelled.status == "cancelled"
    assert cancelled.finished
    assert models.AuditEvent.objects.first().action == "training_run.cancelled"


def test_a_running_run_is_asked_to_stop():
    a_published_dataset(cases=20)
    run = ask()
    models.TrainingRun.objects.update(
        status="running", lease_until=timezone.now() + timedelta(minutes=1)
    )

    asked = training.cancel(run=run, by="admin")

    assert (asked.status, asked.cancel_requested) == ("running", True)


def test_a_run_that_has_ended_cant_be_cancelled():
    a_published_dataset(cases=20)
    run = training.cancel(run=ask(), by="admin")

    with pytest.raises(Refused, match="already ended"):
        training.cancel(run=run, by="admin")
