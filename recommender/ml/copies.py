"""Copies: cases that came in more than once. Each counts once, or it would be judged on itself."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml.interactions import Ints, TrainingData

MOST_TWINS = 10
FEWEST_PAIRS = 10
MOST_BY_CHANCE = 0.6
DIFFERING = 0.5
"""Of what chance makes: where twins' attempts differ less than half as often, a table came twice.

With a copy of each case, they differ between those only who are twins by chance as well.
"""

FACTOR = np.uint64(0x9E3779B97F4A7C15)

Keys = NDArray[np.uint64]


def without_copies(data: TrainingData) -> TrainingData:
    """Each case once, and how many were left out.

    Twins have the same findings, site and year. Two people who are twins had the same therapies
    and responses by chance only; where most had, a table was read twice. In large groups of twins
    chance is enough, so these are left alone.
    """
    shown, went = _keys(data)
    _, group, size = np.unique(shown, return_inverse=True, return_counts=True)
    few = np.flatnonzero((size[group] > 1) & (size[group] <= MOST_TWINS) & _is_whole(data))
    same = (shown * FACTOR + went)[few]
    pairs, chance = _pairs(group[few]), _pairs(went) / max(_pairs(np.zeros(data.cases)), 1)
    if pairs < FEWEST_PAIRS or chance > MOST_BY_CHANCE:
        return data
    if 1 - _pairs(same) / pairs > DIFFERING * (1 - chance):
        return data
    _, first = np.unique(same, return_index=True)
    keep = np.ones(data.cases, np.bool_)
    keep[np.delete(few, first)] = False
    return _of_cases(data, keep)


def _keys(data: TrainingData) -> tuple[Keys, Keys]:
    """What was known of each case, and what it tried with which response; equal if alike."""
    found, tried = data.findings, data.attempts
    known = _mixed(found.concept, found.category, found.number)
    went = _mixed(tried.therapy, tried.sequence, tried.response)
    place = _mixed(data.site, data.year)
    return (
        place + _summed(known, found.case, data.cases),
        _summed(went, tried.case, data.cases),
    )


def _mixed(*columns: NDArray[np.generic]) -> Keys:
    """One number for each row, equal for equal rows (SplitMix64)."""
    key = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        exact: Keys = column.astype(np.float64).view(np.uint64)
        key = key * FACTOR + exact + np.uint64(1)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        key ^= key >> np.uint64(31)
    return key


def _summed(keys: Keys, case: Ints, cases: int) -> Keys:
    total = np.zeros(cases, np.uint64)
    np.add.at(total, case, keys)
    return total


def _is_whole(data: TrainingData) -> NDArray[np.bool_]:
    """Whether a case has findings and attempts: without, it is nobody's copy."""
    each = np.arange(data.cases)
    return np.isin(each, data.findings.case) & np.isin(each, data.attempts.case)


def _pairs(keys: NDArray[np.generic]) -> float:
    """How many pairs of rows have the same key."""
    _, size = np.unique(keys, return_counts=True)
    return float((size * (size - 1.0)).sum() / 2)


def _of_cases(data: TrainingData, keep: NDArray[np.bool_]) -> TrainingData:
    """Some of the cases, renumbered, with what is known of them."""
    number = (np.cumsum(keep) - 1).astype(np.int32)
    found, tried = data.findings, data.attempts
    shown, went = keep[found.case], keep[tried.case]
    return replace(
        data,
        findings=replace(
            found,
            case=number[found.case[shown]],
            concept=found.concept[shown],
            number=found.number[shown],
            category=found.category[shown],
        ),
        attempts=replace(
            tried,
            case=number[tried.case[went]],
            therapy=tried.therapy[went],
            response=tried.response[went],
            sequence=tried.sequence[went],
            row=tried.row[went] if len(tried.row) else tried.row,
        ),
        site=data.site[keep],
        year=data.year[keep],
        row=data.row[keep] if len(data.row) else data.row,
        copies=int((~keep).sum()),
    )
