"""What recommenders see of a case: a sparse row of numbers, exact to its findings."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import MAX_SEVERITY, ValueType
from recommender.ml.interactions import Findings, Floats, Ints, TrainingData

SMALLEST_CELL = 5
"""A column or a group with fewer cases isn't kept: it says little and could point at someone."""

NUMBER_BINS = 4
MAX_SPREAD = 3.0

Entries = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class ConceptColumns:
    """The columns of one concept; -1 where it has none.

    `amount` holds severity (0 to 1) or the standardised number; a severity that nobody wrote down
    counts as the `mean` one. Recorded as absent fills no column, as if it weren't recorded: columns
    for it told who was asked, and made every order worse.
    """

    kind: str
    code: str
    value_type: str
    present: int = -1
    amount: int = -1
    mean: float = 0.0
    spread: float = 1.0
    edges: tuple[float, ...] = ()
    bins: tuple[int, ...] = ()
    categories: tuple[tuple[str, int], ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that there are."""
        given = (self.present, self.amount, *self.bins, *(one for _, one in self.categories))
        return tuple(column for column in given if column >= 0)

    def entries(self, value: float | str | None) -> Entries:
        """The columns that a value fills, and with what; none when the value isn't known."""
        if value is None:
            return self._unvalued()
        if isinstance(value, str):
            return [(column, 1.0) for name, column in self.categories if name == value]
        if self.value_type == ValueType.CATEGORY:
            return self.entries(f"{value:g}")
        if self.value_type == ValueType.NUMBER:
            return self._number(value)
        return self._presence(value)

    def _presence(self, value: float) -> Entries:
        if value == 0:
            return []
        if self.value_type == ValueType.SEVERITY:
            return _filled(self.amount, min(max(value, 0.0), MAX_SEVERITY) / MAX_SEVERITY)
        return _filled(self.present, 1.0)

    def _unvalued(self) -> Entries:
        if self.value_type == ValueType.SEVERITY and self.amount >= 0:
            return [(self.amount, self.mean)]
        return _filled(self.present, 1.0)

    def recognises(self, value: float | str | None) -> bool:
        """Whether a value has a meaning here: it fills columns, or says that there is nothing."""
        nothing = value == 0 and self.value_type in {ValueType.FLAG, ValueType.SEVERITY}
        return nothing or bool(self.entries(value))

    def entries_of(self, findings: Findings, chosen: Ints) -> list[tuple[Ints, int, Floats]]:
        """The same for many findings at once: positions, their column and their amounts."""
        filled: list[tuple[Ints, int, Floats]] = []
        if self.value_type == ValueType.NUMBER:
            numeric = chosen[is_number(findings, chosen)]
            filled += self._numbers(numeric, findings.number[numeric])
            chosen = chosen[~is_number(findings, chosen)]
        for value, positions in distinct_values(findings, chosen):
            filled += [
                (positions, column, np.full(len(positions), amount))
                for column, amount in self.entries(value)
            ]
        return filled

    def _numbers(self, positions: Ints, numbers: Floats) -> list[tuple[Ints, int, Floats]]:
        if self.amount < 0:
            return []
        standard = np.clip((numbers - self.mean) / self.spread, -MAX_SPREAD, MAX_SPREAD)
        filled = [(positions, self.amount, standard)]
        place = np.searchsorted(np.array(self.edges), numbers, side="right")
        for number, column in enumerate(self.bins):
            inside = positions[place == number]
            filled.append((inside, column, np.ones(len(inside))))
        return filled

    def _number(self, value: float) -> Entries:
        if self.amount < 0:
            return []
        standard = min(max((value - self.mean) / self.spread, -MAX_SPREAD), MAX_SPREAD)
        amount = (self.amount, standard)
        column = self.bins[bisect_right(self.edges, value)] if self.bins else -1
        return [amount, (column, 1.0)] if column >= 0 else [amount]


def _filled(column: int, amount: float) -> Entries:
    return [(column, amount)] if column >= 0 else []


@dataclass(frozen=True, slots=True)
class PairColumns:
    """A column that is 1 where two others are filled: what findings do together."""

    first: int
    second: int
    column: int


@dataclass(frozen=True, slots=True)
class EncodedCase:
    """A case as columns and values; `source` says which of its findings an entry comes from.

    An entry of two findings together has a source beyond the findings: its place in `together`,
    which names the two, counted on from the number of findings.
    """

    columns: Ints
    values: Floats
    source: tuple[int, ...]
    findings: tuple[Finding, ...]
    unrecognised: tuple[Finding, ...]
    together: tuple[tuple[int, int], ...] = ()

    @property
    def sources(self) -> int:
        """How many sources there are: the findings and the pairs of them."""
        return len(self.findings) + len(self.together)


@dataclass(frozen=True)
class CaseEncoder:
    """Turns findings into columns; learned from which values occur, never from responses."""

    concepts: tuple[ConceptColumns, ...]
    width: int
    pairs: tuple[PairColumns, ...] = ()

    def with_pairs(self, pairs: Sequence[tuple[int, int]]) -> "CaseEncoder":
        """The same with a further column for each pair of columns."""
        added = tuple(
            PairColumns(first, second, self.width + place)
            for place, (first, second) in enumerate(pairs)
        )
        return replace(self, width=self.width + len(added), pairs=(*self.pairs, *added))

    @cached_property
    def yes_or_no(self) -> tuple[int, ...]:
        """The columns that say that something is there; not the amounts of numbers."""
        return tuple(
            column
            for concept in self.concepts
            for column in concept.columns
            if concept.value_type != ValueType.NUMBER or column != concept.amount
        )

    @cached_property
    def _by_code(self) -> dict[tuple[str, str], ConceptColumns]:
        return {(one.kind, one.code): one for one in self.concepts}

    @cached_property
    def concept_of_columns(self) -> dict[int, tuple[str, str]]:
        """The concept, as kind and code, that each column is of."""
        return {
            column: (concept.kind, concept.code)
            for concept in self.concepts
            for column in concept.columns
        }

    def encode(self, case: Case) -> EncodedCase:
        """One case; a finding without a column is unrecognised."""
        columns: list[int] = []
        values: list[float] = []
        source: list[int] = []
        unrecognised: list[Finding] = []
        by_code = self._by_code
        for position, finding in enumerate(case.findings):
            concept = by_code.get((finding.kind, finding.code))
            entries = concept.entries(finding.value) if concept is not None else []
            if concept is None or not (entries or concept.recognises(finding.value)):
                unrecognised.append(finding)
            for column, value in entries:
                columns.append(column)
                values.append(value)
                source.append(position)
        filled = {
            column: place
            for column, place, value in zip(columns, source, values, strict=True)
            if value > 0
        }
        together = [pair for pair in self.pairs if pair.first in filled and pair.second in filled]
        columns += [pair.column for pair in together]
        values += [1.0] * len(together)
        source += range(len(case.findings), len(case.findings) + len(together))
        return EncodedCase(
            np.array(columns, np.int32),
            np.array(values, np.float64),
            tuple(source),
            case.findings,
            tuple(unrecognised),
            tuple((filled[pair.first], filled[pair.second]) for pair in together),
        )

    def to_json(self) -> dict[str, object]:
        """The encoder as it is kept in a manifest."""
        return {
            "width": self.width,
            "concepts": [asdict(concept) for concept in self.concepts],
            "pairs": [asdict(pair) for pair in self.pairs],
        }

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "CaseEncoder":
        """The encoder of a manifest."""
        concepts = given["concepts"]
        width = given["width"]
        if not isinstance(concepts, list) or not isinstance(width, int):
            raise ValueError("not an encoder")
        pairs = tuple(PairColumns(**pair) for pair in given.get("pairs", ()))
        return cls(tuple(_concept_from_json(concept) for concept in concepts), width, pairs)


def _concept_from_json(given: dict[str, Any]) -> ConceptColumns:
    return ConceptColumns(
        **{
            **given,
            "edges": tuple(given["edges"]),
            "bins": tuple(given["bins"]),
            "categories": tuple((name, column) for name, column in given["categories"]),
        }
    )


def positions_by_concept(data: TrainingData) -> list[Ints]:
    """The positions of each concept's findings."""
    if not data.concepts:
        return []
    code = data.findings.concept.astype(np.uint16 if len(data.concepts) < 2**16 else np.int64)
    order = np.argsort(code, kind="stable")
    return list(np.split(order, np.searchsorted(code[order], np.arange(1, len(data.concepts)))))


def is_number(findings: Findings, chosen: Ints) -> NDArray[np.bool_]:
    """Which of the chosen findings have a numeric value."""
    return ~np.isnan(findings.number[chosen]) & (findings.category[chosen] < 0)


def distinct_values(findings: Findings, chosen: Ints) -> list[tuple[float | str | None, Ints]]:
    """Each distinct value among the chosen findings, with the positions that have it."""
    numeric, category = is_number(findings, chosen), findings.category[chosen]
    groups: list[tuple[float | str | None, Ints]] = []
    plain = chosen[~numeric & (category < 0)]
    if len(plain):
        groups.append((None, plain))
    groups += [
        (findings.categories[code], chosen[category == code])
        for code in np.unique(category[category >= 0]).tolist()
    ]
    positions = chosen[numeric]
    groups += [
        (number, positions[findings.number[positions] == number])
        for number in np.unique(findings.number[positions]).tolist()
    ]
    return groups
