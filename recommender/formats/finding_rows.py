"""Reading the findings of a data set into compact columns, in batches."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from recommender.clinical.privacy import refused_column
from recommender.formats.case_rows import CaseRows, with_positions
from recommender.formats.cells import NOT_FINITE, Rule, apply_rules, check_cells, number
from recommender.formats.content import ConceptKey
from recommender.formats.problems import Problems
from recommender.formats.tables import FINDINGS

MAX_CONCEPTS = 20_000
MAX_TEXTS = 200_000

_SCHEMA = {
    "row": pl.UInt32,
    "case": pl.UInt32,
    "concept": pl.UInt32,
    "number": pl.Float64,
    "text": pl.UInt32,
}


@dataclass(frozen=True, slots=True)
class FindingRows:
    """Findings as they stand in the file: a number or a text each, not yet read by its concept.

    `table` has row, case, concept, number and text; the last points into `texts`.
    """

    table: pl.DataFrame
    concepts: tuple[ConceptKey, ...]
    texts: tuple[str, ...]


class _Places:
    """Gives each distinct key a position, in the order in which they come."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, ...], int] = {}

    def of(self, batch: pl.DataFrame, columns: list[str], name: str) -> pl.DataFrame:
        """The batch with the position of each row's key; null where a part of it is null."""
        found = batch.select(columns).drop_nulls().unique(maintain_order=True)
        for key in found.iter_rows():
            self.keys.setdefault(key, len(self.keys))
        places = pl.Series(name, [self.keys[key] for key in found.iter_rows()], dtype=pl.UInt32)
        return batch.join(found.with_columns(places), on=columns, how="left", maintain_order="left")


def read_findings(
    batches: Iterable[pl.DataFrame],
    *,
    cases: CaseRows,
    file: str,
    cases_file: str,
    problems: Problems,
) -> FindingRows:
    """Read the findings; what's wrong is added to the problems."""
    concepts, texts = _Places(), _Places()
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for batch in batches:
        check_cells(batch, FINDINGS, file=file, problems=problems)
        placed = with_positions(batch, cases, file=file, cases_file=cases_file, problems=problems)
        placed = concepts.of(placed, ["kind", "code"], "concept").with_columns(
            number("value").alias("number")
        )
        _check_finite(placed, file=file, problems=problems)
        is_text = pl.col("number").is_null()
        placed = texts.of(
            placed.with_columns(pl.when(is_text).then("value").alias("words")), ["words"], "text"
        )
        parts.append(placed.select("row", pl.col("position").alias("case"), *list(_SCHEMA)[2:]))
        if max(len(concepts.keys) / MAX_CONCEPTS, len(texts.keys) / MAX_TEXTS) > 1:
            message = f"has more than {MAX_CONCEPTS:,} codes or {MAX_TEXTS:,} different categories"
            problems.add(file, None, None, "too-many-codes", message)
            break
    keys = tuple((key[0], key[1]) for key in concepts.keys)
    rows = FindingRows(pl.concat(parts), keys, tuple(key[0] for key in texts.keys))
    _check_codes(rows, file=file, problems=problems)
    _check_duplicates(rows, file=file, problems=problems)
    return rows


def _check_finite(batch: pl.DataFrame, *, file: str, problems: Problems) -> None:
    endless = Rule(
        "value",
        "not-finite",
        "isn't a finite number; a finding that isn't recorded has no row",
        pl.col("value").str.contains(NOT_FINITE),
    )
    missing = Rule(
        "value",
        "missing-word",
        "is a word for a missing value; a finding that isn't recorded has no row",
        pl.col("value").str.contains(r"(?i)^(?:n/?a|null|missing|#n/?a)$"),
    )
    apply_rules(batch, [endless, missing], file=file, problems=problems)


def _check_codes(rows: FindingRows, *, file: str, problems: Problems) -> None:
    for place, (_, code) in enumerate(rows.concepts):
        what = refused_column(code)
        if what is not None:
            message = f"would hold {what}, which is never taken; remove these findings"
            is_it = Rule("code", "identifying-code", message, pl.col("concept") == place)
            apply_rules(rows.table, [is_it], file=file, problems=problems)


def _check_duplicates(rows: FindingRows, *, file: str, problems: Problems) -> None:
    key = pl.col("case").cast(pl.UInt64) * MAX_CONCEPTS + pl.col("concept").cast(pl.UInt64)
    again = Rule(
        "code",
        "duplicate-finding",
        "is there already for this case; a case has one row for a finding",
        ~key.is_first_distinct() & key.is_not_null(),
    )
    apply_rules(rows.table, [again], file=file, problems=problems)
