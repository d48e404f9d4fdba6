"""A rating scale: how answers become a score, and what the score is taken to mean.

Scores only: the wording of the items stays with whoever holds the licence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recommender.clinical.instruments.parts import (
    Band,
    Change,
    CutOff,
    Direction,
    Improvement,
    Item,
    SafetyItem,
    Score,
)
from recommender.clinical.sourcing import Sourced
from recommender.exceptions import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One scale with its facts; a fact that no source gave is None or empty, never a guess."""

    id: str
    name: str
    layout: Sourced[tuple[Item, ...]]
    direction: Direction
    licence: Sourced[str]
    recall: Sourced[str] | None = None
    total_range: Sourced[tuple[int, int]] | None = None
    weight: int = 1
    bands: tuple[Sourced[Band], ...] = ()
    cutoffs: tuple[Sourced[CutOff], ...] = ()
    reliable_change: Sourced[int] | None = None
    minimal_important_difference: Sourced[int] | None = None
    improvement: Sourced[Improvement] | None = None
    safety_items: tuple[Sourced[SafetyItem], ...] = ()
    safety_note: Sourced[str] | None = None
    loinc_panel: Sourced[str] | None = None
    loinc_total: Sourced[str] | None = None
    loinc_total_also: tuple[Sourced[str], ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """The questions in their order."""
        return self.layout.value

    @property
    def follows_change(self) -> bool:
        """Whether two scores of it may be compared over time."""
        return self.direction in {Direction.LOWER_IS_BETTER, Direction.HIGHER_IS_BETTER}

    def score(self, answers: Sequence[int] | Mapping[str, int]) -> Score:
        """The score of a complete set of answers, in order or by item number."""
        named = self.read(answers)
        total = self.total(named)
        return Score(
            instrument=self.id,
            total=total,
            severity=self.level(named, total),
            reached=self.cutoffs_reached(named, total),
            raised=self.raised_by(named),
        )

    def score_total(self, total: int) -> Score:
        """The score of a total whose answers aren't known; no item can raise anything."""
        self.check_total(total)
        return Score(
            instrument=self.id,
            total=total,
            severity=self.severity(total),
            reached=self.cutoffs_reached({}, total),
            raised=(),
        )

    def read(self, answers: Sequence[int] | Mapping[str, int]) -> dict[str, int]:
        """The answers by item number, all there and each in range; nothing is prorated."""
        if not isinstance(answers, Mapping):
            if len(answers) != len(self.items):
                raise BadInput(
                    f"{self.name} has {len(self.items)} answers: give every one, in order.",
                    field="answers",
                )
            answers = {item.id: answer for item, answer in zip(self.items, answers, strict=True)}
        named = self.read_some(answers)
        for item in self.items:
            if item.id not in named:
                raise BadInput(
                    f"Item {item.id} of {self.name} is missing: {item.remedy}. "
                    "No source allows filling in for a missing answer.",
                    field=f"answers.{item.id}",
                )
        self.check_together(named)
        return named

    def read_some(self, answers: Mapping[str, int]) -> dict[str, int]:
        """Whichever answers there are, each in range; enough for a safety item, not for a total."""
        known = {item.id: item for item in self.items}
        for name, answer in answers.items():
            if name not in known:
                raise BadInput(
                    f"{self.name} has no such item: use {', '.join(known)}.", field="answers"
                )
            _check_answer(self.name, known[name], answer)
        return dict(answers)

    def check_together(self, answers: Mapping[str, int]) -> None:
        """Refuse answers that contradict one another; most scales have none."""

    def check_total(self, total: int) -> None:
        """Refuse a total that no set of answers comes to."""
        if self.total_range is None:
            raise BadInput(f"{self.name} has no total: give its answers.", field="total")
        lowest, highest = self.total_range.value
        steps = f" in steps of {self.weight}" if self.weight > 1 else ""
        if (
            type(total) is not int
            or not lowest <= total <= highest
            or (total - lowest) % self.weight
        ):
            raise BadInput(
                f"Give the total of {self.name} as a whole number "
                f"from {lowest} to {highest}{steps}.",
                field="total",
            )

    def total(self, answers: Mapping[str, int]) -> int | None:
        """The sum of the items that count, or None when the scale has no total."""
        if self.total_range is None:
            return None
        return self.weight * sum(answers[item.id] for item in self.items if item.counts)

    def severity(self, total: int) -> str | None:
        """The band that the total lies in, or None where no source gives bands."""
        for band in self.bands:
            if band.value.lowest <= total <= band.value.highest:
                return band.value.name
        return None

    def level(self, answers: Mapping[str, int], total: int | None) -> str | None:  # noqa: ARG002
        """The severity of the answers; a scale without a total reads it from the answers."""
        return None if total is None else self.severity(total)

    def cutoffs_reached(
        self,
        answers: Mapping[str, int],  # noqa: ARG002
        total: int | None,
    ) -> tuple[CutOff, ...]:
        """The cut-offs that the answers reach."""
        if total is None:
            return ()
        return tuple(each.value for each in self.cutoffs if each.value.is_reached(total))

    def raised_by(self, answers: Mapping[str, int]) -> tuple[SafetyItem, ...]:
        """The safety items that the answers raise; works on an incomplete set too."""
        return tuple(
            each.value
            for each in self.safety_items
            if answers.get(each.value.item, 0) >= each.value.at_least
        )

    def change(self, before: int, after: int) -> Change | None:
        """What the change between two totals means, or None where no source gives a figure."""
        self._check_change(before, after)
        if self.reliable_change is None:
            return None
        gain = before - after if self.direction is Direction.LOWER_IS_BETTER else after - before
        if gain >= self.reliable_change.value:
            return Change.RELIABLE_IMPROVEMENT
        if -gain >= self.reliable_change.value:
            return Change.RELIABLE_DETERIORATION
        return Change.NO_RELIABLE_CHANGE

    def has_improved(self, before: int, after: int) -> bool | None:
        """Whether the drop is one that is read as improvement, or None without such a figure."""
        self._check_change(before, after)
        if self.improvement is None:
            return None
        return self.improvement.value.is_reached(before, after)

    def facts(self) -> Iterator[tuple[str, Sourced[object]]]:
        """Every fact by name, so that each can be shown with its source and be checked."""
        single: tuple[tuple[str, Sourced[object] | None], ...] = (
            ("layout", self.layout),
            ("recall", self.recall),
            ("total_range", self.total_range),
            ("reliable_change", self.reliable_change),
            ("minimal_important_difference", self.minimal_important_difference),
            ("improvement", self.improvement),
            ("safety_note", self.safety_note),
            ("loinc_panel", self.loinc_panel),
            ("loinc_total", self.loinc_total),
            ("licence", self.licence),
        )
        yield from ((name, fact) for name, fact in single if fact is not None)
        yield from ((f"band {each.value.name}", each) for each in self.bands)
        yield from ((f"cut-off {each.value.name}", each) for each in self.cutoffs)
        yield from ((f"safety item {each.value.item}", each) for each in self.safety_items)
        yield from (("another code of the total", each) for each in self.loinc_total_also)
        yield from ((f"code of item {i.id}", i.loinc) for i in self.items if i.loinc is not None)

    def _check_change(self, before: int, after: int) -> None:
        if not self.follows_change:
            raise BadInput(f"{self.name} isn't a scale for following change.", field="instrument")
        self.check_total(before)
        self.check_total(after)


def _check_answer(scale: str, item: Item, answer: int) -> None:
    # `type` and not `isinstance`: a True is a yes that somebody else has to spell as 1.
    if type(answer) is not int or not 0 <= answer <= item.highest:
        raise BadInput(f"Item {item.id} of {scale}: {item.remedy}.", field=f"answers.{item.id}")
