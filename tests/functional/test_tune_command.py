"""The operators' door to searches, run as an operator would."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command

from recommender import models
from tests.conftest import ROOT
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)
RIDGE = ("--recipe", "crossed-effects", "--trials", "2")


def printed(*arguments):
    """The one JSON document of a command that is run in this process."""
    output = io.StringIO()
    call_command(*arguments, "--json", stdout=output)
    return json.loads(output.getvalue())


def test_tune_prints_every_trial_and_how_to_train_what_it_found(run_command):
    a_published_dataset(cases=700)

    done = run_command(
        *("tune", "--pathway", "depression", "--recipe", "crossed-effects"),
        *("--trials", "6", "--name", "sharper"),
    )

    assert done.returncode == 0, done.stderr
    assert "Rung 1 of 2, on 1/3 of the cases, judged on 233 new attempts" in done.stdout
    assert "Rung 2 of 2, on all of the cases, judged on 467 new attempts" in done.stdout
    assert re.search(r"^ *base +chosen by itself +succeeded +0\.\d{4}", done.stdout, re.MULTILINE)
    assert "beyond chance" in done.stdout or "forecasts unseen cases better" in done.stdout
    assert "manage.py train --pathway depression --recipe sharper" in done.stdout
    assert models.ParameterSearch.objects.get().on_worker is False


def test_what_tune_made_is_trained_by_its_name():
    a_published_dataset()
    search = printed("tune", "--pathway", "depression", *RIDGE, "--name", "mine")

    version = printed("train", "--pathway", "depression", "--recipe", "mine")

    assert (search["recipe"], version["recipe"]) == ("mine", "mine")
    assert {one["status"] for one in search["trials"]} == {"succeeded"}
    assert search["better"] in {True, False}
    with pytest.raises(CommandError, match=r"Recipes: .*, mine"):
        call_command("train", "--pathway", "depression", "--recipe", "nobodys")


def test_a_recipe_belongs_to_its_pathway():
    a_published_dataset()
    a_published_dataset("grief", name="other")
    printed("tune", "--pathway", "depression", *RIDGE, "--name", "mine")

    with pytest.raises(CommandError, match="neither such a recipe") as refusal:
        call_command("train", "--pathway", "grief", "--recipe", "mine")

    assert refusal.value.returncode == 2


def test_the_same_seed_makes_the_same_trials():
    a_published_dataset()

    first, second = (
        printed("tune", "--pathway", "depression", *RIDGE, "--seed", "3") for _ in range(2)
    )

    for one in (*first["trials"], *second["trials"]):
        del one["seconds"]
    assert first["trials"] == second["trials"]
    assert (first["recipe"], second["recipe"]) == (
        "crossed-effects-tuned",
        "crossed-effects-tuned-2",
    )


def test_tune_on_workers_is_watched_until_it_ends(celery_worker_process, run_command):
    a_published_dataset()

    done = run_command("tune", "--pathway", "depression", *RIDGE, "--async")

    assert done.returncode == 0, done.stderr
    assert "is queued" in done.stdout
    assert "--recipe crossed-effects-tuned" in done.stdout
    assert models.ParameterSearch.objects.get().on_worker


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pathway", "depresion"], "There are: depression"),
        (["--pathway", "depression", "--dataset", "smal"], "There are: small"),
        (["--pathway", "depression", "--recipe", "nothing"], "Recipes: "),
        (["--pathway", "depression", "--recipe", "popularity"], "no parameter to search"),
        (["--pathway", "depression", "--trials", "0"], "between 2 and 200"),
        (["--pathway", "depression", "--trials", "1"], "between 2 and 200"),
        (["--pathway", "depression", "--trials", "999"], "between 2 and 200"),
        (["--pathway", "depression", "--seed", "-1"], "seed"),
        (["--pathway", "depression", "--name", "default"], "already"),
        (["--pathway", "depression", "--name", "No Good"], "lower-case"),
        (["--pathway", "depression", "--dataset", "tiny", "--trials", "2"], "more responses"),
        (["--pathway", "depression", "--recipe", "{odd}"], "no such parameter"),
    ],
)
def test_bad_input_ends_with_2_and_what_to_do(tmp_path, arguments, says):
    a_published_dataset(cases=40)
    a_published_dataset(name="tiny", cases=4, seed=2)
    odd = tmp_path / "odd.json"
    odd.write_text(
        '{"name": "x", "recommenders": ["lightfm"], "parameters": {"lightfm": {"sise": 3}}}'
    )

    with pytest.raises(CommandError, match=says) as refusal:
        call_command("tune", *(argument.format(odd=odd) for argument in arguments))

    assert refusal.value.returncode == 2
    assert not models.RecipeRecord.objects.exists()


def test_ctrl_c_ends_the_search_of_a_command(environment, eventually):
    a_published_dataset(cases=1_000)
    command = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "tune", "--pathway", "depression"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    eventually(lambda: models.SearchTrial.objects.filter(status="running").exists())
    time.sleep(0.2)

    os.kill(command.pid, signal.SIGINT)
    _, errors = command.communicate(timeout=60)

    search = models.ParameterSearch.objects.get()
    assert (command.returncode, search.status) == (130, "cancelled"), errors
    assert not search.trials.filter(status__in=("queued", "running")).exists()


def test_cancel_tuning_stops_a_queued_search():
    a_published_dataset()
    call_command("tune", "--pathway", "depression", *RIDGE)
    ended = models.ParameterSearch.objects.get()

    with pytest.raises(CommandError, match="already ended") as refusal:
        call_command("cancel_tuning", str(ended.pk))
    assert refusal.value.returncode == 3

    models.ParameterSearch.objects.filter(pk=ended.pk).update(status="queued")
    assert printed("cancel_tuning", str(ended.pk))["status"] == "cancelled"
    with pytest.raises(CommandError, match="no such search") as refusal:
        call_command("cancel_tuning", "00000000-0000-0000-0000-000000000000")
    assert refusal.value.returncode == 2
