"""`manage.py suggest`, as an operator or a judge runs it."""

import csv
import json

import pytest
from django.core.management import CommandError, call_command

from recommender import models
from recommender.services import audit, registry
from tests import learned

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = ["case", "rank", "therapy", "probability", "lower", "upper", "support", "cautions"]
HEADER += ["reason"]


@pytest.fixture
def version(transactional_db):
    registry.forget()
    return learned.a_live_version()


@pytest.fixture
def folder(tmp_path):
    """The sleepless case, the worried one, one nobody knows a finding of, one with a history."""
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "cases.csv").write_text("case\nS-1\nW-2\nX-3\nH-4\n")
    (cases / "findings.csv").write_text(
        "case,kind,code,value\n"
        "W-2,symptom,worry,3\n"
        "S-1,symptom,insomnia,3\n"
        "S-1,symptom,worry,0\n"
        "W-2,symptom,insomnia,0\n"
        "X-3,symptom,unheard-of,\n"
        "H-4,symptom,insomnia,3\n"
        "H-4,symptom,fatigue,3\n"
    )
    (cases / "responses.csv").write_text("case,therapy,response\nH-4,cbt,none\nH-4,reiki,none\n")
    return cases


def suggest(folder, output, *arguments):
    call_command(
        "suggest", "--pathway", "depression", "--cases", folder, "--output", output, *arguments
    )


def rows_of(output):
    with output.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_of_suggestions_is_written_for_the_cases_of_a_folder(
    run_command, version, folder, tmp_path
):
    output = tmp_path / "suggestions.csv"

    done = run_command(
        "suggest", "--pathway", "depression", "--cases", str(folder), "--output", str(output)
    )

    assert done.returncode == 0, done.stderr
    assert "4 cases answered by depression version 1" in done.stdout
    assert "SIMULATED DATA" in done.stdout
    assert output.read_text().splitlines()[0] == ",".join(HEADER)
    rows = rows_of(output)
    assert [row["case"] for row in rows if row["rank"] in {"1", ""}] == ["S-1", "W-2", "X-3", "H-4"]
    first = {row["case"]: row["therapy"] for row in rows if row["rank"] == "1"}
    assert (first["S-1"], first["W-2"]) == ("mirtazapine", "cbt")


def test_a_row_holds_the_group_behind_the_suggestion(version, folder, tmp_path):
    suggest(folder, tmp_path / "out.csv")

    row = rows_of(tmp_path / "out.csv")[0]
    assert 0 < float(row["lower"]) < float(row["probability"]) < float(row["upper"]) < 1
    assert int(row["support"]) > 0
    assert row["reason"] == ""


def test_a_case_without_a_suggestion_has_one_line_with_the_reason(version, folder, tmp_path):
    suggest(folder, tmp_path / "out.csv")

    (row,) = [row for row in rows_of(tmp_path / "out.csv") if row["case"] == "X-3"]
    assert (row["rank"], row["therapy"]) == ("", "")
    assert "known to this version" in row["reason"]


def test_what_failed_or_is_withheld_is_not_suggested(version, folder, tmp_path):
    suggest(folder, tmp_path / "out.csv")

    given = {row["therapy"] for row in rows_of(tmp_path / "out.csv") if row["case"] == "H-4"}
    assert given == {"sertraline", "exercise"}


def test_whole_answers_are_written_a_line_a_case(version, folder, tmp_path):
    output = tmp_path / "out.jsonl"

    suggest(folder, output, "--limit", "1")

    answers = [json.loads(line) for line in output.read_text().splitlines()]
    assert [answer["case"] for answer in answers] == ["S-1", "W-2", "X-3", "H-4"]
    assert [len(answer["suggestions"]) for answer in answers] == [1, 1, 0, 1]
    history = answers[3]
    assert history["unrecognised"] == [{"kind": "therapy", "code": "reiki"}]
    assert [one["therapy"]["code"] for one in history["withheld"]] == ["mirtazapine"]
    assert "SIMULATED DATA" in history["notice"]


