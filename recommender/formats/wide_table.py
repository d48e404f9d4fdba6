"""Reading a wide table, one row a case, through a mapping: every column is used or dropped."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import IO

import polars as pl

from recommender.clinical.privacy import refused_column
from recommender.exceptions import BadInput
from recommender.formats.content import Content, Known
from recommender.formats.csv_table import Check, read_csv
from recommender.formats.dataset_folder import Progress, Pseudonym, Tables, read_content
from recommender.formats.expressions import read_expression
from recommender.formats.mapping import Attempt, Band, CaseColumns, FindingColumn, Mapping
from recommender.formats.parquet_table import read_parquet
from recommender.formats.problems import Problems, shown

READERS = {".csv": read_csv, ".parquet": read_parquet}


def read_wide_table(
    path: Path, mapping: Mapping, *, known: Known, pseudonym: Pseudonym, progress: Progress
) -> Content:
    """Read a table through its mapping, with every check that the folder format has."""
    problems = Problems()
    progress("Reading the table")

    def is_header(names: list[str]) -> bool:
        check_columns(names, mapping, path.name, problems)
        return not problems

    with path.open("rb") as stream:
        batches = list(read_batches(stream, path.name, problems=problems, is_header=is_header))
    problems.refuse_if_any()
    return content_of(
        _whole(batches, path.name, problems),
        mapping,
        file=path.name,
        known=known,
        pseudonym=pseudonym,
        progress=progress,
    )


def read_batches(
    stream: IO[bytes], file: str, *, problems: Problems, is_header: Check
) -> Iterator[pl.DataFrame]:
    """The table's rows as text, by what the file's name ends in."""
    reader = READERS.get(PurePath(file).suffix.lower())
    if reader is None:
        raise BadInput("A wide table ends in .csv or .parquet.", field="path")
    yield from reader(stream, file=file, problems=problems, is_header=is_header)


def _whole(batches: list[pl.DataFrame], file: str, problems: Problems) -> pl.DataFrame:
    if not batches:
        problems.add(file, None, None, "no-rows", "has no rows; a data set needs some")
        problems.refuse_if_any()
    return pl.concat(batches)


def content_of(
    table: pl.DataFrame,
    mapping: Mapping,
    *,
    file: str,
    known: Known,
    pseudonym: Pseudonym,
    progress: Progress,
) -> Content:
    """What a table's rows hold, read through the mapping; raises RefusedImport with the faults."""
    if not mapping.attempt.therapy:
        raise BadInput("The mapping's [attempt] needs therapy: the column that names it.")
    problems = Problems()
    parts = {
        "cases": _cases(table, mapping.case),
        "findings": _findings(table, mapping, file, problems),
        "responses": _responses(table, mapping, file, problems),
        "vocabulary": _vocabulary(mapping),
        "therapies": _therapies(mapping, known),
    }
    problems.refuse_if_any()

    def batches(name: str) -> Iterator[pl.DataFrame]:
        if name in parts and parts[name].height:
            yield parts[name]

    tables = Tables(
        batches=batches,
        files=dict.fromkeys(parts, file),
        descriptor=mapping.descriptor,
        fields={(one.kind.value, one.code): one.column for one in mapping.findings},
        columns={
            "therapy": mapping.attempt.therapy,
            "response": mapping.attempt.response_column or "response",
        },
    )
    return read_content(
        tables, known=known, pseudonym=pseudonym, progress=progress, problems=problems
    )


def check_columns(names: list[str], mapping: Mapping, file: str, problems: Problems) -> None:
    """Every column of the table is used or dropped, and every one that is named is there."""
    used = _used(mapping)
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(file, None, shown(name, "?"), "column-twice", "is there twice; keep one")
    for place, name in enumerate(names, start=1):
        field = shown(name, f"column {place}")
        if name in mapping.drop:
            continue
        if name not in used:
            message = "isn't in the mapping; use it or name it under [drop] with the reason"
            problems.add(file, None, field, "unmapped-column", message)
        elif name != mapping.case.id and refused_column(name) is not None:
            message = f"holds {refused_column(name)} by its name; name it under [drop]"
            problems.add(file, None, field, "identifier-column", message)
    for name in sorted((used | set(mapping.drop)) - set(names)):
        message = "is in the mapping but not in the table; correct its name"
        problems.add(file, None, shown(name, "?"), "missing-column", message)


def _used(mapping: Mapping) -> set[str]:
    case, attempt = mapping.case, mapping.attempt
    named = {
        case.id, case.year, case.site, attempt.therapy, attempt.response_column, attempt.sequence,
        *(one.column for one in mapping.findings),
    }  # fmt: skip
    return named - {""}


def _case(columns: CaseColumns) -> pl.Expr:
    name = pl.col(columns.id) if columns.id else pl.col("row").cast(pl.String)
    return name.alias("case")


def _or_nothing(column: str) -> pl.Expr:
    return pl.col(column) if column else pl.lit(None, pl.String)


