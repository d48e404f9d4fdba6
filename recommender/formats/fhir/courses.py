"""Courses: from when to when a therapy was had, how it ended, and how the person did on it.

Response is the change of one rating scale between the start of a therapy and the end of its window:
half of the score before or less has responded (the usual convention for depression and anxiety
scales), three quarters or less is better without being a response.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from recommender.clinical.case import Assessment
from recommender.clinical.coding import RESPONSE_WORDS, Stopped

# The score before: the last from so long before the start to so long after it.
BEFORE, SETTLING = timedelta(days=60), timedelta(days=14)
# The score after: the last between these, and not long after the end.
EARLIEST, LATEST, AFTER_END = timedelta(days=28), timedelta(days=140), timedelta(days=28)
RESPONDED, PARTLY = 0.5, 0.75
# Better, but not a response: below the half from which a data set counts one.
SOMEWHAT = "0.25"
UNKNOWN = "unknown"
# Of several ends of one therapy the gravest is told.
GRAVEST_FIRST = (
    Stopped.SIDE_EFFECTS, Stopped.NO_EFFECT, Stopped.OTHER, Stopped.COMPLETED, Stopped.UNKNOWN,
)  # fmt: skip

Scores = Mapping[str, list[tuple[date, int]]]
"""The totals of each rating scale with their days, in the order of time."""


@dataclass(slots=True)
class Course:
    """One therapy from its first day to its last; None where that isn't known."""

    began: date | None = None
    ended: date | None = None
    in_use: bool | None = None
    stopped: Stopped = Stopped.UNKNOWN

    def join(self, other: "Course") -> None:
        """Several courses of a therapy are one; what may still act in the body counts."""
        self.began = min(filter(None, (self.began, other.began)), default=None)
        self.ended = max(filter(None, (self.ended, other.ended)), default=None)
        if other.in_use is not None:
            self.in_use = bool(self.in_use) or other.in_use
        self.stopped = min(self.stopped, other.stopped, key=GRAVEST_FIRST.index)

    def days_since_stop(self, today: date) -> int | None:
        """How many days ago it ended; None while it's in use or where that isn't known."""
        if self.ended is None or self.in_use or self.ended > today:
            return None
        return (today - self.ended).days


@dataclass(frozen=True, slots=True)
class Change:
    """A rating scale before and after, and the response that it means, as a data set writes it."""

    response: str = UNKNOWN
    before: int | None = None
    after: int | None = None
    scale: str = ""

    @property
    def as_number(self) -> float | None:
        """The response from 0 to 1."""
        known = RESPONSE_WORDS.get(self.response)
        return float(self.response) if self.response == SOMEWHAT else known


def scores_of(assessments: Iterable[tuple[date, Assessment]]) -> Scores:
    """The totals of the assessments that have a day."""
    found: dict[str, list[tuple[date, int]]] = {}
    for day, one in assessments:
        if one.total is not None and day > date.min:
            found.setdefault(one.instrument, []).append((day, one.total))
    return found


def change_over(course: Course, scores: Scores) -> Change:
    """The change of the scale with most scores, of those that have one before and one after."""
    if course.began is not None:
        for scale in sorted(scores, key=lambda name: (-len(scores[name]), name)):
            pair = _before_and_after(scores[scale], course, course.began)
            if pair is not None:
                return Change(_response(*pair), *pair, scale)
    return Change()


def _before_and_after(
    scores: list[tuple[date, int]], course: Course, began: date
) -> tuple[int, int] | None:
    ends = began + LATEST
    if course.ended is not None and not course.in_use:
        ends = min(ends, max(course.ended, began + EARLIEST) + AFTER_END)
    before = [total for day, total in scores if began - BEFORE <= day <= began + SETTLING]
    after = [total for day, total in scores if began + EARLIEST <= day <= ends]
    return (before[-1], after[-1]) if before and after and before[-1] > 0 else None


def _response(before: int, after: int) -> str:
    if after <= RESPONDED * before:
        return "response"
    if after <= PARTLY * before:
        return SOMEWHAT
    return "worse" if after > before else "none"
