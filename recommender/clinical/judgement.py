"""What came of asking a condition about a case: it holds, it doesn't, or nobody can tell."""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Verdict(StrEnum):
    """Three answers, since an unknown must never be read as a no."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    NOT_ASSESSED = "not assessed"


class Input(NamedTuple):
    """Something a condition looked at, or looked for and didn't find."""

    kind: str
    code: str
    value: float | str | None = None


class Judgement(NamedTuple):
    """A verdict with what made it hold, or with what is missing before anyone can tell."""

    verdict: Verdict
    because: tuple[Input, ...] = ()
    missing: tuple[Input, ...] = ()


FAILS = Judgement(Verdict.DOES_NOT_HOLD)


def holds(*because: Input) -> Judgement:
    """It holds, for these reasons."""
    return Judgement(Verdict.HOLDS, because=because)


def lacks(*missing: Input) -> Judgement:
    """Nobody can tell before these are known; there is always at least one."""
    return Judgement(Verdict.NOT_ASSESSED, missing=missing)


@lru_cache(maxsize=4096)
def unrecorded(kind: str, code: str) -> Judgement:
    """Nobody can tell before this is recorded: what most conditions say of most cases."""
    return lacks(Input(kind, code))


def every(parts: Iterable[Judgement]) -> Judgement:
    """Holds when all do; one that doesn't settles it, whatever is unknown of the others."""
    because: list[Input] = []
    missing: list[Input] = []
    for verdict, reasons, lacking in parts:
        if verdict is Verdict.DOES_NOT_HOLD:
            return FAILS
        because += reasons
        missing += lacking
    return lacks(*missing) if missing else holds(*because)


def some(parts: Iterable[Judgement]) -> Judgement:
    """Holds when one does; fails only when every one is known to fail."""
    return _some(parts, unknown_counts=True)


def some_known(parts: Iterable[Judgement]) -> Judgement:
    """Like `some`, for several sources of one fact: a source that says no answers for the silent.

    Only when all of them are silent is the fact unknown.
    """
    return _some(parts, unknown_counts=False)


def opposite(judged: Judgement) -> Judgement:
    """Holds when the other is known to fail; what is unknown stays unknown."""
    if judged.verdict is Verdict.NOT_ASSESSED:
        return judged
    return FAILS if judged.verdict is Verdict.HOLDS else holds()


def _some(parts: Iterable[Judgement], *, unknown_counts: bool) -> Judgement:
    verdicts = set[Verdict]()
    because: list[Input] = []
    missing: list[Input] = []
    for verdict, reasons, lacking in parts:
        verdicts.add(verdict)
        because += reasons
        missing += lacking
    if Verdict.HOLDS in verdicts:
        return holds(*because)
    if Verdict.DOES_NOT_HOLD in verdicts and not (
        unknown_counts and Verdict.NOT_ASSESSED in verdicts
    ):
        return FAILS
    return lacks(*missing)
