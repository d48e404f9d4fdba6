"""Reading the cases that suggestions are asked for: who shows what, and what was tried."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind
from recommender.exceptions import BadInput, Problem, RefusedImport
from recommender.formats.case_rows import CaseRows, read_cases
from recommender.formats.finding_rows import FindingRows, read_findings
from recommender.formats.problems import Problems
from recommender.formats.response_rows import read_responses
from recommender.formats.source_folder import SourceFolder, open_folder
from recommender.formats.tables import TABLES, read_table

REQUIRED = ("cases", "findings")
_PLACE = re.compile(r"case\.(?P<table>findings|responses)\[(?P<number>\d+)\](?:\.(?P<field>\w+))?")


@dataclass(frozen=True, slots=True)
class AskedCase:
    """A case by its id in the file, and the rows that its findings and attempts stand in."""

    case_id: str
    case: Case
    finding_rows: tuple[int, ...]
    response_rows: tuple[int, ...]


@dataclass(frozen=True)
class CaseFolder:
    """The cases of a folder, in the order of their file."""

    cases: CaseRows
    findings: FindingRows
    responses: pl.DataFrame  # row, case, therapy, response, stopped
    therapies: tuple[str, ...]
    files: dict[str, str]

    def __len__(self) -> int:
        return len(self.cases.table)

    def __iter__(self) -> Iterator[AskedCase]:
        findings, responses = self._findings(), self._responses()
        for number, case_id in enumerate(self.cases.table["case"].to_list()):
            shown, shown_rows = findings.get(number, _NOTHING)
            tried, tried_rows = responses.get(number, _NOTHING)
            yield AskedCase(case_id, Case(tuple(shown), tuple(tried)), shown_rows, tried_rows)

    def refusal(self, asked: AskedCase, error: BadInput) -> RefusedImport:
        """What's wrong with a case's finding or attempt, by the file, row and field it stands in."""
        file, row, field = self.files["cases"], None, error.field
        place = _PLACE.fullmatch(error.field or "")
        if place is not None:
            is_finding = place["table"] == "findings"
            rows = asked.finding_rows if is_finding else asked.response_rows
            file, row = self.files[place["table"]], rows[int(place["number"])]
            field = place["field"]
        return RefusedImport((Problem(file, row, field, error.code, str(error)),))
