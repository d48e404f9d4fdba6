"""The operators' door to training and the registry, run as an operator would."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from recommender import models
from tests.published import a_published_dataset, a_version

pytestmark = pytest.mark.django_db(transaction=True)
RATES = ("--recipe", "response-rate")


def printed(*arguments):
    """The one JSON document of a command that is run in this process, which is quicker."""
    output = io.StringIO()
    call_command(*arguments, "--json", stdout=output)
    return json.loads(output.getvalue())


def test_train_and_promote_prints_the_evaluation_the_gates_and_a_live_version(run_command):
    a_published_dataset()

    done = run_command("train", "--pathway", "depression", *RATES, "--promote")

    assert done.returncode == 0, done.stderr
    assert "Evaluation on unseen cases" in done.stdout
    assert "popularity: what is given most" in done.stdout
    assert "In plain words:" in done.stdout
    assert re.search(r"passed .*incumbent|passed .*response rate", done.stdout)
    assert "depression version 1 is live." in done.stdout
    assert models.ModelVersion.objects.get().status == "live"


def test_train_for_a_machine_prints_one_document():
    a_published_dataset()

    version = printed("train", "--pathway", "depression", *RATES, "--seed", "5")

    assert (version["status"], version["seed"]) == ("candidate", 5)
    assert version["trained_on"] == [{"dataset": "small", "version": "1"}]
    assert version["evaluation"]["recommenders"]


def test_a_second_training_makes_the_same_bytes():
    a_published_dataset()

    first, second = (printed("train", "--pathway", "depression", *RATES) for _ in range(2))

    assert first["artifact_sha256"] == second["artifact_sha256"]
    assert (first["number"], second["number"]) == (1, 2)


def test_train_on_a_worker_is_watched_until_it_ends(celery_worker_process, run_command):
    a_published_dataset()

    done = run_command("train", "--pathway", "depression", *RATES, "--async", "--promote")

    assert done.returncode == 0, done.stderr
    assert "is queued" in done.stdout
    assert "is live" in done.stdout
    assert models.TrainingRun.objects.get().on_worker


def test_a_recipe_may_come_from_a_file(tmp_path):
    a_published_dataset()
    recipe = tmp_path / "mine.json"
    recipe.write_text(json.dumps({"name": "mine", "recommenders": ["popularity"], "folds": 3}))

    version = printed("train", "--pathway", "depression", "--recipe", str(recipe))

    assert version["recipe"] == "mine"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pathway", "depresion"], "There are: depression"),
        (["--pathway", "depression", "--dataset", "smal"], "There are: small"),
        (["--pathway", "depression", "--recipe", "nothing"], "Recipes: "),
        (["--pathway", "depression", "--recipe", "{broken}"], "JSON"),
        (["--pathway", "depression", "--recipe", "{odd}"], "recommender"),
        (["--pathway", "depression", "--seed", "-1"], "seed"),
        (["--pathway", "depression", "--dataset", "tiny"], "more responses"),
    ],
)
def test_bad_input_ends_with_2_and_what_to_do(tmp_path, arguments, says):
    a_published_dataset(cases=40)
    a_published_dataset(name="tiny", cases=4, seed=2)
    files = {"broken": tmp_path / "broken.json", "odd": tmp_path / "odd.json"}
    files["broken"].write_text("{")
    files["odd"].write_text('{"name": "x", "recommenders": ["none"]}')

    with pytest.raises(CommandError, match=says) as refusal:
        call_command("train", *(argument.format(**files) for argument in arguments))

    assert refusal.value.returncode == 2


def test_bad_input_is_told_without_a_traceback(run_command):
    a_published_dataset(cases=40)

    done = run_command("train", "--pathway", "depresion")

    assert done.returncode == 2
    assert "There are: depression" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_version_the_gates_refuse_ends_with_3_and_the_gates():
    version = a_version(a_published_dataset())
    lines = [{"code": "no-leak", "passed": False, "blocking": True, "message": "It's a leak."}]
    models.ModelVersion.objects.update(gates_passed=False, gates=lines)

    with pytest.raises(CommandError, match=r"no-leak: It's a leak\.") as refusal:
        call_command("promote", "--version", str(version.pk))

    assert refusal.value.returncode == 3
    assert models.ModelVersion.objects.get().status == "candidate"


def test_promote_and_roll_back_by_number():
    dataset = a_published_dataset()
    a_version(dataset)
    a_version(dataset)
    call_command("promote", "--version", "depression/1")
    call_command("promote", "--version", "depression/2")

    back = printed("roll_back", "--pathway", "depression")

    assert back["name"] == "depression/1"
    with pytest.raises(CommandError, match="nothing to go back to") as refusal:
        call_command("roll_back", "--pathway", "depression")
    assert refusal.value.returncode == 3


def test_an_unknown_version_ends_with_2():
    with pytest.raises(CommandError, match="PATHWAY/NUMBER") as refusal:
        call_command("promote", "--version", "depression/7")

    assert refusal.value.returncode == 2


def test_evaluate_shows_the_live_version_and_writes_one_file(tmp_path):
    version = a_version(a_published_dataset())
    call_command("promote", "--version", str(version.pk))
    report, output = tmp_path / "report.html", io.StringIO()

    call_command(
        *("evaluate", "--version", "live", "--pathway", "depression", "--report", str(report)),
        stdout=output,
    )

    assert "Evaluation on unseen cases" in output.getvalue()
    html = report.read_text()
    assert html.count("<svg") >= 6
    assert "Not studied yet" not in html
    assert not re.search(r"""(src|href)=["'](https?:)?//""", html)


