"""Counting the groups of a version: similar cases a therapy, with shrunken rates and intervals."""

import numpy as np
from scipy import stats

from recommender.ml.features import SMALLEST_CELL
from recommender.ml.groups import LEVEL, Groups
from recommender.ml.interactions import Floats, Ints
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import logistic, prior_strength

CASES_A_GROUP = 10
MOST_GROUPS = 20


def first_of_each(sample: Sample) -> Ints:
    """One attempt a case and therapy, so that a group counts cases."""
    pairs = sample.case.astype(np.int64) * sample.therapies + sample.therapy
    _, first = np.unique(pairs, return_index=True)
    return np.sort(first).astype(np.int32)


def count_groups(sample: Sample, logits: Floats) -> Groups:
    """Part each therapy's cases by score; `logits` are of cases that weren't learned from."""
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
    strength = _strength(np.array(start), cases, responders, expected)
    return _shrunken(np.array(start, np.int32), upto, cases, responders, expected, strength)


def _parts(cases: int) -> int:
    if cases < SMALLEST_CELL:
        return 0
    return int(np.clip(cases // CASES_A_GROUP, 1, MOST_GROUPS))


def _strength(start: Ints, cases: Ints, responders: Floats, expected: Floats) -> Floats:
    """How many cases the recommender's own expectation of each group is worth.

    It errs in two ways. Its level for a therapy rests on that therapy's cases, of which the group
    is a part: half of the others, measured on simulated truth, is what they add. And it may be
    wrong for the group itself, which shows in the groups' spread. It is never worth less than a
    therapy's rate is among the rates of all, so that luck with few cases isn't told as a rate.
    """
    parts = np.diff(start)
    own = np.repeat(np.arange(len(parts)), parts)
    had: Floats = np.bincount(own, cases, len(parts)).astype(float)
    rates: Floats = np.bincount(own, responders, len(parts)).astype(float)
    overall = np.full(len(parts), responders.sum() / max(cases.sum(), 1))
    between = prior_strength(rates, had, overall)
    within = prior_strength(responders, cases.astype(float), expected)
    others = 1 / (1 / had[own] + 1 / within) - cases
    strength: Floats = np.maximum(others / 2, between)
    return strength


def _shrunken(
    start: Ints,
    upto: Floats,
    cases: Ints,
    responders: Floats,
    expected: Floats,
    strength: Floats,
) -> Groups:
    """Draw each group's rate to what the recommender expected of it."""
    good = responders + strength * expected
    bad = cases - responders + strength * (1 - expected)
    tail = (1 - LEVEL) / 2
    return Groups(
        start=start,
        upto=upto,
        cases=cases,
        responders=responders.astype(np.int32),
        probability=good / (good + bad),
        lower=stats.beta.ppf(tail, good, bad),
        upper=stats.beta.ppf(1 - tail, good, bad),
    )
