"""What is searched of each recommender: one table, so that a parameter nobody weighed is noticed.

Every recommender stands in `SEARCHED`; every parameter of it stands there with its range, or in
`LEFT` with why it is left alone. So who only names or checks a recipe needn't load what learns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, floor, log


@dataclass(frozen=True, slots=True)
class Span:
    """A range on a logarithmic scale: from half to twice is as far down as up."""

    lowest: float
    highest: float
    why: str

    def at(self, place: float) -> float:
        """The value at a place between 0 and 1; three digits, so that a person can read it."""
        exact = exp(log(self.lowest) + place * (log(self.highest) - log(self.lowest)))
        return float(f"{exact:.3g}")


@dataclass(frozen=True, slots=True)
class Steps:
    """A few values, each as likely as the next."""

    values: tuple[int, ...]
    why: str

    def at(self, place: float) -> float:
        """The value at a place between 0 and 1."""
        return self.values[min(floor(place * len(self.values)), len(self.values) - 1)]


Axis = Span | Steps

SEARCHED: Mapping[str, Mapping[str, Axis]] = {
    "lightfm": {
        "size": Steps(
            (8, 16, 32, 64),
            "What the recommender chooses between by itself; each doubling takes twice as long.",
        ),
        "penalty": Span(
            1e-4, 3e-2, "Three times beyond what it chooses between by itself, 0.0003 to 0.01."
        ),
    },
    "crossed-effects": {
        "doubt": Span(
            10.0,
            1000.0,
            "How many weights the first guess of how many matter is worth; ten times less and "
            "more than the default, beyond which the guess hardly counts or hardly moves.",
        ),
        "average_spread": Span(
            0.05,
            0.6,
            "What a kind, class, target or therapy adds to the log odds for everyone: from hardly "
            "a percentage point to nearly twice the odds.",
        ),
    },
    "boosted-trees": {
        "learning_rate": Span(
            0.02, 0.3, "A quarter and four times what it has: slower takes longer, faster is rough."
        ),
        "leaves": Steps((4, 8, 15, 31), "How many findings may act together in one tree."),
    },
    "finding-response-rate": {},
    "response-rate": {},
    "popularity": {},
}

LEFT: Mapping[str, Mapping[str, str]] = {
    "lightfm": {"epochs": "Early stopping finds them for each size and penalty."},
    "crossed-effects": {"rounds": "More than it has change nothing that could be seen."},
    "boosted-trees": {"rounds": "A tenth of the attempts, held out, ends the growing."},
}


def parameters_of(recommender: str) -> set[str]:
    """What a recipe may set of a recommender."""
    return {*SEARCHED[recommender], *LEFT.get(recommender, {})}


def axes(recommenders: tuple[str, ...]) -> tuple[tuple[str, str, Axis], ...]:
    """What there is to search of some recommenders: recommender, parameter and range, in order."""
    return tuple(
        (recommender, parameter, axis)
        for recommender in recommenders
        for parameter, axis in SEARCHED[recommender].items()
    )
