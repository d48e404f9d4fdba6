"""Which columns a data set's findings deserve; decided by how often values occur."""

from dataclasses import dataclass

import numpy as np

from recommender.clinical.coding import MAX_SEVERITY, Concept, ValueType
from recommender.ml.features import (
    NUMBER_BINS,
    SMALLEST_CELL,
    CaseEncoder,
    ConceptColumns,
    distinct_values,
    is_number,
    positions_by_concept,
)
from recommender.ml.interactions import Findings, Floats, Ints, TrainingData

FEWEST_FOR_BINS = 20 * NUMBER_BINS


@dataclass
class _Columns:
    """Hands out column numbers."""

    width: int = 0

    def one(self) -> int:
        self.width += 1
        return self.width - 1

    def one_if(self, count: int) -> int:
        return self.one() if count >= SMALLEST_CELL else -1


def fit_encoder(data: TrainingData) -> CaseEncoder:
    """Give each concept that enough cases have its columns."""
    columns = _Columns()
    pairs = zip(data.concepts, positions_by_concept(data), strict=True)
    ordered = sorted(pairs, key=lambda pair: (pair[0].kind, pair[0].code))
    concepts = [_columns_of(concept, data.findings, chosen, columns) for concept, chosen in ordered]
    return CaseEncoder(tuple(one for one in concepts if one is not None), columns.width)


def _columns_of(
    concept: Concept, findings: Findings, chosen: Ints, columns: _Columns
) -> ConceptColumns | None:
    """The columns of one concept, or None when too few cases have any one value of it."""
    if len(chosen) < SMALLEST_CELL:
        return None
    before = columns.width
    if concept.value_type == ValueType.CATEGORY:
        found = _categories(concept, findings, chosen, columns)
    elif concept.value_type == ValueType.NUMBER:
        found = _number(concept, findings, chosen, columns)
    else:
        found = _burden(concept, findings, chosen, columns)
    return found if columns.width > before else None


def _categories(
    concept: Concept, findings: Findings, chosen: Ints, columns: _Columns
) -> ConceptColumns:
    groups = distinct_values(findings, chosen)
    named = [
        (value if isinstance(value, str) else f"{value:g}", len(positions))
        for value, positions in groups
        if value is not None
    ]
    return ConceptColumns(
        kind=concept.kind,
        code=concept.code,
        value_type=concept.value_type,
        present=columns.one_if(_valueless(findings, chosen)),
        categories=tuple(
            (name, columns.one()) for name, count in sorted(named) if count >= SMALLEST_CELL
        ),
    )


def _number(
    concept: Concept, findings: Findings, chosen: Ints, columns: _Columns
) -> ConceptColumns:
    numbers = findings.number[chosen[is_number(findings, chosen)]]
    present = columns.one_if(_valueless(findings, chosen))
    if len(numbers) < SMALLEST_CELL:
        return ConceptColumns(concept.kind, concept.code, concept.value_type, present=present)
    edges = _edges(numbers)
    return ConceptColumns(
        kind=concept.kind,
        code=concept.code,
        value_type=concept.value_type,
        present=present,
        amount=columns.one(),
        mean=float(numbers.mean()),
        spread=float(numbers.std()) or 1.0,
        edges=edges,
        bins=tuple(columns.one() for _ in range(len(edges) + 1)) if edges else (),
    )


def _burden(
    concept: Concept, findings: Findings, chosen: Ints, columns: _Columns
) -> ConceptColumns:
    """A flag or a severity."""
    numbers = findings.number[chosen[is_number(findings, chosen)]]
    positive = numbers[numbers > 0]
    if concept.value_type == ValueType.SEVERITY and len(positive) >= SMALLEST_CELL:
        levels = np.minimum(positive, MAX_SEVERITY) / MAX_SEVERITY
        return ConceptColumns(
            concept.kind,
            concept.code,
            concept.value_type,
            amount=columns.one(),
            mean=float(levels.mean()),
        )
    present = _valueless(findings, chosen)
    present += 0 if concept.value_type == ValueType.SEVERITY else len(positive)
    return ConceptColumns(
        concept.kind, concept.code, concept.value_type, present=columns.one_if(present)
    )


def _valueless(findings: Findings, chosen: Ints) -> int:
    return int((np.isnan(findings.number[chosen]) & (findings.category[chosen] < 0)).sum())


def _edges(numbers: Floats) -> tuple[float, ...]:
    """Quantiles that part the numbers into bins; none when there is too little to part."""
    if len(numbers) < FEWEST_FOR_BINS:
        return ()
    shares = np.arange(1, NUMBER_BINS) / NUMBER_BINS
    edges = np.unique(np.quantile(numbers, shares))
    inner = edges[(edges > numbers.min()) & (edges <= numbers.max())]
    return tuple(inner.tolist())
