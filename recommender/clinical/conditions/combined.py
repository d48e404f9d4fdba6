"""Conditions made of others."""

from dataclasses import dataclass

from recommender.clinical.conditions.base import Condition, Form
from recommender.clinical.judgement import Judgement, every, opposite, some, some_known
from recommender.clinical.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def as_written(self) -> Form:
        """How it is written down."""
        return {"all": [part.as_written() for part in self.parts]}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """One part that fails settles it."""
        return every(part.judge(snapshot) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def as_written(self) -> Form:
        """How it is written down."""
        return {"any": [part.as_written() for part in self.parts]}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """One part that holds settles it."""
        return some(part.judge(snapshot) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnySource:
    """At least one of several sources of the same fact says so."""

    parts: tuple[Condition, ...]

    def as_written(self) -> Form:
        """How it is written down."""
        return {"any_source": [part.as_written() for part in self.parts]}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """A source that says no answers for those that are silent."""
        return some_known(part.judge(snapshot) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part is known not to hold."""

    part: Condition

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The one part."""
        return (self.part,)

    def as_written(self) -> Form:
        """How it is written down."""
        return {"not": self.part.as_written()}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """What is unknown stays unknown."""
        return opposite(self.part.judge(snapshot))
