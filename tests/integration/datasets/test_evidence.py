"""Published studies, from their file to what a clinician reads beside a suggestion."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from recommender import models
from recommender.clinical.evidence import CONTROL
from recommender.ml.recipes import RECIPES
from recommender.services import datasets, live_models, runs, training
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "study,therapy,condition,age_group,risk_of_bias_high,responders,n\n"
ROWS = (
    "Beck 1990,cbt,depression,adults,0,30,40",
    "Beck 1990,control,depression,adults,0,20,40",
    "Rush 1994,cbt,depression,adults,1,22,40",
    "Rush 1994,control,depression,adults,1,20,40",
    "Weissman 1996,exercise,depression,older_adults,,25,40",
    "Weissman 1996,control,depression,older_adults,,15,40",
    "Clark 2001,cbt,panic,adults,0,39,40",
    "Clark 2001,control,panic,adults,0,2,40",
)


def table(tmp_path, *rows, header=HEADER):
    path = tmp_path / "evidence.csv"
    path.write_text(header + "\n".join(rows or ROWS) + "\n")
    return str(path)


def attached(path, *options):
    output = io.StringIO()
    call_command(
        *("attach_evidence", path, "--name", "trials", "--pathway", "depression", "--json"),
        *("--source", "A review"),
        *options,
        stdout=output,
    )
    return json.loads(output.getvalue())


def trained():
    run = training.request(pathway="depression", recipe=RECIPES["response-rate"], by="tests")
    return runs.carry_out(run_id=run.pk, worker="tests").model_version


@pytest.fixture(autouse=True)
def attempts():
    return a_published_dataset()


def test_it_is_pooled_and_kept_as_a_published_data_set_without_cases(tmp_path):
    told = attached(table(tmp_path))

    dataset = models.DataSet.objects.get(name="trials")
    assert told["dataset"] == "trials v1"
    assert (dataset.status, dataset.case_count) == ("published", 0)
    assert dataset.report["evidence"] == {"studies": 4, "arms": 8, "therapies": 2}
    arms = [arm.to_value() for arm in dataset.evidence_arms.all()]
    assert [(arm.study, arm.therapy, arm.high_risk_of_bias) for arm in arms[:2]] == [
        ("Beck 1990", "cbt", False),
        ("Beck 1990", CONTROL, False),
    ]
    assert {arm.high_risk_of_bias for arm in arms} == {False, True, None}
    assert [each["code"] for each in told["evidence"]["therapies"]] == ["cbt", "exercise"]
    assert models.AuditEvent.objects.filter(action="dataset.published").exists()


def test_a_dry_run_shows_it_and_writes_nothing(tmp_path):
    output = io.StringIO()
    call_command(
        *("attach_evidence", table(tmp_path), "--name", "trials", "--pathway", "depression"),
        *("--source", "A review", "--dry-run"),
        stdout=output,
    )

    assert "Of these, tried here: cbt, exercise." in output.getvalue()
    assert "no difference between them is assumed" in output.getvalue()
    assert not models.DataSet.objects.filter(name="trials").exists()


def test_only_the_conditions_and_ages_of_the_pathway_are_kept(tmp_path):
    told = attached(table(tmp_path), "--condition", "depression", "--age-group", "adults")

    assert told["evidence"]["studies"] == 2
    assert models.EvidenceArm.objects.count() == 4
    assert models.DataSet.objects.get(name="trials").report["notes"] == [
        "4 arms of other conditions or age groups were left out."
    ]


def test_their_codes_may_stand_for_our_therapies(tmp_path):
    rows = [row.replace(",cbt,", ",cognitive_therapy,") for row in ROWS]

    told = attached(table(tmp_path, *rows), "--therapy", "cognitive_therapy=cbt")

    assert [each["code"] for each in told["evidence"]["therapies"]] == ["cbt", "exercise"]


@pytest.mark.parametrize(
    ("rows", "options", "says"),
    [
        (["Beck 1990,unheard-of,,,0,1,2"], [], "row 2, field 'therapy': isn't in the catalogue"),
        (["Beck 1990,cbt,,,0,3,2"], [], "row 2, field 'responders': is more than n; check both"),
        (["Beck 1990,cbt,,,2,1,2"], [], "row 2, field 'risk_of_bias_high'"),
        (["Beck 1990,cbt,,,0,1,0"], [], "row 2, field 'n'"),
        ([",cbt,,,0,1,2"], [], "row 2, field 'study'"),
        ((), ["--condition", "insomnia"], "no study has the condition insomnia; there are: dep"),
        ((), ["--age-group", "children"], "no study has the age group children"),
        ((), ["--therapy", "cbt"], "give THEIRS=OURS"),
        ((), ["--therapy", "ect=mirtazapine"], "no arm has the therapy ect"),
        ((), ["--source", " "], "say where the studies come from"),
    ],
)
def test_what_cannot_be_used_is_refused_by_row_and_field(tmp_path, rows, options, says):
    with pytest.raises(CommandError, match="(?i)" + says) as refusal:
        attached(table(tmp_path, *rows), *options)

    assert refusal.value.returncode == 2
    assert not models.DataSet.objects.filter(name="trials").exists()


def test_a_data_set_with_cases_brings_its_evidence_along(tmp_path):
    table(tmp_path)
    (tmp_path / "cases.csv").write_text("case\na\n")
    (tmp_path / "findings.csv").write_text("case,kind,code,value\na,symptom,insomnia,2\n")
    (tmp_path / "responses.csv").write_text("case,therapy,response\na,cbt,response\n")

    with pytest.raises(CommandError, match="use import_dataset"):
        attached(str(tmp_path))
    output = io.StringIO()
    call_command(
        *("import_dataset", str(tmp_path), "--name", "both", "--pathway", "depression"),
        stdout=output,
    )

    assert "Evidence: 8 arms of 4 studies of 2 therapies." in output.getvalue()
    assert models.EvidenceArm.objects.count() == 8


def test_published_evidence_cannot_be_changed(tmp_path):
    attached(table(tmp_path))

    for change in (
        "UPDATE recommender_evidencearm SET n = 400",
        "DELETE FROM recommender_evidencearm",
    ):
        with (
            pytest.raises(IntegrityError, match="cannot be changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_a_version_keeps_what_it_was_trained_with_and_the_same_bytes_come_again(tmp_path):
    without = trained()
    attached(table(tmp_path))

    first, second = trained(), trained()

    assert without.evaluation["evidence"] is None
    assert first.evaluation["evidence"]["studies"] == 4
    assert first.artifact_sha256 == second.artifact_sha256 != without.artifact_sha256
    assert {str(each) for each in first.training_run.datasets.all()} == {"small v1", "trials v1"}
    model = live_models.load_model(first)
    assert set(model.studies) == {"cbt", "exercise"}
    assert model.studies["cbt"].sources == ("A review (trials v1)",)
    assert live_models.load_model(without).studies == {}


def test_withdrawn_evidence_is_left_out_of_the_next_training(tmp_path):
    attached(table(tmp_path))
    trials = models.DataSet.objects.get(name="trials")

    datasets.withdraw(dataset=trials, reason="Retracted.", by="tests")

    assert trained().evaluation["evidence"] is None


def test_a_therapy_with_studies_but_without_attempts_is_not_put_forward(tmp_path):
    models.TherapyRecord.objects.create(code="ect", name="ECT", kind="neuromodulation")
    rows = [row.replace(",exercise,", ",ect,") for row in ROWS]
    attached(table(tmp_path, *rows))

    version = trained()

    model = live_models.load_model(version)
    assert "ect" in model.studies
    assert "ect" not in {therapy.code for therapy in model.therapies}
