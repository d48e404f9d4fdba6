"""The example of a mapping in the docs is one that imports."""

import io
import re
from pathlib import Path

from django.core.management import call_command

from recommender.services import datasets

DOCS = (Path(__file__).parents[2] / "docs" / "data-sets.md").read_text(encoding="utf-8")


def block(language):
    return re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)[1]


def test_the_example_makes_two_findings_and_one_attempt_a_case(tmp_path, db):
    call_command("load_catalogue", stdout=io.StringIO())
    (tmp_path / "trial.csv").write_text(block("csv"))
    (tmp_path / "trial.toml").write_text(block("toml"))

    content = datasets.read(
        path=tmp_path / "trial.csv", mapping=tmp_path / "trial.toml", pathway="example"
    )

    assert (content.cases.height, content.findings.height) == (3, 6)
    assert content.responses["response"].to_list() == [1.0, 0.0, None]
