"""A data set from FHIR files: each patient a case, each therapy an attempt, no name and no date."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from recommender.formats.content import Content, Known
from recommender.formats.dataset_folder import Progress, Pseudonym, Tables, read_content
from recommender.formats.fhir.codes import CodeMap
from recommender.formats.fhir.files import FhirFile, fhir_files
from recommender.formats.fhir.history import History, missed_in, unmapped_in
from recommender.formats.fhir.json import Json, text
from recommender.formats.fhir.ownership import PATIENT, references_of
from recommender.formats.fhir.resources import READERS, take
from recommender.formats.fhir.validation import faults_of, is_type
from recommender.formats.problems import Problems

MEDICATION = "Medication"
# Faulty resources that the report tells of one by one; all are counted.
FAULTY_SHOWN = 20
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "cases": ("case", "year", "site"),
    "findings": ("case", "kind", "code", "value"),
    "responses": (
        *("case", "therapy", "sequence", "response"),
        *("score_before", "score_after", "instrument", "stopped"),
    ),
}
Row = tuple[str | None, ...]


def read_fhir(
    path: Path,
    *,
    codes: CodeMap,
    today: date,
    known: Known,
    pseudonym: Pseudonym,
    progress: Progress,
) -> Content:
    """Read Bundles and NDJSON; a resource that can't be read is passed over and counted."""
    problems = Problems()
    reading = _Reading(codes, today)
    with fhir_files(path, problems) as files:
        problems.refuse_if_any()
        if not files:
            problems.add(path.name, None, None, "no-files", "holds no .json or .ndjson file")
            problems.refuse_if_any()
        progress("Reading medicines and patients")
        for file in files:
            reading.prepare(file)
        progress("Reading the resources")
        for file in files:
            reading.read(file)
    tables = _tables(reading)
    if not tables["cases"].height:
        message = "holds no patient with a code that is known here; see fixtures/fhir/codes.csv"
        problems.add(path.name, None, None, "nothing-known", message)
        problems.refuse_if_any()

    def batches(name: str) -> Iterator[pl.DataFrame]:
        if name in tables and tables[name].height:
            yield tables[name]

    return read_content(
        Tables(
            batches=batches,
            files=dict.fromkeys(tables, path.name),
            notes=reading.notes(),
            missed=missed_in(reading.histories.values()),
        ),
        known=known,
        pseudonym=pseudonym,
        progress=progress,
        problems=problems,
    )


class _Reading:
    """The histories so far. Files are gone through twice: references may point ahead."""

    def __init__(self, codes: CodeMap, today: date) -> None:
        self._codes, self._today = codes, today
        self._medicines: dict[str, Json] = {}
        self._aliases: dict[str, str] = {}
        self._skipped: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._faulty: list[str] = []
        self.histories: dict[str, History] = {}

    def prepare(self, file: FhirFile) -> None:
        """Note what others refer to: medicines, and patients under the address of their entry."""
        for _, resource, address in file.resources():
            if resource is None:
                continue
            kind, number = text(resource.get("resourceType")), text(resource.get("id"))
            if kind == MEDICATION and not faults_of(resource):
                code = {"resourceType": kind, "code": resource.get("code")}
                for name in filter(None, (f"Medication/{number}", address)):
                    self._medicines[name] = code
            elif kind == PATIENT and address:
                self._aliases[address] = number or address

    def read(self, file: FhirFile) -> None:
        """Take every resource that is valid to the patient that it is of."""
        for number, resource, address in file.resources():
            place = file.place(number)
            if resource is None:
                self._skip("can't be read", place)
            elif (kind := text(resource.get("resourceType"))) == "":
                self._skip("has no resourceType", place)
            elif not is_type(kind):
                self._skip("is of no type that R4 has", place)
            elif kind not in READERS and kind != MEDICATION:
                continue
            elif faults := faults_of(resource):
                self._skip("isn't valid FHIR R4", place)
                if len(self._faulty) < FAULTY_SHOWN:
                    self._faulty.append(f"{place} ({kind}): {'; '.join(faults)}.")
            elif patient := self._patient_of(resource, address):
                take(resource, self._of(patient))
            elif kind != MEDICATION:
                self._skip("doesn't say whose it is", place)

    def notes(self) -> tuple[str, ...]:
        """What was passed over, in words; no value of any case."""
        found = [
            f"{count:,} resources were passed over: each {why}; the first is {self._first[why]}."
            for why, count in sorted(self._skipped.items())
        ]
        found += self._faulty
        if self._faulty:
            found.append("Correct these where they come from and import again to have them too.")
        unmapped = unmapped_in(self.histories.values())
        if unmapped:
            counts = ", ".join(f"{name} {count:,}" for name, count in unmapped.most_common())
            found.append(f"Codes that no entry knows, by resource: {counts}.")
        return tuple(found)

    def _of(self, patient: str) -> History:
        known = self.histories.get(patient)
        if known is None:
            known = self.histories[patient] = History(
                self._codes, self._today, medicines=self._medicines
            )
        return known

    def _patient_of(self, resource: Json, address: str) -> str:
        if text(resource.get("resourceType")) == PATIENT:
            return text(resource.get("id")) or address
        for reference in references_of(resource):
            if reference in self._aliases:
                return self._aliases[reference]
            if reference.startswith("urn:uuid:"):
                return reference.removeprefix("urn:uuid:")
            kind, _, number = reference.rpartition("/")
            if kind.rpartition("/")[2] == PATIENT:
                return number
        return ""

    def _skip(self, why: str, place: str) -> None:
        self._skipped[why] += 1
        self._first.setdefault(why, place)


def _tables(reading: _Reading) -> dict[str, pl.DataFrame]:
    cases: list[Row] = []
    findings: list[Row] = []
    responses: list[Row] = []
    for patient, history in sorted(reading.histories.items()):
        own = list(history.findings_then())
        attempts = list(history.attempts())
        if not own and not attempts:
            continue
        cases.append((patient, _said(history.year), None))
        findings += [(patient, kind, code, _said(value)) for kind, code, value in own]
        responses += [
            (
                *(patient, one.therapy, str(one.sequence), one.change.response),
                *(_said(one.change.before), _said(one.change.after), one.change.scale or None),
                one.stopped.value,
            )
            for one in attempts
        ]
    rows = {"cases": cases, "findings": findings, "responses": responses}
    return {name: _frame(name, lines) for name, lines in rows.items()}


def _frame(name: str, rows: list[Row]) -> pl.DataFrame:
    schema: dict[str, Any] = dict.fromkeys(_COLUMNS[name], pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("row", offset=1)


def _said(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
