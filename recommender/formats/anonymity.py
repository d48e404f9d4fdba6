"""k-anonymity: how many cases share the rarest combination of what could tell a person."""

from dataclasses import asdict, dataclass

import polars as pl

from recommender.clinical.privacy import is_quasi_identifier
from recommender.formats.content import Content

SMALL_GROUP = 5


@dataclass(frozen=True, slots=True)
class Anonymity:
    """The smallest group, how many cases stand in small ones, and what would widen it.

    `without` holds, for each quasi-identifier, the k that leaving it out would give.
    """

    k: int
    cases_in_small_groups: int
    quasi_identifiers: tuple[str, ...]
    without: dict[str, int]

    def as_document(self) -> dict[str, object]:
        """The figures as the import report holds them."""
        return asdict(self)


def anonymity(content: Content) -> Anonymity:
    """K over year, site and the findings that could tell a person, such as age and sex."""
    table = _quasi_identifiers(content)
    names = tuple(table.columns)
    sizes = _group_sizes(table, names)
    return Anonymity(
        k=_smallest(sizes),
        cases_in_small_groups=int(sizes.filter(sizes < SMALL_GROUP).sum()),
        quasi_identifiers=names,
        without={
            name: _smallest(_group_sizes(table, [one for one in names if one != name]))
            for name in names
        },
    )


def _smallest(sizes: pl.Series) -> int:
    return min(sizes.to_list(), default=0)


def _group_sizes(table: pl.DataFrame, names: tuple[str, ...] | list[str]) -> pl.Series:
    if not names:
        return pl.Series([table.height])
    return table.group_by(list(names)).len()["len"]


def _quasi_identifiers(content: Content) -> pl.DataFrame:
    cases = content.cases
    columns = [
        column
        for column in (cases["year"], cases["site"])
        if column.null_count() < len(column) and column.n_unique() > 1
    ]
    for place, concept in enumerate(content.concepts):
        if is_quasi_identifier(concept.code):
            columns.append(_values(content, place).alias(concept.code))
    return pl.DataFrame(columns) if columns else pl.DataFrame({"": [0] * cases.height}).drop("")


def _values(content: Content, concept: int) -> pl.Series:
    """What each case recorded of a concept, as text; null where it isn't recorded."""
    own = content.findings.filter(pl.col("concept") == concept).select(
        pl.col("case").cast(pl.UInt32),
        pl.coalesce(pl.col("category"), pl.col("number").cast(pl.String), pl.lit("present")).alias(
            "value"
        ),
    )
    everyone = pl.DataFrame({"case": pl.arange(content.cases.height, eager=True, dtype=pl.UInt32)})
    return everyone.join(own, on="case", how="left", maintain_order="left")["value"]
