"""Suggestion lists as files: a table for spreadsheets and judges, or the whole answers."""

import csv
from collections.abc import Callable
from typing import TextIO

import orjson

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
        writer.writerows(_row(case_id, one) for one in answer.suggestions)

    return write


def jsonl_writer(file: TextIO) -> Write:
    """Writes the whole answer of a case on a line, after the case's id."""

    def write(case_id: str, answer: SuggestionList) -> None:
        file.write(orjson.dumps({"case": case_id, **answer.as_given()}).decode() + "\n")

    return write


WRITERS: dict[str, Callable[[TextIO], Write]] = {".csv": csv_writer, ".jsonl": jsonl_writer}


def _row(case_id: str, suggestion: Suggestion) -> list[object]:
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
        "; ".join(cautions),
        "",
    ]
