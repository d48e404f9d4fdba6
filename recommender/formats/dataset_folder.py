"""Reading a whole data set: every table checked against the others before anything is kept."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from recommender.clinical.coding import Concept
from recommender.clinical.names import THERAPY, Missed
from recommender.clinical.therapy import Therapy
from recommender.exceptions import BadInput
from recommender.formats.case_rows import CaseRows, read_cases
from recommender.formats.catalogue_rows import (
    read_evidence,
    read_safety_rules,
    read_therapies,
    read_vocabulary,
)
from recommender.formats.content import ConceptKey, Content, Descriptor, Known
from recommender.formats.descriptor import read_descriptor
from recommender.formats.finding_rows import read_findings
from recommender.formats.finding_values import Meanings, Values, read_values
from recommender.formats.problems import Problems
from recommender.formats.response_rows import read_responses
from recommender.formats.source_folder import SourceFolder, open_folder
from recommender.formats.spelling import Spelling
from recommender.formats.tables import TABLES, read_table

Pseudonym = Callable[[str], str]
Progress = Callable[[str], None]
Batches = Callable[[str], Iterator[pl.DataFrame]]
REQUIRED = ("cases", "findings", "responses")
NAMING = {"responses", "safety_rules"}


@dataclass(frozen=True, slots=True)
class Tables:
    """A data set's tables as batches of text, wherever they come from.

    `batches` gives a table's batches, none where there's no such table. `files` names the file
    of each table in problems; `fields` a wide table's column for a concept, `columns` for a
    column of ours. `missed` is what was left out since no entry knows it.
    """

    batches: Batches
    files: Mapping[str, str]
    descriptor: Descriptor = field(default_factory=Descriptor)
    fields: Mapping[ConceptKey, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    missed: Mapping[Missed, int] = field(default_factory=dict)

    def file(self, table: str) -> str:
        """The file of a table, as problems name it."""
        return self.files.get(table, f"{table}.csv")


def read_folder(
    path: Path, *, only: str | None, known: Known, pseudonym: Pseudonym, progress: Progress
) -> Content:
    """Read a folder or a zip of it, as CSV or Parquet; `only` refuses the other of the two."""
    problems = Problems()
    with open_folder(path, problems=problems) as source:
        _check_tables(source, only, problems)
        problems.refuse_if_any()
        descriptor = Descriptor()
        if source.descriptor is not None:
            descriptor = read_descriptor(source.descriptor, problems=problems)
        ignored = f"Files that are no tables were left alone: {', '.join(source.ignored)}."
        tables = Tables(
            batches=lambda name: _batches(source, name, problems),
            files={name: found.name for name, found in source.tables.items()},
            descriptor=descriptor,
            notes=(ignored,) if source.ignored else (),
        )
        return read_content(
            tables, known=known, pseudonym=pseudonym, progress=progress, problems=problems
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


def _check_tables(source: SourceFolder, only: str | None, problems: Problems) -> None:
    given = source.tables
    for found in given.values():
        if only is not None and found.reader != only:
            problems.add(found.name, None, None, "other-format", f"isn't {only}; use one format")
    if "evidence" in given and not set(REQUIRED) & set(given):
        return
    for name in REQUIRED:
        if name not in given:
            message = "is missing; a data set has cases, findings and responses"
            problems.add(f"{name}.csv", None, None, "missing-file", message)


def read_content(
    tables: Tables,
    *,
    known: Known,
    pseudonym: Pseudonym,
    progress: Progress,
    problems: Problems,
) -> Content:
    """Read and check all tables; raises `RefusedImport` with what was found, or answers it all."""
    progress("Reading the vocabulary")
    own_therapies = read_therapies(
        tables.batches("therapies"), file=tables.file("therapies"), problems=problems
    )
    therapies = {**known.own_therapies, **own_therapies, **known.catalogue_therapies}
    declared, typed = read_vocabulary(
        tables.batches("vocabulary"), file=tables.file("vocabulary"), problems=problems
    )
    meanings = Meanings(known, declared, typed)
    spelling = Spelling(
        known.names,
        {
            *((THERAPY, code) for code in therapies),
            *known.catalogue_concepts,
            *known.own_concepts,
            *declared,
        },
    )
    tables = replace(tables, batches=_spelt(tables.batches, spelling))

    progress("Reading the cases")
    cases_file = tables.file("cases")
    has_cases = "cases" in tables.files
    cases = (
        read_cases(tables.batches("cases"), file=cases_file, problems=problems)
        if has_cases
        else _no_cases()
    )
    progress("Reading the findings")
    values = _read_findings(tables, cases, meanings, problems)
    progress("Reading the responses")
    codes = list(therapies)
    responses = read_responses(
        tables.batches("responses"),
        cases=cases,
        therapies=codes,
        fields=tables.columns,
        file=tables.file("responses"),
        cases_file=cases_file,
        problems=problems,
        near=partial(spelling.near, THERAPY),
    )
    progress("Reading evidence and rules")
    evidence = read_evidence(
        tables.batches("evidence"),
        therapies=codes,
        renamed=known.renamed,
        file=tables.file("evidence"),
        problems=problems,
    )
    concepts = _concepts(values, meanings)
    rules = read_safety_rules(
        tables.batches("safety_rules"),
        therapies=therapies,
        concepts={*((c.kind.value, c.code) for c in concepts), *known.catalogue_concepts},
        file=tables.file("safety_rules"),
        problems=problems,
    )
    problems.refuse_if_any(missed=spelling.missed)
    progress("Replacing the case ids by pseudonyms")
    return Content(
        descriptor=tables.descriptor,
        concepts=concepts,
        therapies=tuple(therapies.values()),
        cases=_pseudonymous(cases, pseudonym),
        findings=values.table,
        responses=responses,
        evidence=evidence,
        safety_rules=rules,
        notes=(*tables.notes, *spelling.notes(), *_notes(values, own_therapies, known)),
        missed={**tables.missed, **spelling.missed},
    )


def _spelt(batches: Batches, spelling: Spelling) -> Batches:
    """The batches with therapies and findings by our codes, whatever the data set calls them."""

    def read(name: str) -> Iterator[pl.DataFrame]:
        if name == "findings":
            return spelling.of_findings(batches(name))
        return spelling.of_therapies(batches(name)) if name in NAMING else batches(name)

    return read


def _no_cases() -> CaseRows:
    return CaseRows(pl.DataFrame(schema={"case": pl.String, "year": pl.Int16, "site": pl.String}))


def _read_findings(
    tables: Tables, cases: CaseRows, meanings: Meanings, problems: Problems
) -> Values:
    rows = read_findings(
        tables.batches("findings"),
        cases=cases,
        file=tables.file("findings"),
        cases_file=tables.file("cases"),
        problems=problems,
    )
    valid = [key for key in rows.concepts if key[0] in {"symptom", "trigger", "background"}]
    if len(valid) < len(rows.concepts):
        problems.refuse_if_any()
    return read_values(
        rows,
        meanings=meanings,
        file=tables.file("findings"),
        fields=tables.fields,
        problems=problems,
    )


def _concepts(values: Values, meanings: Meanings) -> tuple[Concept, ...]:
    """The concepts of the findings in their order, then those that are only described."""
    found = {(concept.kind.value, concept.code) for concept in values.concepts}
    others = (
        meanings.concept(key, concept.value_type)
        for key, concept in meanings.declared.items()
        if key not in found
    )
    return (*values.concepts, *others)


def _pseudonymous(cases: CaseRows, pseudonym: Pseudonym) -> pl.DataFrame:
    names = [pseudonym(name) for name in cases.table["case"]]
    return cases.table.select(
        pl.Series("pseudonym", names, dtype=pl.String), pl.col("year"), pl.col("site")
    )


def _notes(values: Values, own: Mapping[str, Therapy], known: Known) -> Iterator[str]:
    if values.banded_ages:
        yield f"{values.banded_ages} ages over 89 were put into one band, 90 and over."
    ours = sorted(set(own) & set(known.catalogue_therapies))
    if ours:
        yield f"The catalogue's own description is used for: {', '.join(ours)}."
    controls = sum(therapy.kind == "other" for therapy in own.values())
    if controls:
        yield f"{controls} control arms or other therapies are kept as kind 'other'."
