"""A table: what every recommender comes down to, a weight for each column and therapy."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.ml.interactions import Floats, Ints


@dataclass(frozen=True)
class Table:
    """Logits are `intercept + case @ weights`: served with NumPy, explained without a remainder."""

    intercept: Floats
    weights: Floats

    def logits(self, cases: sp.csr_array) -> Floats:
        """Cases by therapies."""
        scored: Floats = cases @ self.weights + self.intercept
        return scored

    def logits_of(self, rows: sp.csr_array, therapy: Ints) -> Floats:
        """One logit an attempt, without the logits of the other therapies."""
        found = np.empty(len(therapy))
        order = np.argsort(therapy, kind="stable")
        bounds = np.searchsorted(therapy[order], np.arange(len(self.intercept) + 1))
        for one in range(len(self.intercept)):
            own = order[bounds[one] : bounds[one + 1]]
            if len(own):
                found[own] = rows[own] @ self.weights[:, one] + self.intercept[one]
        return found

    @classmethod
    def same_for_all(cls, intercept: Floats, width: int) -> "Table":
        """A table that looks at no finding."""
        return cls(intercept, np.zeros((width, len(intercept))))


@dataclass(frozen=True)
class Parts:
    """A table taken apart; the parts add up to it.

    `prognosis` is how a case does on the whole, `average` how a therapy does on the whole, and
    `fit` how this case differs on this therapy: only the last lets the order depend on the case.
    """

    prognosis: Table
    average: Table
    fit: Table


def take_apart(table: Table, centre: Floats, weight: Floats) -> Parts:
    """Part a table around a mean case (`centre`) and a mix of therapies (`weight`, sums to 1)."""
    prognosis = table.weights @ weight
    at_centre = table.intercept + centre @ table.weights
    level = float(at_centre @ weight)
    deviation = table.weights - prognosis[:, None]
    return Parts(
        prognosis=Table(
            np.full(len(weight), level - float(centre @ prognosis)),
            np.repeat(prognosis[:, None], len(weight), axis=1),
        ),
        average=Table.same_for_all(at_centre - level, len(centre)),
        fit=Table(-(centre @ deviation), deviation),
    )


def add(tables: list[tuple[float, Table]], level: float = 0.0) -> Table:
    """A weighted sum of tables."""
    intercept = sum((weight * table.intercept for weight, table in tables), np.zeros(1)) + level
    weights = sum((weight * table.weights for weight, table in tables), np.zeros((1, 1)))
    return Table(np.asarray(intercept), np.asarray(weights))
