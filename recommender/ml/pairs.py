"""Pairs of findings that matter together: found where attempts bear them out, nowhere else.

A pair of columns gets a column of its own, filled where both are, if for some therapies, or for
some of their classes or kinds, those who have both did otherwise than their findings alone let
expect, by more than chance gives to the best of all pairs that were looked at (Bonferroni).
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.stats import chi2

from recommender.ml.features import CaseEncoder
from recommender.ml.interactions import Floats, Ints
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import logistic
from recommender.ml.table import Table

Pair = tuple[int, int]

ERROR_RATE = 0.05
MAIN_SPREAD = 0.1
"""How far the effect of either column alone may still be off, on the logit."""
FEWEST_ATTEMPTS = 20
LEAST_INFORMATION = 1.0
"""Of those who have both, under a therapy; with less, one response would decide."""
LEAST_OF_ITS_OWN = 0.05
"""The share of that information which neither column alone explains."""
SHARED_BY = ("therapy", "class", "kind")


@dataclass
class _Scores:
    """How far those with both columns are off what was expected, for each member of a sort."""

    members: Floats
    off: Floats
    information: Floats

    @classmethod
    def none_yet(cls, members: Floats, columns: int) -> "_Scores":
        shape = (members.shape[1], columns, columns)
        return cls(members, np.zeros(shape), np.zeros(shape))

    def add(self, therapy: int, off: Floats, information: Floats) -> None:
        for member in np.flatnonzero(self.members[therapy]).tolist():
            self.off[member] += off
            self.information[member] += information

    def doubt(self) -> Floats:
        """−log of the probability that chance gives a pair as much, over all members."""
        told = self.information > 0
        squares = np.divide(self.off**2, self.information, out=np.zeros_like(self.off), where=told)
        doubt: Floats = -chi2.logsf(squares.sum(axis=0), np.maximum(told.sum(axis=0), 1))
        return doubt


def find_pairs(sample: Sample, table: Table, encoder: CaseEncoder, *, most: int) -> list[Pair]:
    """The pairs that these attempts bear out beside a table that looks at columns alone.

    The clearest first, `most` at the most.
    """
    columns = np.array(encoder.yes_or_no, np.int64)
    if len(columns) < 2 or not most:
        return []
    doubt = _doubt(sample, table, columns)
    tests = len(SHARED_BY) * len(columns) * (len(columns) - 1) / 2
    order = np.argsort(-doubt, axis=None, kind="stable")[:most]
    first, second = np.unravel_index(order, doubt.shape)
    borne_out = doubt[first, second] > np.log(tests / ERROR_RATE)
    pairs = zip(columns[first[borne_out]], columns[second[borne_out]], strict=True)
    return [(int(one), int(other)) for one, other in pairs]


def _doubt(sample: Sample, table: Table, columns: Ints) -> Floats:
    """For each pair (above the diagonal), how hard chance would find it to do as much."""
    names = np.array([name.partition(":")[0] for name in sample.trait_names])
    traits = sample.traits.toarray()
    sorts = [traits[:, names == sort] for sort in SHARED_BY]
    scores = [_Scores.none_yet(one, len(columns)) for one in sorts if one.shape[1]]
    order = np.argsort(sample.therapy, kind="stable")
    bounds = np.searchsorted(sample.therapy[order], np.arange(sample.therapies + 1))
    for therapy in range(sample.therapies):
        own = order[bounds[therapy] : bounds[therapy + 1]]
        if len(own) < FEWEST_ATTEMPTS:
            continue
        rows = sample.cases[sample.case[own]]
        chance = logistic(rows @ table.weights[:, therapy] + table.intercept[therapy])
        found = _off(rows[:, columns], sample.responded[own] - chance, chance * (1 - chance))
        for one in scores:
            one.add(therapy, *found)
    clearest = np.maximum.reduce([one.doubt() for one in scores])
    return np.triu(clearest, 1)


def _off(rows: sp.csr_array, residual: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """How far those with both columns are off, and the information on it, for each pair.

    The score and its variance after the effects of either column were fitted again, by a ridge.
    """
    filled = sp.csr_array(rows)
    filled.data = (filled.data > 0).astype(float)
    across = filled.T.tocsr()
    off = (across @ (sp.diags_array(residual) @ filled)).toarray()
    both = (across @ (sp.diags_array(variance) @ filled)).toarray()
    alone = np.diag(both) + 1 / MAIN_SPREAD**2
    first, second = alone[:, None], alone[None, :]
    left = first * second - both**2
    of_first, of_second = (second - both) * both / left, (first - both) * both / left
    own_off = np.diag(off)
    score = off - of_first * own_off[:, None] - of_second * own_off[None, :]
    information = both * (1 - of_first - of_second)
    told = (both > LEAST_INFORMATION) & (information > LEAST_OF_ITS_OWN * both)
    return np.where(told, score, 0.0), np.where(told, information, 0.0)
