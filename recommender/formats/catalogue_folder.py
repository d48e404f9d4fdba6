"""The shipped catalogue as it's kept in files: CSV tables that a clinic can read and change."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recommender.clinical.catalogue import Catalogue, ConceptEntry, ConditionEntry, TherapyEntry
from recommender.clinical.coding import CODE_PATTERN, Concept, FindingKind, TherapyKind, ValueType
from recommender.clinical.safety import SafetyRule, Severity
from recommender.clinical.therapy import Therapy, class_code
from recommender.exceptions import Problem, RefusedImport
from recommender.formats.rule_examples import FILE as EXAMPLES
from recommender.formats.rule_examples import examples_by_rule

THERAPIES = "therapies/therapies.csv"
CLASSES = "therapies/classes.csv"
CONDITIONS = "vocabulary/conditions.csv"
RULES = "safety_rules/rules.csv"
VOCABULARY = {
    "vocabulary/symptoms.csv": (FindingKind.SYMPTOM, ValueType.SEVERITY),
    "vocabulary/triggers.csv": (FindingKind.TRIGGER, ValueType.FLAG),
    "vocabulary/background.csv": (FindingKind.BACKGROUND, ValueType.FLAG),
}
FILES = (THERAPIES, CLASSES, CONDITIONS, RULES, *VOCABULARY)

# Which systems a row may carry codes of, most specific first; a concept's own is the first found.
SYSTEMS = {
    "snomed_ct": "http://snomed.info/sct",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "hpo": "http://human-phenotype-ontology.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
}

_CONCEPT_COLUMNS = ("code", "display", "group", "snomed_ct", "icd10cm", "icd10cm_leaf", "source")
_COLUMNS: dict[str, tuple[str, ...]] = {
    THERAPIES: (
        *("code", "name", "kind", "class", "class_name", "targets", "indications"),
        *("rxnorm", "atc", "snomed_ct", "evidence_grade", "evidence_source", "note", "source"),
    ),
    CLASSES: ("class", "therapy", "source"),
    CONDITIONS: (
        *("code", "display", "snomed_ct", "icd10cm", "icd10cm_leaf", "match_note", "source"),
    ),
    RULES: (
        *("code", "therapy", "class", "outside_catalogue", "kind", "finding", "min_value"),
        *("severity", "draft_severity", "floor", "reason", "verification", "source"),
    ),
    "vocabulary/symptoms.csv": (*_CONCEPT_COLUMNS, "hpo", "match_note", "instrument_items"),
    "vocabulary/triggers.csv": (*_CONCEPT_COLUMNS, "match_note"),
    "vocabulary/background.csv": (*_CONCEPT_COLUMNS, "match_note"),
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    THERAPIES: ("code", "name", "kind", "source"),
    CLASSES: ("class", "therapy", "source"),
    CONDITIONS: ("code", "display", "source"),
    RULES: ("code", "kind", "finding", "severity", "reason", "verification", "source"),
    **dict.fromkeys(VOCABULARY, ("code", "display", "source")),
}
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    THERAPIES: {"kind": tuple(TherapyKind)},
    RULES: {"kind": tuple(FindingKind), "severity": tuple(Severity)},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, which remembers where it stands."""

    file: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def list(self, column: str) -> tuple[str, ...]:
        """The parts of a cell that holds several, parted by semicolons."""
        return tuple(part for part in self.cells[column].split(";") if part)

    def problem(self, column: str, message: str, *, code: str = "invalid") -> Problem:
        """What's wrong with a cell of this row. A catalogue's cells are no patient data."""
        return Problem(self.file, self.number, column, code, message)


