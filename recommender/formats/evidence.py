"""A data set's evidence: which of its studies are about this pathway, and its arms as values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from recommender.clinical.evidence import TrialArm
from recommender.exceptions import BadInput
from recommender.formats.content import Content


@dataclass(frozen=True, slots=True)
class Scope:
    """The conditions and age groups whose studies count; all of them where none is named."""

    conditions: tuple[str, ...] = ()
    age_groups: tuple[str, ...] = ()


def within(scope: Scope, content: Content) -> Content:
    """Only the evidence of this scope, and only the therapies that it speaks of."""
    kept = content.evidence
    for field, wanted in (("condition", scope.conditions), ("age_group", scope.age_groups)):
        if wanted:
            _refuse_unknown(field, wanted, content.evidence[field].unique().to_list())
            kept = kept.filter(pl.col(field).is_in(list(wanted)))
    if kept.is_empty():
        raise BadInput(
            "There is no evidence here: check that evidence.csv has rows, and that some have the "
            "condition and the age group you named.",
            field="evidence",
        )
    spoken_of = set(kept["therapy"])
    left = content.evidence.height - kept.height
    note = f"{left} arms of other conditions or age groups were left out."
    return replace(
        content,
        evidence=kept,
        therapies=tuple(each for each in content.therapies if each.code in spoken_of),
        notes=(*content.notes, note) if left else content.notes,
    )


def arms_of(content: Content, *, source: str) -> tuple[TrialArm, ...]:
    """The evidence as arms of studies."""
    return tuple(
        TrialArm(
            study=row["study"],
            therapy=row["therapy"],
            responders=row["responders"],
            n=row["n"],
            condition=row["condition"] or "",
            age_group=row["age_group"] or "",
            region=row["region"] or "",
            high_risk_of_bias=row["risk_of_bias_high"],
            source=source,
        )
        for row in content.evidence.iter_rows(named=True)
    )


def _refuse_unknown(field: str, wanted: Iterable[str], there: Iterable[str | None]) -> None:
    known = sorted(each for each in there if each)
    for each in wanted:
        if each not in known:
            raise BadInput(
                f"No study has the {field.replace('_', ' ')} {each}; there are: "
                f"{', '.join(known) or 'none, the column is empty'}.",
                field=field,
            )
