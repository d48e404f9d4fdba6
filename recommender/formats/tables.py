"""The tables of a data set's folder: their columns, and what each cell may hold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import IO

import polars as pl

from recommender.clinical.coding import (
    RESPONSE_WORDS,
    FindingKind,
    Stopped,
    TherapyKind,
    ValueType,
)
from recommender.clinical.privacy import refused_column
from recommender.clinical.safety import Severity
from recommender.formats.csv_table import read_csv
from recommender.formats.parquet_table import read_parquet
from recommender.formats.problems import Problems, shown

MAX_COLUMNS = 2_000


class Holds(Enum):
    """What a column's cells hold, which decides how they're checked."""

    ID = auto()  # opaque, replaced by a pseudonym
    CODE = auto()
    WORD = auto()  # one of a closed list
    GROUP = auto()  # a short word or three
    NAME = auto()  # a display name or a sentence about no case
    NUMBER = auto()
    WHOLE = auto()
    VALUE = auto()  # of a finding: read by what the finding is
    RESPONSE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    holds: Holds
    required: bool = False
    filled: bool = False  # every row has a value
    words: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    longest: int = 64


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the folder; `key` is unique."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    by_name: dict[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})


def _column(name: str, holds: Holds, **rest: object) -> Column:
    return Column(name, holds, required=True, filled=True, **rest)  # type: ignore[arg-type]


# A trial's control arm (usual care, a waiting list) is something that was given, of no kind ours.
KINDS_SAID_OTHERWISE = {"control": TherapyKind.OTHER, "self-help": TherapyKind.SELF_HELP}

_KIND = _column("kind", Holds.WORD, words=tuple(FindingKind))
CASES = Table(
    "cases",
    (
        _column("case", Holds.ID, longest=200),
        Column("year", Holds.WHOLE, least=1900, most=2200),
        Column("site", Holds.GROUP),
    ),
    key=("case",),
)
FINDINGS = Table(
    "findings",
    (
        _column("case", Holds.ID, longest=200),
        _KIND,
        _column("code", Holds.CODE),
        Column("value", Holds.VALUE),
    ),
    key=("case", "kind", "code"),
)
RESPONSES = Table(
    "responses",
    (
        _column("case", Holds.ID, longest=200),
        _column("therapy", Holds.CODE),
        Column("sequence", Holds.WHOLE, least=1, most=1000),
        _column("response", Holds.RESPONSE, words=tuple(RESPONSE_WORDS)),
        Column("score_before", Holds.NUMBER),
        Column("score_after", Holds.NUMBER),
        Column("instrument", Holds.CODE),
        Column("stopped", Holds.WORD, words=tuple(Stopped)),
    ),
    key=("case", "therapy", "sequence"),
)
THERAPIES = Table(
    "therapies",
    (
        _column("code", Holds.CODE),
        _column("name", Holds.NAME, longest=200),
        _column("kind", Holds.WORD, words=(*TherapyKind, *KINDS_SAID_OTHERWISE)),
        Column("class", Holds.NAME, longest=100),
        Column("attributes", Holds.NAME, longest=2000),
    ),
    key=("code",),
)
VOCABULARY = Table(
    "vocabulary",
    (
        _KIND,
        _column("code", Holds.CODE),
        _column("display", Holds.NAME, longest=200),
        Column("system", Holds.NAME, longest=200),
        Column("system_code", Holds.NAME),
        Column("value_type", Holds.WORD, words=tuple(ValueType)),
    ),
    key=("kind", "code"),
)
EVIDENCE = Table(
    "evidence",
    (
        _column("study", Holds.NAME, longest=300),
        _column("therapy", Holds.CODE),
        Column("condition", Holds.CODE),
        Column("age_group", Holds.GROUP),
        Column("region", Holds.GROUP),
        Column("risk_of_bias_high", Holds.WHOLE, least=0, most=1),
        _column("responders", Holds.WHOLE, least=0, most=10_000_000),
        _column("n", Holds.WHOLE, least=1, most=10_000_000),
    ),
)
SAFETY_RULES = Table(
    "safety_rules",
    (
        Column("therapy", Holds.CODE),
        Column("class", Holds.NAME, longest=100),
        _KIND,
        _column("code", Holds.CODE),
        Column("min_value", Holds.NUMBER),
        _column("severity", Holds.WORD, words=tuple(Severity)),
        _column("reason", Holds.NAME, longest=2000),
        _column("source", Holds.NAME, longest=2000),
    ),
)
TABLES = {
    table.name: table
    for table in (CASES, FINDINGS, RESPONSES, THERAPIES, VOCABULARY, EVIDENCE, SAFETY_RULES)
}

READERS: dict[str, Callable[..., Iterator[pl.DataFrame]]] = {
    "csv": read_csv,
    "parquet": read_parquet,
}


def read_table(
    table: Table,
    stream: IO[bytes],
    *,
    reader: str,
    file: str,
    problems: Problems,
) -> Iterator[pl.DataFrame]:
    """The table's batches as text with every column it may have, absent ones null."""

    def is_header(names: list[str]) -> bool:
        return _is_header(table, names, file, problems)

    for batch in READERS[reader](stream, file=file, problems=problems, is_header=is_header):
        absent = [column.name for column in table.columns if column.name not in batch.columns]
        yield batch.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)


def _is_header(table: Table, names: Sequence[str], file: str, problems: Problems) -> bool:
    expected = ", ".join(table.by_name)
    if not set(names) & set(table.by_name):
        hint = "; use commas between columns" if len(names) == 1 else ""
        message = f"isn't a header of this table; its columns are {expected}{hint}"
        problems.add(file, 1, None, "no-header", message)
        return False
    before = problems.counts.total()
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(file, None, shown(name, "?"), "column-twice", "is there twice; keep one")
    for place, name in enumerate(names[:MAX_COLUMNS], start=1):
        if name not in table.by_name:
            refuse_column(name, place, expected, file, problems)
    for column in table.columns:
        if column.required and column.name not in names:
            problems.add(file, None, column.name, "missing-column", "is missing; add the column")
    return problems.counts.total() == before


def refuse_column(name: str, place: int, expected: str, file: str, problems: Problems) -> None:
    """Refuse a column that this table doesn't have; one that says who it is, for that."""
    what = refused_column(name)
    if what is not None:
        message = f"would hold {what}, which is never taken; remove the column"
        problems.add(file, None, shown(name, f"column {place}"), "identifying-column", message)
        return
    message = f"isn't a column of this table; remove it or rename it (it has {expected})"
    problems.add(file, None, shown(name, f"column {place}"), "unknown-column", message)
