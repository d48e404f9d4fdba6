"""A condition: something that can be asked of a case, and answered with a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from recommender.clinical.judgement import Judgement
from recommender.clinical.snapshot import Snapshot

Form = dict[str, object]
"""A condition as it is written down; `condition_form` reads it back."""


class Condition(Protocol):
    """Something that can be asked of a case."""

    def as_written(self) -> Form:
        """How it is written down."""

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Whether it holds, and why, or what is missing."""

    @property
    def parts(self) -> tuple["Condition", ...]:
        """The conditions it is made of."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition that isn't made of others."""

    @property
    def parts(self) -> tuple[Condition, ...]:
        """None."""
        return ()


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every condition in the tree that isn't made of others."""
    if not condition.parts:
        yield condition
    for part in condition.parts:
        yield from leaves(part)
