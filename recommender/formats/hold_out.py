"""Holding cases out of a data set, so that something can be suggested for cases it never saw."""

from dataclasses import replace

import polars as pl

from recommender.clinical.case import Case, Finding
from recommender.formats.content import Content


def hold_out(content: Content, count: int) -> tuple[Content, tuple[Case, ...]]:
    """The content without its last cases, and these cases, known by their findings only."""
    kept = max(content.cases.height - count, 0)
    remaining = replace(
        content,
        cases=content.cases.head(kept),
        findings=content.findings.filter(pl.col("case") < kept),
        responses=content.responses.filter(pl.col("case") < kept),
    )
    unseen = range(kept, content.cases.height)
    return remaining, tuple(_case(content, place) for place in unseen)


def _case(content: Content, place: int) -> Case:
    own = content.findings.filter(pl.col("case") == place)
    return Case(
        tuple(
            Finding(
                kind=content.concepts[row["concept"]].kind,
                code=content.concepts[row["concept"]].code,
                value=row["category"] if row["category"] is not None else row["number"],
            )
            for row in own.iter_rows(named=True)
        )
    )
