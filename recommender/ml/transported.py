"""Forecasts carried to attempts of other sites, later years or other cases, and what they're worth.

Judged the same way wherever they come from, and always beside the incumbent of the same training.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.ml.bootstrap import Resampling
from recommender.ml.interactions import Floats, Ints
from recommender.ml.metrics import Ordered, expected_calibration_error, log_losses
from recommender.ml.shrinkage import logistic

STRATA = 10
BINS = 10


@dataclass(frozen=True)
class Forecasts:
    """An entry an attempt: its outcome and the logits; `outlook` is the case's on the whole."""

    case: Ints
    site: Ints
    responded: Floats
    own: Floats
    incumbent: Floats
    outlook: Floats
    left_out: int

    @classmethod
    def together(cls, parts: list["Forecasts"]) -> "Forecasts":
        """Several trainings' forecasts as one; each attempt is in one of them."""
        columns = ("case", "site", "responded", "own", "incumbent", "outlook")
        joined = {name: np.concatenate([getattr(one, name) for one in parts]) for name in columns}
        return cls(**joined, left_out=sum(one.left_out for one in parts))

    def can_be_judged(self, fewest: int) -> bool:
        """Whether there are attempts enough, with either outcome."""
        return len(self.case) >= fewest and 0 < self.responded.mean() < 1

    def judged(self, *, seed: int) -> dict[str, Any]:
        """Log-loss, AUC and calibration, with intervals over cases."""
        draws = Resampling.of_cases(self.case, seed=seed)
        edges = np.quantile(self.outlook, np.arange(1, STRATA) / STRATA)
        strata = self.site * STRATA + np.searchsorted(edges, self.outlook)
        at_site = Ordered.by(self.responded, self.own, self.site)
        within = Ordered.by(self.responded, self.own, strata)
        losses = log_losses(self.responded, self.own)
        gain = log_losses(self.responded, self.incumbent) - losses
        return {
            "cases": len(np.unique(self.case)),
            "attempts": len(self.case),
            "left_out": self.left_out,
            "log_loss": draws.interval_of_mean(losses).to_json(),
            "log_loss_gain_over_incumbent": draws.interval_of_mean(gain).to_json(),
            "auc": draws.interval(at_site.auc).to_json(),
            "auc_within_strata": draws.interval(within.auc).to_json(),
            "calibration_error": expected_calibration_error(
                self.responded, logistic(self.own), BINS
            ),
        }
