"""Which recommenders of a recipe stay: those without whom unseen cases are foretold worse."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.bootstrap import Interval, Resampling
from recommender.ml.crossfit import CrossFit
from recommender.ml.interactions import Floats, Ints
from recommender.ml.metrics import log_losses
from recommender.ml.stacking import Seen, fit_head

ALWAYS_STAYS = "lightfm"
"""The recommender that the product is built on; the head decides how much of it is used."""
MOST_LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class Tried:
    """A recommender that was tried: the log-loss an attempt that it saves the others."""

    name: str
    stays: bool
    gain: Interval

    def to_json(self) -> dict[str, object]:
        """As it is stored with the evaluation."""
        return {"name": self.name, "stays": self.stays, "gain": self.gain.to_json()}


def who_stays(crossed: CrossFit, names: tuple[str, ...], *, seed: int) -> tuple[Tried, ...]:
    """Take away who saves the others nothing, the least useful first, and weigh the rest again."""
    trial = _Trial.of(crossed, seed=seed)
    staying = list(range(len(names)))
    gains: dict[int, Interval] = {}
    while len(staying) > 1:
        whole = trial.losses(staying)
        for part in staying:
            rest = trial.losses([other for other in staying if other != part])
            gains[part] = trial.draws.interval_of_mean(rest - whole)
        useless = [p for p in staying if names[p] != ALWAYS_STAYS and gains[p].value <= 0]
        if not useless:
            break
        staying.remove(min(useless, key=lambda part: gains[part].value))
    return tuple(
        Tried(name, part in staying, gains.get(part, Interval(np.nan, np.nan, np.nan)))
        for part, name in enumerate(names)
    )


@dataclass(frozen=True)
class _Trial:
    """Attempts that weren't learned from, evenly chosen where there are very many."""

    seen: Seen
    fold: Ints
    draws: Resampling

    @classmethod
    def of(cls, crossed: CrossFit, *, seed: int) -> "_Trial":
        count = len(crossed.sample)
        chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_LOOKED_AT)).astype(np.int64))
        draws = Resampling.of_cases(crossed.sample.case[chosen], seed=seed)
        return cls(crossed.seen.where(chosen), crossed.fold_of_attempts[chosen], draws)

    def losses(self, parts: list[int]) -> Floats:
        """Each attempt's log-loss by a head that the other folds' attempts gave these parts."""
        seen = self.seen.of_parts(parts)
        logits = np.empty(len(self.fold))
        for number in np.unique(self.fold).tolist():
            own = np.flatnonzero(self.fold == number)
            head = fit_head(seen.where(np.flatnonzero(self.fold != number)), with_fit=True)
            logits[own] = head.logits(seen.where(own))
        return log_losses(seen.responded, logits)
