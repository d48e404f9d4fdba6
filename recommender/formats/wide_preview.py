"""The first rows of a wide table: what stands in its columns, and what a mapping makes of them."""

from dataclasses import dataclass
from typing import IO

import polars as pl

from recommender.exceptions import BadInput, Problem, RefusedImport
from recommender.formats.content import Known
from recommender.formats.mapping import Mapping
from recommender.formats.problems import Problems
from recommender.formats.wide_table import (
    check_columns,
    content_of,
    read_batches,
    response_of,
    therapy_of,
    value_of,
)

ROWS_READ = 5_000
VALUES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what stands in it (the most frequent first), how much of it is filled."""

    name: str
    values: tuple[str, ...]
    distinct: int
    filled: float
    rows: int
    lowest: float | None
    highest: float | None

    @property
    def is_number(self) -> bool:
        """Whether all that stands in it is numbers."""
        return self.lowest is not None


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The start of a table, as text, with its columns described."""

    file: str
    table: pl.DataFrame
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the table's order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Made:
    """What one cell becomes; nothing where the mapping doesn't say."""

    kind: str
    code: str
    column: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the data set would hold it."""

    number: int
    findings: tuple[Made, ...]
    therapy: str | None
    response: str | None


def first_rows(stream: IO[bytes], file: str) -> FirstRows:
    """Read the start of a table; BadInput where it can't be read at all."""
    problems = Problems()
    names: list[str] = []

    def is_header(found: list[str]) -> bool:
        names.extend(found)
        if len(set(found)) < len(found) or not all(found):
            problems.add(file, None, None, "header", "needs a name of its own for each column")
        return not problems

    table = next(read_batches(stream, file, problems=problems, is_header=is_header), None)
    problems.refuse_if_any()
    if table is None or not table.height:
        raise BadInput("The table has no rows; a data set needs some.", field="file")
    table = table.head(ROWS_READ)
    return FirstRows(file, table, tuple(_column(table[name]) for name in names))


def rows_made(first: FirstRows, mapping: Mapping, *, count: int) -> tuple[Row, ...]:
    """What the first rows become, as far as the mapping says."""
    table = first.table.head(count)
    findings = [
        (one, table.select(value_of(one).cast(pl.String)).to_series().to_list(), table[one.column])
        for one in mapping.findings
    ]
    therapies: list[str | None] = [None] * table.height
    responses: list[str | None] = [None] * table.height
    attempt = mapping.attempt
    if attempt.therapy:
        therapies = table.select(therapy_of(attempt)).to_series().to_list()
    if attempt.response or attempt.response_column:
        told = response_of(attempt, set(table.columns)).cast(pl.String)
        responses = table.select(told.alias("response")).to_series().to_list()
    return tuple(
        Row(
            number=table["row"][place],
            findings=tuple(
                Made(one.kind, one.code, one.column, values[place])
                for one, values, given in findings
                if given[place] is not None
            ),
            therapy=therapies[place],
            response=responses[place],
        )
        for place in range(table.height)
    )


def faults(first: FirstRows, mapping: Mapping, *, known: Known) -> tuple[Problem, ...]:
    """What an import would refuse of the rows read so far."""
    problems = Problems()
    try:
        check_columns(list(first.names), mapping, first.file, problems)
        problems.refuse_if_any()
        content_of(
            first.table,
            mapping,
            file=first.file,
            known=known,
            pseudonym=str,
            progress=lambda _: None,
        )
    except RefusedImport as refused:
        return refused.problems
    except BadInput as error:
        return (Problem(first.file, None, error.field, error.code, str(error)),)
    return ()


def _column(cells: pl.Series) -> Column:
    filled = cells.drop_nulls()
    counts = filled.value_counts(sort=True, name="times")
    numbers = filled.cast(pl.Float64, strict=False)
    is_number = len(filled) > 0 and numbers.null_count() == 0
    return Column(
        name=cells.name,
        values=tuple(counts[cells.name].head(VALUES_SHOWN).to_list()),
        distinct=counts.height,
        filled=len(filled) / len(cells),
        rows=len(cells),
        lowest=float(numbers.min()) if is_number else None,  # type: ignore[arg-type]
        highest=float(numbers.max()) if is_number else None,  # type: ignore[arg-type]
    )
