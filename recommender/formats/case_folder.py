"""Reading the cases that suggestions are asked for: who shows what, and what was tried."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind
from recommender.clinical.names import NO_NAMES, Names
from recommender.exceptions import BadInput, Problem, RefusedImport
from recommender.formats.case_rows import read_cases
from recommender.formats.finding_rows import FindingRows, read_findings
from recommender.formats.problems import Problems
from recommender.formats.response_rows import read_responses
from recommender.formats.source_folder import SourceFolder, open_folder
from recommender.formats.spelling import Spelling
from recommender.formats.tables import TABLES, read_table

REQUIRED = ("cases", "findings")
_PLACE = re.compile(r"case\.findings\[(?P<number>\d+)\](?:\.(?P<field>\w+))?")


@dataclass(frozen=True, slots=True)
class AskedCase:
    """A case by its id in the file, and the rows of the file that its findings stand in."""

    case_id: str
    case: Case
    rows: Sequence[int]


@dataclass(frozen=True)
class CaseFolder:
    """The cases of a folder, in the order of their file."""

    case_ids: list[str]
    findings: FindingRows
    responses: pl.DataFrame
    therapies: list[str]
    findings_file: str

    def __len__(self) -> int:
        return len(self.case_ids)

    def __iter__(self) -> Iterator[AskedCase]:
        table = self.findings.table.sort("case", maintain_order=True)
        rows = table["row"].to_list()
        findings = list(self._findings(table))
        tried = list(self._tried())
        places = zip(
            pairwise(_bounds(table, len(self))),
            pairwise(_bounds(self.responses, len(self))),
            strict=True,
        )
        for case_id, ((start, stop), (first, last)) in zip(self.case_ids, places, strict=True):
            case = Case(tuple(findings[start:stop]), tuple(tried[first:last]))
            yield AskedCase(case_id, case, rows[start:stop])

    def refusal(self, asked: AskedCase, error: BadInput) -> RefusedImport:
        """What can't be used of a case, by the file, row and field where it stands."""
        place = _PLACE.fullmatch(error.field or "")
        row = asked.rows[int(place["number"])] if place else next(iter(asked.rows), None)
        field = place["field"] if place else None
        return RefusedImport(
            (Problem(self.findings_file, row, field, "unusable-finding", str(error)),)
        )

    def _findings(self, table: pl.DataFrame) -> Iterator[Finding]:
        concepts = [(FindingKind(kind), code) for kind, code in self.findings.concepts]
        texts = self.findings.texts
        for concept, number, text in table.select("concept", "number", "text").iter_rows():
            kind, code = concepts[concept]
            yield Finding(kind, code, texts[text] if text is not None else number)

    def _tried(self) -> Iterator[TriedTherapy]:
        chosen = self.responses.select("therapy", "response", "stopped")
        for therapy, response, stopped in chosen.iter_rows():
            yield TriedTherapy(self.therapies[therapy], response, stopped)


def read_case_folder(path: Path, *, names: Names = NO_NAMES) -> CaseFolder:
    """Read and check a folder or a zip of it; raises `RefusedImport` with what was found.

    Therapies and findings may be called by any of the `names`.
    """
    problems = Problems()
    with open_folder(path, problems=problems) as source:
        for name in REQUIRED:
            if name not in source.tables:
                message = "is missing; give cases, findings and, if any, responses"
                problems.add(f"{name}.csv", None, None, "missing-file", message)
        problems.refuse_if_any()
        return _read(source, Spelling(names), problems)


def _read(source: SourceFolder, spelling: Spelling, problems: Problems) -> CaseFolder:
    files = {name: table.name for name, table in source.tables.items()}
    cases = read_cases(_batches(source, "cases", problems), file=files["cases"], problems=problems)
    findings = read_findings(
        spelling.of_findings(_batches(source, "findings", problems)),
        cases=cases,
        file=files["findings"],
        cases_file=files["cases"],
        problems=problems,
    )
    attempts = list(spelling.of_therapies(_batches(source, "responses", problems)))
    # A therapy that nobody knows is listed in the answer, so here every code will do.
    therapies = sorted({code for part in attempts for code in part["therapy"].drop_nulls()})
    responses = read_responses(
        attempts,
        cases=cases,
        therapies=therapies,
        fields={},
        file=files.get("responses", "responses.csv"),
        cases_file=files["cases"],
        problems=problems,
    )
    problems.refuse_if_any()
    return CaseFolder(
        case_ids=cases.table["case"].to_list(),
        findings=findings,
        responses=responses.sort("case", "sequence", maintain_order=True),
        therapies=therapies,
        findings_file=files["findings"],
    )


def _batches(source: SourceFolder, name: str, problems: Problems) -> Iterator[pl.DataFrame]:
    found = source.tables.get(name)
    if found is None:
        return
    try:
        with found.open() as stream:
            yield from read_table(
                TABLES[name], stream, reader=found.reader, file=found.name, problems=problems
            )
    except (zipfile.BadZipFile, zlib.error, EOFError):
        problems.add(found.name, None, None, "damaged", "is damaged in the zip; pack it again")
    except OSError as error:
        raise BadInput(f"{found.name} can't be read: {error.strerror}.") from error


def _bounds(table: pl.DataFrame, cases: int) -> list[int]:
    """Where each case's rows begin in a table that is sorted by case, and where the last end."""
    column = table["case"]
    return [int(column.search_sorted(case)) for case in range(cases + 1)]
