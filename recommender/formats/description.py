"""What a data set holds, column by column: how much is missing, how values lie, what is doubled.

Counts of fewer than five cases aren't given singly: the report may be passed on.
"""

from typing import Any

import polars as pl

from recommender.formats.anonymity import SMALL_GROUP
from recommender.formats.content import Content

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_VALUES = 12
PRESENT = "present"
OTHERS = "other"


def described(content: Content) -> dict[str, Any]:
    """The figures, as the import report holds them."""
    return {
        "missing": _missing(content),
        "duplicates": _duplicates(content),
        "distributions": _findings(content),
        "tried": _therapies(content),
    }


def _missing(content: Content) -> dict[str, int]:
    cases, responses = content.cases, content.responses
    return {
        "cases_without_year": cases["year"].null_count(),
        "cases_without_site": int((cases["site"] == "").sum()),
        "cases_without_findings": cases.height - content.findings["case"].n_unique(),
        "cases_without_therapies": cases.height - responses["case"].n_unique(),
        "responses_unknown": responses["response"].null_count(),
    }


def _duplicates(content: Content) -> int:
    """How many cases are in everything like another: people do, but a table read twice as well."""
    shape = content.cases.select("year", "site").with_row_index("case")
    for table, columns in (
        (content.findings, ("concept", "number", "category")),
        (content.responses, ("therapy", "sequence", "response", "score_before", "score_after")),
    ):
        part = table.select("case", pl.struct(columns).hash(7).alias("hash"))
        sums = part.group_by("case").agg(pl.col("hash").bitwise_xor().alias(columns[0]))
        shape = shape.join(sums, on="case", how="left")
    alike = shape.drop("case").group_by(pl.all()).len()["len"]
    return int(alike.filter(alike > 1).sum())


def _findings(content: Content) -> list[dict[str, Any]]:
    cases = max(content.cases.height, 1)
    found = []
    parts = content.findings.partition_by("concept", as_dict=True)
    for (place,), part in sorted(parts.items(), key=lambda pair: int(str(pair[0][0]))):
        concept = content.concepts[int(str(place))]
        found.append(
            {
                "kind": concept.kind.value,
                "code": concept.code,
                "display": concept.display,
                "value_type": concept.value_type.value,
                "cases": part.height,
                "share": round(part.height / cases, 4),
                **_lie(part),
            }
        )
    return found


def _lie(part: pl.DataFrame) -> dict[str, Any]:
    """Quantiles of many numbers, or the counts of few different values."""
    numbers = part["number"].drop_nulls()
    if numbers.n_unique() > MOST_VALUES:
        return {"quantiles": [round(float(numbers.quantile(one) or 0.0), 4) for one in QUANTILES]}
    told = pl.coalesce("category", pl.col("number").cast(pl.String), pl.lit(PRESENT))
    counts = part.select(told.alias("value"))["value"].value_counts(sort=True, name="count")
    shown = counts.filter(pl.col("count") >= SMALL_GROUP).head(MOST_VALUES)
    values = [[value.removesuffix(".0"), count] for value, count in shown.iter_rows()]
    left = part.height - sum(count for _, count in values)
    if len(numbers) == part.height:
        values.sort(key=lambda pair: float(pair[0]))
    return {"values": values + ([[OTHERS, left]] if left else [])}


def _therapies(content: Content) -> list[dict[str, Any]]:
    known = pl.col("response").is_not_null()
    counted = (
        content.responses.group_by("therapy")
        .agg(
            pl.len().alias("attempts"),
            known.sum().alias("known"),
            (pl.col("response") >= 0.5).sum().alias("responded"),
        )
        .sort("attempts", descending=True)
    )
    return [
        {
            "code": content.therapies[row["therapy"]].code,
            "name": content.therapies[row["therapy"]].name,
            "attempts": row["attempts"],
            "known": row["known"],
            "responded": row["responded"] if row["known"] >= SMALL_GROUP else None,
        }
        for row in counted.iter_rows(named=True)
    ]