def digest_of(folder: Path) -> str:
    """A SHA-256 over the files; equal digests mean an equal catalogue."""
    digest = hashlib.sha256()
    for name in sorted((*FILES, EXAMPLES)):
        content = _content(folder, name)
        digest.update(f"{name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def read_catalogue(folder: Path) -> Catalogue:
    """The catalogue of a folder; refused as a whole, with every problem found, if one is."""
    tables = {name: _rows(folder, name) for name in FILES}
    problems = [problem for rows in tables.values() for problem in _plain_problems(rows)]
    problems += _broken_references(tables)
    if problems:
        raise RefusedImport(tuple(problems))

    classes: dict[str, list[str]] = {}
    for row in tables[CLASSES]:
        classes.setdefault(row["therapy"], []).append(class_code(row["class"]))
    return Catalogue(
        therapies=tuple(_therapy(row, classes.get(row["code"], ())) for row in tables[THERAPIES]),
        concepts=tuple(
            _concept(row, kind, value_type)
            for name, (kind, value_type) in VOCABULARY.items()
            for row in tables[name]
        ),
        rules=tuple(_rule(row) for row in tables[RULES]),
        conditions=tuple(_condition(row) for row in tables[CONDITIONS]),
        examples=examples_by_rule(_content(folder, EXAMPLES).decode()),
    )


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        message = "the file is missing; put it back from the release"
        raise RefusedImport((Problem(name, None, None, "missing-file", message),)) from None


def _rows(folder: Path, name: str) -> list[Row]:
    try:
        text = _content(folder, name).decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "the file isn't UTF-8; save it as UTF-8"
        raise RefusedImport((Problem(name, None, None, "encoding", message),)) from None
    try:
        header, table = _parsed(text)
    except csv.Error:
        message = "the file isn't CSV: a quote is open or stands where none may"
        raise RefusedImport((Problem(name, None, None, "quotes", message),)) from None
    if header != set(_COLUMNS[name]):
        wrong = ", ".join(sorted(header ^ set(_COLUMNS[name])))
        message = f"the header has a missing or an unknown column: {wrong}"
        raise RefusedImport((Problem(name, 1, None, "columns", message),))
    rows: list[Row] = []
    for number, cells in enumerate(table, start=2):
        if None in cells or None in cells.values():
            message = "the row has more or fewer cells than the header"
            raise RefusedImport((Problem(name, number, None, "cells", message),))
        rows.append(Row(name, number, {key: value.strip() for key, value in cells.items()}))
    if not rows:
        raise RefusedImport((Problem(name, None, None, "empty", "the table has no rows"),))
    return rows


def _parsed(text: str) -> tuple[set[str], list[dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return set(reader.fieldnames or ()), list(reader)


def _plain_problems(rows: list[Row]) -> Iterator[Problem]:
    """What can be told from one table: empty cells, unknown words, codes, repetitions."""
    seen: set[str] = set()
    for row in rows:
        for column in _REQUIRED[row.file]:
            if not row[column]:
                yield row.problem(column, "it's empty; fill it in", code="empty")
        for column, words in _WORDS.get(row.file, {}).items():
            if row[column] not in words:
                yield row.problem(column, f"use one of {', '.join(words)}")
        code = row.cells.get("code")
        if code is None:
            continue
        if not re.match(CODE_PATTERN, code):
            yield row.problem("code", "a code is 1 to 64 letters, digits and _ . , : + / - only")
        if code in seen:
            yield row.problem("code", f"'{code}' stands here twice", code="duplicate")
        seen.add(code)


def _broken_references(tables: Mapping[str, list[Row]]) -> Iterator[Problem]:
    """What points to an entry that isn't there, and rules whose subject or number is unclear."""
    names = _Names.of(tables)
    for row in tables[CLASSES]:
        if row["therapy"] not in names.therapies:
            yield row.problem("therapy", f"no therapy has the code '{row['therapy']}'")
    for row in tables[THERAPIES]:
        for target in sorted(set(row.list("targets")) - names.findings["symptom"]):
            yield row.problem("targets", f"no symptom has the code '{target}'")
        for condition in sorted(set(row.list("indications")) - names.conditions):
            yield row.problem("indications", f"no condition has the code '{condition}'")
    for row in tables[RULES]:
        yield from _unclear_subject(row, names)
        if row["finding"] not in names.findings.get(row["kind"], ()):
            yield row.problem("finding", f"no {row['kind']} has the code '{row['finding']}'")
        if row["floor"] not in {"", "yes"}:
            yield row.problem("floor", "it's yes or empty")
        if not re.fullmatch(r"(\d+(\.\d+)?)?", row["min_value"]):
            yield row.problem("min_value", "it's a number or empty")


@dataclass(frozen=True, slots=True)
class _Names:
    """Every code that a reference may point to."""

    therapies: frozenset[str]
    classes: frozenset[str]
    conditions: frozenset[str]
    findings: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, tables: Mapping[str, list[Row]]) -> "_Names":
        """The names that the tables define."""
        rows_with_class = (*tables[CLASSES], *tables[THERAPIES])
        return cls(
            therapies=frozenset(row["code"] for row in tables[THERAPIES]),
            classes=frozenset(class_code(row["class"]) for row in rows_with_class),
            conditions=frozenset(row["code"] for row in tables[CONDITIONS]),
            findings={
                str(kind): frozenset(row["code"] for row in tables[name])
                for name, (kind, _) in VOCABULARY.items()
            },
        )


def _unclear_subject(row: Row, names: _Names) -> Iterator[Problem]:
    if bool(row["therapy"]) == bool(row["class"]):
        yield row.problem("therapy", "name either a therapy or a class")
    if row["outside_catalogue"] not in {"", "yes"}:
        yield row.problem("outside_catalogue", "it's yes or empty")
    outside = row["outside_catalogue"] == "yes"
    if row["therapy"] and (row["therapy"] in names.therapies) == outside:
        yield row.problem("therapy", "it's not in the catalogue, or outside_catalogue is wrong")
    if row["class"] and class_code(row["class"]) not in names.classes:
        yield row.problem("class", f"no therapy belongs to the class '{row['class']}'")


def _codes(row: Row) -> dict[str, str]:
    return {name: row[name] for name in SYSTEMS if row.cells.get(name)}


def _source(row: Row) -> str:
    notes = [row["source"]]
    if note := row.cells.get("match_note"):
        notes.append(f"match: {note}")
    return "; ".join(notes)


def _therapy(row: Row, classes: Iterable[str]) -> TherapyEntry:
    targets = (f"targets:{code}" for code in row.list("targets"))
    return TherapyEntry(
        therapy=Therapy(
            code=row["code"],
            name=row["name"],
            kind=TherapyKind(row["kind"]),
            therapy_class=row["class"],
            attributes=(*classes, *targets),
        ),
        codes=_codes(row),
        indications=row.list("indications"),
        note=row["note"],
        evidence_grade=row["evidence_grade"],
        evidence_source=row["evidence_source"],
        source=_source(row),
    )


def _concept(row: Row, kind: FindingKind, value_type: ValueType) -> ConceptEntry:
    codes = _codes(row)
    system = next(iter(codes), "")
    return ConceptEntry(
        concept=Concept(
            kind=kind,
            code=row["code"],
            display=row["display"],
            value_type=value_type,
            system=SYSTEMS.get(system, ""),
            system_code=codes.get(system, ""),
        ),
        codes=codes,
        source=_source(row),
        group=row["group"],
    )


def _condition(row: Row) -> ConditionEntry:
    return ConditionEntry(row["code"], row["display"], _codes(row), _source(row))


def _rule(row: Row) -> SafetyRule:
    return SafetyRule(
        code=row["code"],
        kind=FindingKind(row["kind"]),
        finding=row["finding"],
        severity=Severity(row["severity"]),
        reason=row["reason"],
        source=row["source"],
        therapy=row["therapy"],
        therapy_class=class_code(row["class"]),
        min_value=float(row["min_value"]) if row["min_value"] else None,
        verification=row["verification"],
        floor=row["floor"] == "yes",
    )
