"""Suggestion lists as files: a table for spreadsheets and judges, or the whole answers.

A file also has what a red flag holds, beside the flag: nobody decides from it. Whoever shows it
to a clinician shows the flag first.
"""

import csv
from collections.abc import Callable
from typing import TextIO

import orjson

from recommender.clinical.red_flags import fired
from recommender.clinical.suggestion import Suggestion, SuggestionList

COLUMNS = (
    "case",
    "rank",
    "therapy",
    "probability",
    "lower",
    "upper",
    "support",
    "cautions",
    "reason",
)

Write = Callable[[str, SuggestionList], None]


def csv_writer(file: TextIO) -> Write:
    """Writes a line a suggestion, or one with the reason where there is none."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)

    def write(case_id: str, answer: SuggestionList) -> None:
        if not answer.suggestions:
            writer.writerow([case_id, "", "", "", "", "", "", "", answer.reason])
        flags = [f"red flag: {each.flag.code}" for each in fired(answer.red_flags)]
        writer.writerows(_row(case_id, one, flags) for one in answer.suggestions)

    return write


def jsonl_writer(file: TextIO) -> Write:
    """Writes the whole answer of a case on a line, after the case's id."""

    def write(case_id: str, answer: SuggestionList) -> None:
        file.write(
            orjson.dumps({"case": case_id, **answer.as_given(released=True)}).decode() + "\n"
        )

    return write


WRITERS: dict[str, Callable[[TextIO], Write]] = {".csv": csv_writer, ".jsonl": jsonl_writer}


def _row(case_id: str, suggestion: Suggestion, flags: list[str]) -> list[object]:
    group = suggestion.group
    cautions = (
        f"{firing.rule.severity.value}: {firing.rule.reason}" for firing in suggestion.cautions
    )
    return [
        case_id,
        suggestion.rank,
        suggestion.therapy.code,
        group.probability,
        group.lower,
        group.upper,
        group.cases,
        "; ".join([*flags, *cautions]),
        "",
    ]
