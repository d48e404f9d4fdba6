"""Reading CSV strictly, in batches: what can't be read without guessing is refused by its row."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import IO

import polars as pl

from recommender.formats.problems import Problems

BATCH_ROWS = 100_000
BLOCK_BYTES = 4_000_000
HARD_TO_READ = (b'"', b"\r", b"\0", b"\n\n")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_LINE_BYTES = 4_000_000

Check = Callable[[list[str]], bool]


def read_csv(
    stream: IO[bytes], *, file: str, problems: Problems, is_header: Check
) -> Iterator[pl.DataFrame]:
    """The table as text in batches, with `row` as a spreadsheet counts it (the header is row 1).

    Cells are stripped and empty ones are null. `is_header` looks at the column names and says
    whether to go on; what's wrong with the file's shape is added to `problems`.
    """
    header = next(
        _rows(_lines(*_without_mark(stream)), file=file, problems=problems, first=1), None
    )
    if header is None:
        if not problems:
            problems.add(file, None, None, "empty-file", "is empty; write at least a header line")
        return
    names = [name.strip() for name in header]
    if not is_header(names):
        return
    schema = dict.fromkeys(names, pl.String)
    first, rest = 2, b""
    while block := _block(stream):
        table = _plain(block, schema)
        if table is None:
            rest = block
            break
        yield _numbered(table, range(first, first + table.height))
        first += table.height
    rows = _rows(_lines(io.BytesIO(rest), stream), file=file, problems=problems, first=first)
    while batch := list(islice(rows, BATCH_ROWS)):
        numbers, batch_rows = _of_one_width(batch, first, len(names), file, problems)
        if batch_rows:
            columns = dict(zip(names, map(list, zip(*batch_rows, strict=True)), strict=True))
            yield _numbered(pl.DataFrame(columns, schema=schema), numbers)
        first += len(batch)


def _without_mark(stream: IO[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """The stream after a byte order mark, which some programs put before UTF-8."""
    start = stream.read(len(BYTE_ORDER_MARK))
    return (io.BytesIO(start.removeprefix(BYTE_ORDER_MARK)), stream)


def _block(stream: IO[bytes]) -> bytes:
    """The next lines, whole; the last may end with the file."""
    block = stream.read(BLOCK_BYTES)
    return block + stream.readline(MAX_LINE_BYTES) if block else block


def _plain(block: bytes, schema: dict[str, type[pl.String]]) -> pl.DataFrame | None:
    """The rows of a block that nothing in it makes hard to read; None leaves it to the csv module.

    Polars is ten times as quick but fills short rows up. As long rows are an error to it, a block
    with as many commas as its lines should have has neither.
    """
    text = block if block.endswith(b"\n") else block + b"\n"
    lines = text.count(b"\n")
    is_hard = (
        any(sign in text for sign in HARD_TO_READ)
        or text.startswith(b"\n")
        or text.count(b",") != lines * (len(schema) - 1)
        or len(schema) == 1
    )
    if is_hard:
        return None
    try:
        text.decode("utf-8")
        table = pl.read_csv(text, has_header=False, schema=schema, quote_char=None)
    except (UnicodeDecodeError, pl.exceptions.PolarsError):
        return None
    return table if table.height == lines else None


def _numbered(table: pl.DataFrame, numbers: Sequence[int]) -> pl.DataFrame:
    return cleaned(table).with_columns(pl.Series("row", numbers, dtype=pl.UInt32))


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


def _rows(
    lines: Iterator[str], *, file: str, problems: Problems, first: int
) -> Iterator[list[str]]:
    """Rows until the end or the first one that can't be read."""
    row = first - 1
    reader = csv.reader(lines, strict=True)
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


def _lines(*streams: IO[bytes]) -> Iterator[str]:
    """The lines of streams that follow each other, even where a line goes on in the next."""
    line = b""
    for stream in streams:
        while piece := stream.readline(MAX_LINE_BYTES - len(line)):
            line += piece
            if len(line) >= MAX_LINE_BYTES:
                raise _LineTooLongError
            if line.endswith(b"\n"):
                yield line.decode("utf-8")
                line = b""
    if line:
        yield line.decode("utf-8")