def test_every_list_is_stored_under_one_audit_event_without_the_case_ids(version, folder, tmp_path):
    suggest(folder, tmp_path / "out.jsonl")

    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    stored = {str(one.pk): one for one in models.SuggestionList.objects.all()}
    assert set(stored) == {answer["id"] for answer in written}
    for answer in written:
        case_id = answer.pop("case")
        assert stored[answer["id"]].answer == answer
        assert case_id not in json.dumps(stored[answer["id"]].case)
    event = models.AuditEvent.objects.latest("id")
    (batch,) = {str(one.batch) for one in stored.values()}
    assert (event.action, event.target) == ("suggestion_batch.given", batch)
    assert audit.verify().intact


def test_an_older_version_may_be_asked(version, folder, tmp_path):
    learned.a_live_version(learned.REPEATING)

    suggest(folder, tmp_path / "out.jsonl", "--version", "depression/1")

    answer = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert answer["model_version"]["id"] == str(version.pk)


def test_without_a_live_version_the_command_says_so(transactional_db, folder, tmp_path):
    registry.forget()
    models.Pathway.objects.create(slug="depression", title="Depression")

    with pytest.raises(CommandError, match="no live version") as refusal:
        suggest(folder, tmp_path / "out.csv")

    assert refusal.value.returncode == 3


BAD = {
    "a severity out of range": (
        "findings.csv",
        "case,kind,code,value\nS-1,symptom,worry,1\nS-1,symptom,insomnia,7\n",
        "findings.csv, row 3, field 'value'",
    ),
    "a finding of a case that is not there": (
        "findings.csv",
        "case,kind,code\nZ-9,symptom,worry\n",
        "findings.csv, row 2, field 'case'",
    ),
    "a kind that is none": (
        "findings.csv",
        "case,kind,code\nS-1,mood,worry\n",
        "findings.csv, row 2, field 'kind'",
    ),
    "a column of names": (
        "cases.csv",
        "case,patient_name\nS-1,Ann Example\n",
        "cases.csv, field 'patient_name'",
    ),
    "an e-mail address as a category": (
        "findings.csv",
        "case,kind,code,value\nS-1,background,contact,ann@example.org\n",
        "findings.csv, row 2, field 'value'",
    ),
    "a response in other words": (
        "responses.csv",
        "case,therapy,response\nS-1,cbt,great\n",
        "responses.csv, row 2, field 'response'",
    ),
    "no case": ("cases.csv", "case\n", "cases.csv"),
}


@pytest.mark.parametrize(("file", "content", "place"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_by_file_row_and_field(
    version, folder, tmp_path, file, content, place
):
    if file == "cases.csv":
        for other in folder.iterdir():
            other.write_text(other.read_text().splitlines()[0] + "\n")
    (folder / file).write_text(content)
    before = "an earlier answer"
    (tmp_path / "out.csv").write_text(before)

    with pytest.raises(CommandError) as refusal:
        suggest(folder, tmp_path / "out.csv")

    assert refusal.value.returncode == 2
    assert place in str(refusal.value)
    assert "ann" not in str(refusal.value).lower()
    assert (tmp_path / "out.csv").read_text() == before
    assert not models.SuggestionList.objects.exists()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


@pytest.mark.parametrize(
    ("output", "arguments", "remedy"),
    [
        ("out.xlsx", (), ".csv or .jsonl"),
        ("nowhere/out.csv", (), "Choose another folder"),
        ("out.csv", ("--limit", "0"), "from 1 to 20"),
        ("out.csv", ("--version", "grief/1"), "no such model version"),
    ],
)
def test_a_wrong_argument_says_what_to_give(version, folder, tmp_path, output, arguments, remedy):
    with pytest.raises(CommandError, match=remedy) as refusal:
        suggest(folder, tmp_path / output, *arguments)

    assert refusal.value.returncode == 2


def test_a_missing_table_is_named(version, folder, tmp_path):
    (folder / "findings.csv").unlink()

    with pytest.raises(CommandError, match=r"findings\.csv: is missing"):
        suggest(folder, tmp_path / "out.csv")
