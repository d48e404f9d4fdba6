"""Counting the groups of a version: similar cases a therapy, with shrunken rates and intervals."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import stats

from recommender.ml.features import SMALLEST_CELL
from recommender.ml.groups import LEVEL, Groups
from recommender.ml.interactions import Floats, Ints
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import SMALLEST_VARIANCE, Correlation, logistic

CASES_A_GROUP = 5
MOST_GROUPS = 20
FEWEST_LEFT = 0.4
SMALLEST_RATE = 1e-3

# Found on worlds whose truth is known (docs/evaluation.md); the data at hand change them as far as
# they can tell. Without them, small data whose rates happen to agree would promise a precision
# that nobody has.
BETWEEN_THERAPIES = Correlation(expected=0.04, doubt=0.02, least=0.001)
INSIDE_THERAPIES = Correlation(expected=0.005, doubt=0.004, least=0.002)


def first_of_each(sample: Sample) -> Ints:
    """One attempt a case and therapy, so that a group counts cases."""
    pairs = sample.case.astype(np.int64) * sample.therapies + sample.therapy
    _, first = np.unique(pairs, return_index=True)
    return np.sort(first).astype(np.int32)


class Asked(NamedTuple):
    """Whoever may be asked about (cases × therapies): their scores, and what is expected of them.

    Both are logits; the score decides which group a case belongs to.
    """

    scores: Floats
    expected: Floats


def count_groups(sample: Sample, logits: Floats, *, asked: Asked | None = None) -> Groups:
    """Part each therapy's cases by score; `logits` are of cases that weren't learned from.

    Those who were given a therapy often have the better outlook of all whose score falls in the
    same group, so the group's rate is told for all who may be `asked` about; without it, for those
    who were given it.
    """
    chosen = first_of_each(sample)
    therapy, responded, logit = sample.therapy[chosen], sample.responded[chosen], logits[chosen]
    order = np.lexsort((logit, therapy))
    therapy, responded, logit = therapy[order], responded[order], logit[order]
    had = np.bincount(therapy, minlength=sample.therapies)
    begin = np.concatenate([[0], np.cumsum(had)])
    start, cuts = [0], []
    for one in range(sample.therapies):
        parts = _parts(int(had[one]))
        if parts:
            cuts += np.array_split(np.arange(begin[one], begin[one + 1]), parts)
        start.append(start[-1] + parts)
    members = [np.asarray(cut, np.int64) for cut in cuts]
    cases = np.array([len(own) for own in members], np.int32)
    responders = np.array([responded[own].sum() for own in members], np.float64)
    expected = np.array([logistic(logit[own]).mean() for own in members], np.float64)
    upto = np.array([logit[own[-1]] for own in members], np.float64)
    told = expected if asked is None else _expected_of(asked, start, upto, expected)
    return _counted(np.array(start, np.int32), upto, cases, responders, expected, told)


def _parts(cases: int) -> int:
    if cases < SMALLEST_CELL:
        return 0
    return int(np.clip(cases // CASES_A_GROUP, 1, MOST_GROUPS))


def _expected_of(asked: Asked, start: list[int], upto: Floats, otherwise: Floats) -> Floats:
    """What is expected on average of those whose score falls in each group, had or not."""
    told = otherwise.copy()
    for therapy, (first, stop) in enumerate(pairwise(start)):
        if first == stop:
            continue
        group = np.searchsorted(upto[first : stop - 1], asked.scores[:, therapy], side="left")
        count = np.bincount(group, minlength=stop - first)
        whole = np.bincount(group, logistic(asked.expected[:, therapy]), stop - first)
        np.divide(whole, count, out=told[first:stop], where=count > 0)
    return told


def _counted(
    start: Ints, upto: Floats, cases: Ints, responders: Floats, expected: Floats, told: Floats
) -> Groups:
    """Draw each group's rate to what was expected of it, and say how far that may be off.

    What those who were given it did beyond what was `expected` of them is added to what is `told`
    of the whole group. It is off in two ways: the level of its therapy rests on that therapy's
    cases, and the group may differ from what the recommender expects inside its therapy, which
    its own cases tell.
    """
    parts = np.diff(start)
    own = np.repeat(np.arange(len(parts)), parts)
    n = cases.astype(float)
    had: Floats = np.bincount(own, n, len(parts)).astype(np.float64)
    level = _off_between_therapies(own, n, responders, len(parts))
    inside = _off_inside_therapies(own, n, had, responders, expected)
    strength = 1 / inside
    beyond = (responders - n * expected) / (n + strength)
    probability = np.clip(told + beyond, SMALLEST_RATE, 1 - SMALLEST_RATE)
    worth = 1 / (1 / (1 / level + had[own]) + 1 / (strength + n))
    tail = (1 - LEVEL) / 2
    good, bad = probability * worth, (1 - probability) * worth
    return Groups(
        start=start,
        upto=upto,
        cases=cases,
        responders=responders.astype(np.int32),
        probability=probability,
        lower=stats.beta.ppf(tail, good, bad),
        upper=stats.beta.ppf(1 - tail, good, bad),
    )


def _off_between_therapies(own: Ints, n: Floats, responders: Floats, therapies: int) -> float:
    """How far therapies' rates lie apart beyond chance (as a correlation)."""
    overall = np.full(therapies, responders.sum() / max(n.sum(), 1))
    had: Floats = np.bincount(own, n, therapies).astype(np.float64)
    responded: Floats = np.bincount(own, responders, therapies).astype(np.float64)
    return BETWEEN_THERAPIES.after_rates(responded, had, overall)


def _off_inside_therapies(
    own: Ints, n: Floats, had: Floats, responders: Floats, expected: Floats
) -> float:
    """How far groups lie beyond chance from what was expected, inside their therapy."""
    off = responders / np.maximum(n, 1) - expected
    mean = np.bincount(own, n * off, len(had)) / np.maximum(had, 1)
    # A therapy's own groups set its mean, which takes away a part of their spread.
    left = 1 - n / had[own]
    many = left > FEWEST_LEFT
    n, left = n[many], left[many]
    scale = np.maximum(expected * (1 - expected), SMALLEST_VARIANCE)[many]
    beyond = ((off - mean[own])[many] ** 2 / scale - left / n) / left
    return INSIDE_THERAPIES.after(beyond, 2 * (1 / n + INSIDE_THERAPIES.expected) ** 2 / left)
