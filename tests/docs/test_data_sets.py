"""The examples of a mapping and of published studies in the docs are ones that import."""

import io
import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recommender.formats.evidence import Scope
from recommender.formats.mapping import mapping_of
from recommender.services import dataset_files, evidence, table_mappings

DOCS = (Path(__file__).parents[2] / "docs" / "data-sets.md").read_text(encoding="utf-8")


def block(language, begins):
    return re.search(rf"```{language}\n({re.escape(begins)}.*?)```", DOCS, re.DOTALL)[1]


def test_the_example_makes_two_findings_and_one_attempt_a_case(tmp_path, db):
    call_command("load_catalogue", stdout=io.StringIO())
    (tmp_path / "trial.csv").write_text(block("csv", "id,arm"))
    (tmp_path / "trial.toml").write_text(block("toml", "[about]"))

    content = dataset_files.read(
        path=tmp_path / "trial.csv", mapping=tmp_path / "trial.toml", pathway="example"
    )

    assert (content.cases.height, content.findings.height) == (3, 6)
    assert content.responses["response"].to_list() == [1.0, 0.0, None]


def test_the_example_imports_by_the_name_that_its_mapping_is_kept_under(tmp_path, db):
    call_command("load_catalogue", stdout=io.StringIO())
    (tmp_path / "trial.csv").write_text(block("csv", "id,arm"))
    kept = mapping_of(tomllib.loads(block("toml", "[about]")), name="docs")
    table_mappings.keep(name="Ward tables", mapping=kept, by="admin")
    asked = ("import_dataset", tmp_path / "trial.csv", "--name", "x", "--pathway", "example")
    output = io.StringIO()

    call_command(*map(str, asked), "--mapping-name", "Ward tables", stdout=output)

    assert "x v1: 3 cases, 6 findings" in output.getvalue()
    with pytest.raises(CommandError, match="There are: Ward tables") as refusal:
        call_command(*map(str, asked), "--mapping-name", "another")
    assert refusal.value.returncode == 2


def test_the_example_of_published_studies_can_be_pooled(tmp_path, db):
    call_command("load_catalogue", stdout=io.StringIO())
    (tmp_path / "evidence.csv").write_text(block("csv", "study,"))

    content = evidence.read(
        path=tmp_path / "evidence.csv", pathway="example", scope=Scope(), renamed={}, source="docs"
    )

    told = evidence.pooled(content)
    assert (told["studies"], [each["code"] for each in told["therapies"]]) == (2, ["cbt"])