def _cases(table: pl.DataFrame, columns: CaseColumns) -> pl.DataFrame:
    site = _or_nothing(columns.site)
    if columns.sites:
        site = site.replace(columns.sites)
    return table.select(
        "row", _case(columns), _or_nothing(columns.year).alias("year"), site.alias("site")
    )


def _findings(table: pl.DataFrame, mapping: Mapping, file: str, problems: Problems) -> pl.DataFrame:
    parts = []
    for finding in mapping.findings:
        value = value_of(finding)
        part = table.select(
            "row",
            _case(mapping.case),
            pl.lit(finding.kind.value).alias("kind"),
            pl.lit(finding.code).alias("code"),
            value.cast(pl.String).alias("value"),
            pl.col(finding.column).alias("given"),
        ).drop_nulls("given")
        _refuse_unmapped(part, finding.column, file, problems)
        parts.append(part.drop("given"))
    return pl.concat(parts).sort("row", maintain_order=True)


def value_of(finding: FindingColumn) -> pl.Expr:
    """What a finding's column becomes; null where the mapping doesn't name what stands there."""
    column = pl.col(finding.column)
    if finding.values:
        names = {given: _text(value) for given, value in finding.values.items()}
        return column.replace_strict(names, default=None, return_dtype=pl.String)
    return _cut(finding.column, finding.bands) if finding.bands else column


def _cut(column: str, bands: list[Band]) -> pl.Expr:
    """The value of the first band whose bound a number is below; null for what is no number."""
    number = pl.col(column).cast(pl.Float64, strict=False)
    cut = pl.lit(None, pl.String)
    for band in reversed(bands):
        bound = float("inf") if band.below is None else band.below
        cut = pl.when(number < bound).then(pl.lit(_text(band.value))).otherwise(cut)
    return cut


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _refuse_unmapped(part: pl.DataFrame, column: str, file: str, problems: Problems) -> None:
    left = part.filter(pl.col("value").is_null())["row"]
    if len(left):
        message = "holds something that the mapping's values or bands don't name; add it there"
        problems.add_rows(file, left.to_list(), column, "unmapped-value", message, count=len(left))


def _responses(
    table: pl.DataFrame, mapping: Mapping, file: str, problems: Problems
) -> pl.DataFrame:
    attempt = mapping.attempt
    therapy = therapy_of(attempt)
    found = table.select(
        "row",
        _case(mapping.case),
        therapy.alias("therapy"),
        _or_nothing(attempt.sequence).alias("sequence"),
        response_of(attempt, set(table.columns)).alias("response"),
        *(
            pl.lit(None, pl.String).alias(name)
            for name in ("score_before", "score_after", "instrument", "stopped")
        ),
        given=pl.col(attempt.therapy),
    ).drop_nulls("given")
    left = found.filter(pl.col("therapy").is_null())["row"]
    if len(left):
        message = "holds something that the mapping's arms don't name; add it there"
        problems.add_rows(
            file, left.to_list(), attempt.therapy, "unmapped-value", message, count=len(left)
        )
    return found.drop("given")


def therapy_of(attempt: Attempt) -> pl.Expr:
    """The code of the therapy; null where no arm is named for what stands there."""
    return pl.col(attempt.therapy).replace_strict(
        attempt.arms, default=None, return_dtype=pl.String
    )


def response_of(attempt: Attempt, columns: set[str]) -> pl.Expr:
    """How the attempt went, as the folder format writes it."""
    if bool(attempt.response) == bool(attempt.response_column):
        raise BadInput("The mapping's [attempt] needs either response or response_column.")
    if attempt.response:
        holds = read_expression(attempt.response, columns=columns, place="attempt.response")
        value = pl.when(holds).then(pl.lit("1")).when(~holds).then(pl.lit("0"))
        response = value.otherwise(pl.lit("unknown"))
    else:
        response = (
            _cut(attempt.response_column, attempt.bins)
            if attempt.bins
            else pl.col(attempt.response_column)
        ).fill_null("unknown")
    if not attempt.unknown:
        return response
    unknown = read_expression(attempt.unknown, columns=columns, place="attempt.unknown")
    return pl.when(unknown).then(pl.lit("unknown")).otherwise(response)


def _vocabulary(mapping: Mapping) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "row": place,
                "kind": one.kind.value,
                "code": one.code,
                "display": one.display or one.code.replace("_", " "),
                "system": None,
                "system_code": None,
                "value_type": one.value_type.value,
            }
            for place, one in enumerate(mapping.findings, start=1)
        ],
        schema_overrides={"row": pl.UInt32, "system": pl.String, "system_code": pl.String},
    )


def _therapies(mapping: Mapping, known: Known) -> pl.DataFrame:
    rows = [
        {
            "row": place,
            "code": arm.code,
            "name": arm.name or arm.code,
            "kind": arm.kind or None,
            "class": arm.therapy_class or None,
            "attributes": None,
        }
        for place, arm in enumerate(mapping.therapies, start=1)
        if arm.code not in known.catalogue_therapies
    ]
    text = ("code", "name", "kind", "class", "attributes")
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **dict.fromkeys(text, pl.String)})
