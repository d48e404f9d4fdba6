"""Reading the cases of a data set: ids that are unique and opaque, a year, a site."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from recommender.formats.cells import Rule, apply_rules, check_cells, number
from recommender.formats.problems import Problems
from recommender.formats.tables import CASES


@dataclass(frozen=True, slots=True)
class CaseRows:
    """The cases in the order of their file; a case's position is its row here."""

    table: pl.DataFrame  # case, year, site

    @property
    def positions(self) -> pl.DataFrame:
        """Where each case id stands."""
        return self.table.select("case").with_row_index("position")


def read_cases(batches: Iterable[pl.DataFrame], *, file: str, problems: Problems) -> CaseRows:
    """Read the cases; what's wrong is added to the problems."""
    parts = [_empty()]
    for batch in batches:
        check_cells(batch, CASES, file=file, problems=problems)
        parts.append(
            batch.select(
                "row",
                "case",
                number("year").cast(pl.Int16, strict=False).alias("year"),
                pl.col("site").fill_null(""),
            )
        )
    table = pl.concat(parts)
    again = Rule(
        "case",
        "duplicate-case",
        "is there already; each case has one row",
        ~pl.col("case").is_first_distinct() & pl.col("case").is_not_null(),
    )
    apply_rules(table, [again], file=file, problems=problems)
    if table.is_empty() and not problems:
        problems.add(file, None, None, "no-rows", "has no cases; a data set needs some")
    return CaseRows(table.drop("row"))


def _empty() -> pl.DataFrame:
    kinds = {"row": pl.UInt32, "case": pl.String, "year": pl.Int16, "site": pl.String}
    return pl.DataFrame(schema=kinds)


def with_positions(
    batch: pl.DataFrame, cases: CaseRows, *, file: str, cases_file: str, problems: Problems
) -> pl.DataFrame:
    """The batch with each row's case `position`; a case that isn't there is a problem."""
    placed = batch.join(cases.positions, on="case", how="left", maintain_order="left")
    unknown = Rule(
        "case",
        "unknown-case",
        f"isn't in {cases_file}; add the case there or remove the row",
        pl.col("position").is_null() & pl.col("case").is_not_null(),
    )
    apply_rules(placed, [unknown], file=file, problems=problems)
    return placed
