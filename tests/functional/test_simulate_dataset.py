"""`simulate_dataset`, run as an admin would who wants to try the product without patients."""

import io
import json

import polars as pl
import pytest
from django.core.management import CommandError, call_command

from recommender import models
from recommender.services import dataset_files, datasets


def simulate(folder, *arguments):
    """Run the command and return its one JSON document."""
    output = io.StringIO()
    chosen = {
        "--cases": "300",
        "--seed": "5",
        **dict(zip(arguments[::2], arguments[1::2], strict=True)),
    }
    flat = [word for pair in chosen.items() for word in pair]
    call_command(
        "simulate_dataset",
        "--pathway",
        "depression",
        "--output",
        str(folder),
        *flat,
        "--json",
        stdout=output,
    )
    return json.loads(output.getvalue())


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_one_seed_gives_the_same_bytes_and_another_gives_others(tmp_path):
    for name, seed in (("one", "5"), ("again", "5"), ("other", "6")):
        simulate(tmp_path / name, "--seed", seed)

    assert files_of(tmp_path / "one") == files_of(tmp_path / "again")
    assert files_of(tmp_path / "one") != files_of(tmp_path / "other")
    truths = [pl.read_parquet(tmp_path / f"{name}-truth.parquet") for name in ("one", "again")]
    assert truths[0].equals(truths[1])


def test_the_truth_stands_beside_the_folder_with_every_case(tmp_path):
    simulate(tmp_path / "world")

    truth = pl.read_parquet(tmp_path / "world-truth.parquet")
    cases = pl.read_csv(tmp_path / "world" / "cases.csv")

    assert not list((tmp_path / "world").glob("*truth*"))
    assert truth["case"].to_list() == cases["case"].to_list()
    chances = truth.drop("case")
    assert len(chances.columns) >= 41
    assert chances.min_horizontal().min() > 0
    assert chances.max_horizontal().max() < 1


def test_unseen_cases_come_without_anything_tried(tmp_path):
    document = simulate(tmp_path / "world", "--unseen", "40")

    unseen = tmp_path / "world-unseen"

    assert [one["cases"] for one in document["written"]] == [300, 40]
    assert {path.name for path in unseen.iterdir()} == {"cases.csv", "findings.csv", "dataset.json"}
    assert pl.read_parquet(tmp_path / "world-unseen-truth.parquet").height == 40


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_it_imports_whole_and_stays_labelled_simulated(tmp_path, file_format):
    call_command("load_catalogue", stdout=io.StringIO())
    document = simulate(tmp_path / "world", "--format", file_format)
    content = dataset_files.read(path=tmp_path / "world", pathway="depression")

    imported = datasets.import_dataset(
        content=content, name="world", pathway="depression", by="tests", publish_at_once=True
    )

    written = document["written"][0]
    assert imported.report["findings"] == written["findings"]
    assert imported.report["responses"] == written["responses"]
    assert models.DataSet.objects.get().simulated


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--world", "flat", "Choose one of: mid, weak, strong"),
        ("--cases", "0", "Give a number of cases from 1 to"),
        ("--seed", "-1", "Give a seed of 0 or more"),
    ],
)
def test_a_wrong_choice_is_refused_with_those_there_are(tmp_path, option, value, says):
    with pytest.raises(CommandError, match=says) as refused:
        simulate(tmp_path / "world", option, value)

    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_left_alone(tmp_path):
    simulate(tmp_path / "world")
    before = files_of(tmp_path / "world")

    with pytest.raises(CommandError, match="exists already"):
        simulate(tmp_path / "world", "--seed", "6")

    assert files_of(tmp_path / "world") == before