def test_a_study_is_kept_with_the_version_and_changes_nothing_else():
    version = a_version(a_published_dataset())

    studied = printed("evaluate", "--version", "depression/1", "--study")

    assert studied["evaluation"]["study"]["sites"]["attempts"] > 100
    assert studied["artifact_sha256"] == version.artifact_sha256
    again = printed("evaluate", "--version", "depression/1")
    assert again["evaluation"] == studied["evaluation"]
    assert again["gates"] == version.gates


def test_a_version_is_compared_with_the_one_before_it():
    dataset = a_published_dataset()
    a_version(dataset)
    call_command("promote", "--version", "depression/1")
    a_version(dataset)

    studied = printed("evaluate", "--version", "depression/2", "--study")

    before = studied["evaluation"]["study"]["version_before"]
    assert (before["name"], before["same_first"]) == ("depression version 1", 1.0)


def test_a_version_whose_data_was_withdrawn_is_reported_without_a_study(tmp_path):
    a_version(a_published_dataset())
    models.DataSet.objects.update(
        status="withdrawn",
        withdrawn_at=timezone.now(),
        withdrawn_by="tests",
        withdrawn_reason="consent",
    )

    call_command("evaluate", "--version", "depression/1", "--report", str(tmp_path / "r.html"))

    assert "Not studied yet" in (tmp_path / "r.html").read_text()
    with pytest.raises(CommandError, match="withdrawn") as refusal:
        call_command("evaluate", "--version", "depression/1", "--study")
    assert refusal.value.returncode == 3


def test_a_report_that_cant_be_written_ends_with_2(tmp_path):
    a_version(a_published_dataset())

    with pytest.raises(CommandError, match="Choose another folder") as refusal:
        call_command(
            "evaluate", "--version", "depression/1", "--report", str(tmp_path / "no" / "r.html")
        )

    assert refusal.value.returncode == 2


def test_evaluate_against_another_data_set():
    version = a_version(a_published_dataset())
    a_published_dataset(name="later", seed=9)

    judgement = printed("evaluate", "--version", str(version.pk), "--dataset", "later")["judgement"]

    assert (judgement["dataset"], judgement["learned_from"]) == ("later v1", False)
    own, *shares = judgement["recommenders"]
    assert 0.4 < own["auc"]["value"] < 0.8
    assert [share["name"] for share in shares] == [
        "response share of each therapy",
        "response share of all",
    ]


def test_evaluate_says_when_the_version_learned_from_the_data_set():
    version = a_version(a_published_dataset())

    judged = printed("evaluate", "--version", str(version.pk), "--dataset", "small")

    assert judged["judgement"]["learned_from"]


def test_cancel_training_stops_a_queued_run():
    dataset = a_published_dataset(cases=20)
    run = models.TrainingRun.objects.create(
        pathway=dataset.pathway, recipe_name="x", recipe={}, seed=1, requested_by="admin"
    )

    assert printed("cancel_training", str(run.pk))["status"] == "cancelled"

    with pytest.raises(CommandError, match="already ended") as refusal:
        call_command("cancel_training", str(run.pk))
    assert refusal.value.returncode == 3


def test_verify_audit_prints_the_head_of_an_intact_chain_and_takes_it_back():
    a_version(a_published_dataset())

    head = printed("verify_audit")["head"]

    assert printed("verify_audit", "--expect", head)["intact"]
    with pytest.raises(CommandError, match="NUMBER:HASH") as refusal:
        call_command("verify_audit", "--expect", "nonsense")
    assert refusal.value.returncode == 2


def test_verify_audit_ends_with_3_at_the_first_broken_link(run_command):
    a_version(a_published_dataset())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE recommender_auditevent DISABLE TRIGGER audit_no_change")
        cursor.execute("UPDATE recommender_auditevent SET actor = 'nobody' WHERE id = 1")
        cursor.execute("ALTER TABLE recommender_auditevent ENABLE TRIGGER audit_no_change")

    done = run_command("verify_audit")

    assert done.returncode == 3
    assert "broken at event 1" in done.stderr
    output = io.StringIO()
    with pytest.raises(SystemExit, match="3"):
        call_command("verify_audit", "--json", stdout=output)
    assert json.loads(output.getvalue())["broken_at"] == 1
