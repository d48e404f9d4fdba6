"""Reading Parquet in batches, as the same text that a CSV file would hold."""

from collections.abc import Callable, Iterator
from typing import IO

import polars as pl

from recommender.formats.csv_table import BATCH_ROWS, cleaned
from recommender.formats.problems import Problems, shown

MAX_ROWS = 100_000_000
MAGIC = b"PAR1"
_UNREADABLE = "isn't a Parquet file that can be read; write it again, or use CSV"


def read_parquet(
    stream: IO[bytes],
    *,
    file: str,
    problems: Problems,
    is_header: Callable[[list[str]], bool],
) -> Iterator[pl.DataFrame]:
    """The table as text in batches, with `row` counted from 1; see `read_csv`."""
    if stream.read(len(MAGIC)) != MAGIC:
        problems.add(file, None, None, "not-parquet", _UNREADABLE)
        return
    stream.seek(0)
    try:
        table = pl.scan_parquet(stream, cache=False)
        schema = table.collect_schema()
        if not is_header(schema.names()) or not _is_plain(schema, file, problems):
            return
        text = table.select(_as_text(name, kind) for name, kind in schema.items())
        yield from _batches(text, file, problems)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        problems.add(file, None, None, "not-parquet", _UNREADABLE)


def _batches(table: pl.LazyFrame, file: str, problems: Problems) -> Iterator[pl.DataFrame]:
    rows = table.select(pl.len()).collect().item()
    if rows > MAX_ROWS:
        problems.add(file, None, None, "too-many-rows", f"has more than {MAX_ROWS:,} rows")
        return
    for first in range(0, rows, BATCH_ROWS):
        batch = cleaned(table.slice(first, BATCH_ROWS).collect())
        yield batch.with_row_index("row", offset=first + 1)


def _is_plain(schema: pl.Schema, file: str, problems: Problems) -> bool:
    for place, (name, kind) in enumerate(schema.items(), start=1):
        field = shown(name, f"column {place}")
        if kind.is_temporal():
            message = "holds dates or times, which are never taken; give a year and an order"
            problems.add(file, None, field, "exact-date", message)
        elif not _is_text_or_number(kind):
            message = f"is of the type {kind.base_type()}; store it as text or numbers"
            problems.add(file, None, field, "wrong-type", message)
    return not problems


def _is_text_or_number(kind: pl.DataType) -> bool:
    texts = (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Null)
    return kind.is_numeric() or kind.base_type() in texts


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    return (column.cast(pl.UInt8) if kind == pl.Boolean else column).cast(pl.String)
