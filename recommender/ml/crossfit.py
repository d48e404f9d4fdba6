"""Cross-fitting: every attempt is scored by recommenders that never saw its case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml.interactions import Floats, Ints
from recommender.ml.recipes import Recipe
from recommender.ml.recommenders import RECOMMENDERS
from recommender.ml.recommenders.base import Recommender
from recommender.ml.sample import Sample
from recommender.ml.splits import folds_of_cases
from recommender.ml.stacking import Head, Seen, fit_head
from recommender.ml.table import Parts, Table, take_apart

TUNED_EACH_FOLD_BELOW = 20_000
"""With fewer attempts, what is chosen on one fold could remember another: choose in each."""

Telling = Callable[[str, float], None]


@dataclass(frozen=True)
class CrossFit:
    """The folds, the parts of each fold's recommenders, and what they say of unseen attempts."""

    sample: Sample
    fold: Ints
    parts: tuple[tuple[Parts, ...], ...]
    seen: Seen

    @property
    def fold_of_attempts(self) -> Ints:
        """The fold of each attempt's case."""
        of_attempts: Ints = self.fold[self.sample.case]
        return of_attempts

    def of_parts(self, parts: list[int]) -> "CrossFit":
        """The same by some of the recommenders."""
        of_folds = tuple(tuple(fold[one] for one in parts) for fold in self.parts)
        return replace(self, parts=of_folds, seen=self.seen.of_parts(parts))

    def heads(self, *, with_fit: bool) -> list[Head]:
        """For each fold, the head that the other folds' attempts give."""
        own = self.fold_of_attempts
        return [
            fit_head(self.seen.where(np.flatnonzero(own != number)), with_fit=with_fit)
            for number in range(len(self.parts))
        ]

    def of_heads(self, heads: list[Head]) -> Floats:
        """Each attempt's logit by its fold's head, compared inside its site only."""
        own = self.fold_of_attempts
        found = np.empty(len(self.sample))
        for number, head in enumerate(heads):
            chosen = np.flatnonzero(own == number)
            found[chosen] = head.logits(self.seen.where(chosen))
        return found

    def logits(self, tables: list[Table]) -> Floats:
        """Each attempt's logit by its fold's table."""
        own = self.fold_of_attempts
        found = np.empty(len(self.sample))
        for number, table in enumerate(tables):
            chosen = np.flatnonzero(own == number)
            found[chosen] = table.logits_of(self.sample.rows[chosen], self.sample.therapy[chosen])
        return found


def cross_fit(
    sample: Sample,
    recipe: Recipe,
    *,
    seed: int,
    tell: Telling,
    left_out: Sequence[NDArray[np.bool_]] = (),
) -> tuple[CrossFit, tuple[Parts, ...]]:
    """Train on all but each fold, then on everything; the last is what would be served.

    `left_out` says which columns each of these trainings mustn't look at.
    """
    names = recipe.recommenders
    fold = folds_of_cases(sample, folds=recipe.folds, seed=seed)
    centre, mix = centre_and_mix(sample)
    given = [RECOMMENDERS[name](**recipe.parameters.get(name, {})) for name in names]
    tuned: list[Recommender] = []
    parts = []
    rounds = recipe.folds + 1
    for number in range(rounds):
        hidden = left_out[number] if left_out else np.zeros(sample.cases.shape[1], np.bool_)
        training = sample.of_cases(fold != number).without_columns(hidden)
        last = number == recipe.folds
        stage = "training on everything" if last else f"cross-fitting {number + 1}/{recipe.folds}"
        tables = []
        for place, name in enumerate(names):
            begun = (number + place / len(names)) / rounds
            steps = _Steps(tell, f"{stage}: {name}", begun, 1 / len(names) / rounds)
            if number == 0 or len(sample) < TUNED_EACH_FOLD_BELOW:
                chosen = given[place].tuned(training, seed=seed, progress=steps.first_half)
                tuned[place:] = [chosen, *tuned[place + 1 :]]
            table = tuned[place].fit(training, seed=seed, progress=steps.second_half)
            # A column that no case filled may have kept the weight that it was started with.
            table.weights[hidden] = 0.0
            tables.append(table)
        parts.append(tuple(take_apart(table, centre, mix) for table in tables))
    seen = _seen(sample, fold, parts[:-1])
    return CrossFit(sample, fold, tuple(parts[:-1]), seen), parts[-1]


def centre_and_mix(sample: Sample) -> tuple[Floats, Floats]:
    """The mean encoded case, and each therapy's share of the attempts."""
    centre = np.asarray(sample.cases.mean(axis=0)).ravel()
    return centre, sample.tried / sample.tried.sum()


@dataclass(frozen=True)
class _Steps:
    """Maps a recommender's own progress into the whole training's."""

    tell: Telling
    stage: str
    begun: float
    share: float

    def first_half(self, done: float) -> None:
        self.tell(self.stage, self.begun + self.share * done / 2)

    def second_half(self, done: float) -> None:
        self.tell(self.stage, self.begun + self.share * (1 + done) / 2)


def _seen(sample: Sample, fold: Ints, parts: list[tuple[Parts, ...]]) -> Seen:
    """Take each unseen attempt's logit apart around the mix of therapies of its site.

    Where a site is a trial, its findings may weigh differently than another's; seen from the
    mix of all sites that would pass for a difference between therapies.
    """
    count = len(parts[0])
    outlook, prognosis, average, fit = (np.empty((len(sample), count)) for _ in range(4))
    mixes = _mix_by_site(sample)
    own = fold[sample.case]
    for number, of_fold in enumerate(parts):
        chosen = np.flatnonzero(own == number)
        rows, therapy, site = sample.rows[chosen], sample.therapy[chosen], sample.site[chosen]
        for place, one in enumerate(of_fold):
            outlook[chosen, place] = one.prognosis.logits_of(rows, therapy)
            differing = one.fit.logits_of(rows, therapy)
            usual = Table(mixes @ one.fit.intercept, one.fit.weights @ mixes.T)
            at_site = usual.logits_of(rows, site)
            rate = one.average.intercept
            prognosis[chosen, place] = outlook[chosen, place] + at_site
            average[chosen, place] = rate[therapy] - (mixes @ rate)[site]
            fit[chosen, place] = differing - at_site
    responded, site = sample.responded, sample.site
    return Seen(outlook, prognosis, average, fit, responded, site, sample.sites)


def _mix_by_site(sample: Sample) -> Floats:
    """Sites by therapies: each therapy's share of a site's attempts."""
    mixes = np.zeros((sample.sites, sample.therapies))
    np.add.at(mixes, (sample.site, sample.therapy), 1.0)
    shares: Floats = mixes / np.maximum(mixes.sum(axis=1, keepdims=True), 1.0)
    return shares
