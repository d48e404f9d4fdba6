"""Reading CSV strictly, in batches: what can't be read without guessing is refused by its row."""

import csv
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

import polars as pl

from recommender.formats.problems import Problems

BATCH_ROWS = 100_000
MAX_LINE_BYTES = 4_000_000

Check = Callable[[list[str]], bool]


def read_csv(
    stream: IO[bytes], *, file: str, problems: Problems, is_header: Check
) -> Iterator[pl.DataFrame]:
    """The table as text in batches, with `row` as a spreadsheet counts it (the header is row 1).

    Cells are stripped and empty ones are null. `is_header` looks at the column names and says
    whether to go on; what's wrong with the file's shape is added to `problems`.
    """
    rows = _rows(stream, file=file, problems=problems)
    header = next(rows, None)
    if header is None:
        if not problems:
            problems.add(file, None, None, "empty-file", "is empty; write at least a header line")
        return
    names = [name.strip() for name in header]
    if not is_header(names):
        return
    schema = dict.fromkeys(names, pl.String)
    first = 2
    while batch := list(islice(rows, BATCH_ROWS)):
        numbers, batch_rows = _of_one_width(batch, first, len(names), file, problems)
        if batch_rows:
            columns = dict(zip(names, map(list, zip(*batch_rows, strict=True)), strict=True))
            yield cleaned(pl.DataFrame(columns, schema=schema)).with_columns(
                pl.Series("row", numbers, dtype=pl.UInt32)
            )
        first += len(batch)


def cleaned(table: pl.DataFrame) -> pl.DataFrame:
    """Text without spaces around it; an empty cell is null."""
    text = pl.all().str.strip_chars()
    return table.select(pl.when(text != "").then(text).name.keep())


def _of_one_width(
    batch: list[list[str]], first: int, width: int, file: str, problems: Problems
) -> tuple[list[int], list[list[str]]]:
    """The rows with as many cells as the header, numbered; others are problems, blank ones not."""
    numbers = list(range(first, first + len(batch)))
    if {len(cells) for cells in batch} == {width}:
        return numbers, batch
    numbered = list(zip(numbers, batch, strict=True))
    ragged = [number for number, cells in numbered if cells and len(cells) != width]
    if ragged:
        message = (
            f"has more or fewer cells than the header's {width}; "
            "put quotes around a cell that holds a comma"
        )
        problems.add_rows(file, ragged, None, "ragged-row", message, count=len(ragged))
    kept = [(number, cells) for number, cells in numbered if len(cells) == width]
    return [number for number, _ in kept], [cells for _, cells in kept]


def _rows(stream: IO[bytes], *, file: str, problems: Problems) -> Iterator[list[str]]:
    """Rows until the end or the first one that can't be read."""
    row = 0
    reader = csv.reader(_lines(stream), strict=True)
    try:
        for cells in reader:
            row += 1
            yield cells
    except UnicodeDecodeError:
        message = "isn't UTF-8 text; save the file as CSV with the encoding UTF-8"
        problems.add(file, row + 1, None, "not-utf-8", message)
    except _LineTooLongError:
        message = f"is longer than {MAX_LINE_BYTES:,} bytes; check the line ends and the quotes"
        problems.add(file, row + 1, None, "line-too-long", message)
    except csv.Error as error:
        code, message = _explained(str(error))
        problems.add(file, row + 1, None, code, message)


def _explained(error: str) -> tuple[str, str]:
    if "field larger" in error:
        limit = csv.field_size_limit()
        return "field-too-long", f"holds a field of more than {limit:,} characters; remove it"
    if "new-line" in error:
        return "line-ends", "has old line ends; save the file with LF or CRLF line ends"
    return "quotes", "has a quote that isn't closed or isn't doubled; write a quote within as two"


class _LineTooLongError(Exception):
    """A line that doesn't fit in memory's share for one."""


def _lines(stream: IO[bytes]) -> Iterator[str]:
    first = stream.readline(MAX_LINE_BYTES).removeprefix(b"\xef\xbb\xbf")
    line = first
    while line:
        if len(line) >= MAX_LINE_BYTES:
            raise _LineTooLongError
        yield line.decode("utf-8")
        line = stream.readline(MAX_LINE_BYTES)
