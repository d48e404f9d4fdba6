"""Study: what only whole trainings tell: other sites and years, less data, other seeds, value."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recommender.ml.agreement import Places, agreement
from recommender.ml.assembly import assemble
from recommender.ml.crossfit import cross_fit
from recommender.ml.feature_fitting import fit_encoder
from recommender.ml.features import SMALLEST_CELL
from recommender.ml.interactions import Floats, Ints, TrainingData
from recommender.ml.policy_value import paired_values
from recommender.ml.recipes import Recipe
from recommender.ml.recommenders.response_rate import ResponseRate
from recommender.ml.rivals import rivals
from recommender.ml.sample import Sample, sample_of
from recommender.ml.splits import held_out
from recommender.ml.table import Table
from recommender.ml.transported import Forecasts

MOST_CASES = 4_000
MOST_CASES_OF_VALUE = 12_000
FOLDS = 3
HELD_OUT = 0.25
SITE_GROUPS = 4
LATER = 0.2
"""The share of the attempts that the later years hold at least."""
SHARES = (0.125, 0.25, 0.5, 1.0)
OTHER_SEEDS = 2
FEWEST_LEARNED_FROM = 40
FEWEST_JUDGED = 20

Truths = NDArray[np.bool_]
Telling = Callable[[str, float], None]


def study(data: TrainingData, recipe: Recipe, *, seed: int, tell: Telling) -> dict[str, Any]:
    """Train the recipe again and again on parts of the data, each judged on the rest.

    Large data are studied on a part of their cases, so that it takes minutes, not hours.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        encoded = sample_of(data, fit_encoder(data))
        sample, chosen = _some_cases(encoded, most=MOST_CASES, seed=seed)
        studied = _Study(sample, replace(recipe, folds=min(FOLDS, recipe.folds)), seed)
        tell("other sites", 0.0)
        sites = studied.of_sites(data.sites, lambda done: tell("other sites", 0.4 * done))
        tell("later years", 0.4)
        years = studied.of_years(data.year[chosen])
        curve = studied.of_less_data(lambda done: tell("less data", 0.5 + 0.2 * done))
        seeds = studied.of_seeds(lambda done: tell("other seeds", 0.7 + 0.2 * done))
        tell("the value of following it", 0.9)
        more, of_more = _some_cases(encoded, most=MOST_CASES_OF_VALUE, seed=seed)
        first = _first_tries(data, of_more)
        value = replace(studied, sample=more).of_value(first)
    return {
        "cases": int(sample.cases.shape[0]),
        "attempts": len(sample),
        "of_cases": data.cases,
        "folds": studied.recipe.folds,
        "sites": sites,
        "years": years,
        "learning_curve": curve,
        "seeds": seeds,
        "value": value,
    }


@dataclass(frozen=True)
class Learned:
    """What a training on a part of the attempts would serve, and the incumbent of that part."""

    table: Table
    incumbent: Table
    tried: Floats
    mix: Floats

    @property
    def shown(self) -> Truths:
        """The therapies that it may put in order."""
        return self.tried >= SMALLEST_CELL

    def places(self, sample: Sample, cases: Ints) -> Places:
        """How it orders the therapies for some cases."""
        return Places.by(np.where(self.shown, self.table.logits(sample.cases[cases]), -np.inf))

    def forecasts(self, attempts: Sample, *, of_all: bool = False) -> Forecasts:
        """What it says of attempts that it didn't learn from.

        Therapies that it hardly knows are left out, unless different trainings are to be judged
        on the same attempts.
        """
        known = attempts if of_all else attempts.where(self.shown[attempts.therapy])
        outlook = known.rows @ (self.table.weights @ self.mix) + self.table.intercept @ self.mix
        return Forecasts(
            case=known.case,
            site=known.site,
            responded=known.responded,
            own=self.table.logits_of(known.rows, known.therapy),
            incumbent=self.incumbent.logits_of(known.rows, known.therapy),
            outlook=outlook,
            left_out=len(attempts) - len(known),
        )


@dataclass(frozen=True)
class _Study:
    """A sample, and the recipe that is trained on parts of it."""

    sample: Sample
    recipe: Recipe
    seed: int

    def of_sites(
        self, names: tuple[str, ...], tell: Callable[[float], None]
    ) -> dict[str, Any] | None:
        """How it does at clinics that it has never seen; None with fewer than two."""
        present = np.unique(self.sample.site)
        if len(present) < 2 or not names:
            return None
        size = np.bincount(self.sample.site, minlength=self.sample.sites)
        by_size = present[np.argsort(-size[present], kind="stable")]
        groups = min(SITE_GROUPS, len(by_size))
        group = np.full(self.sample.sites, -1, np.int32)
        group[by_size] = np.arange(len(by_size)) % groups
        found = []
        for number in range(groups):
            unseen = group[self.sample.site] == number
            learned = self._learned(~unseen)
            if learned is not None:
                found.append(learned.forecasts(self.sample.where(unseen)))
            tell((number + 1) / groups)
        return self._judged(found, sites=len(by_size), groups=groups)

    def of_years(self, year: Ints) -> dict[str, Any] | None:
        """How a version made of the earlier years does on the later ones; None without years."""
        of_attempts = year[self.sample.case]
        dated = of_attempts > 0
        if not dated.any():
            return None
        first = _first_later_year(of_attempts[dated])
        if first is None:
            return None
        learned = self._learned(dated & (of_attempts < first))
        if learned is None:
            return None
        later = self.sample.where(dated & (of_attempts >= first))
        return self._judged([learned.forecasts(later)], first_later_year=first)

    def of_less_data(self, tell: Callable[[float], None]) -> list[dict[str, Any]]:
        """How well it does with a part of the data, always judged on the same cases."""
        outside = held_out(self.sample, share=HELD_OUT, seed=self.seed)
        # Another draw than the one that held cases out, or the small shares would all be held out.
        order = np.random.default_rng([self.seed, 1]).permutation(self.sample.cases.shape[0])
        rank = np.argsort(order)
        inside = np.flatnonzero(~outside)
        curve = []
        for number, share in enumerate(SHARES):
            few = np.zeros(len(self.sample), np.bool_)
            few[inside[rank[self.sample.case[inside]] < share * len(order)]] = True
            learned = self._learned(few)
            if learned is not None:
                forecasts = learned.forecasts(self.sample.where(outside), of_all=True)
                judged = self._judged([forecasts], learned_from=int(few.sum()), share=share)
                curve += [judged] if judged else []
            tell((number + 1) / len(SHARES))
        return curve

    def of_seeds(self, tell: Callable[[float], None]) -> dict[str, Any] | None:
        """How far the order for unseen cases depends on the draw of the folds and the start."""
        outside = held_out(self.sample, share=HELD_OUT, seed=self.seed)
        cases = np.unique(self.sample.case[outside])
        orders, areas = [], []
        for number in range(1 + OTHER_SEEDS):
            learned = self._learned(~outside, seed=self.seed + number)
            if learned is None:
                return None
            orders.append(learned.places(self.sample, cases))
            judged = self._judged([learned.forecasts(self.sample.where(outside))])
            areas += [judged["auc"]["value"]] if judged else []
            tell((number + 1) / (1 + OTHER_SEEDS))
        found = [one for other in orders[1:] if (one := agreement(orders[0], other))]
        if len(found) < OTHER_SEEDS:
            return None
        return {
            "seeds": 1 + OTHER_SEEDS,
            "cases": len(cases),
            "auc": areas,
            **{name: float(np.mean([one[name] for one in found])) for name in found[0]},
        }

    def of_value(self, first_tries: Truths) -> dict[str, Any] | None:
        """What following the version would change, by first attempts as they were logged."""
        if first_tries.sum() < FEWEST_LEARNED_FROM or not _can_learn(
            self.sample, folds=self.recipe.folds
        ):
            return None
        crossed, final = cross_fit(self.sample, self.recipe, seed=self.seed, tell=_nobody)
        assembly = assemble(crossed, final, self.recipe.recommenders, seed=self.seed)
        everyone = rivals(crossed, assembly, self.recipe, tell=lambda _: None)
        return paired_values(crossed, assembly, everyone, first_tries, seed=self.seed)

    def _learned(self, chosen: Truths, *, seed: int | None = None) -> Learned | None:
        """Train on some attempts; None where they are too few."""
        used = self.seed if seed is None else seed
        training = self.sample.where(chosen)
        if not _can_learn(training, folds=self.recipe.folds):
            return None
        crossed, final = cross_fit(training, self.recipe, seed=used, tell=_nobody)
        assembly = assemble(crossed, final, self.recipe.recommenders, seed=used)
        rates = ResponseRate().fit(training, seed=used, progress=lambda _: None)
        return Learned(assembly.table, rates, training.tried, assembly.mix)

    def _judged(self, parts: list[Forecasts], **beside: object) -> dict[str, Any] | None:
        forecasts = Forecasts.together(parts) if parts else None
        if forecasts is None or not forecasts.can_be_judged(FEWEST_JUDGED):
            return None
        return {**beside, **forecasts.judged(seed=self.seed)}


def _some_cases(sample: Sample, *, most: int, seed: int) -> tuple[Sample, Ints]:
    """A sample of no more than so many cases, renumbered, and their numbers before."""
    count = int(sample.cases.shape[0])
    chosen: Ints = np.sort(np.random.default_rng(seed).permutation(count)[:most])
    return sample.of_few(chosen), chosen


def _first_tries(data: TrainingData, chosen: Ints) -> Truths:
    """Which attempts of the chosen cases were their first; later ones depend on what failed."""
    inside = np.zeros(data.cases, np.bool_)
    inside[chosen] = True
    first: Truths = data.attempts.sequence[inside[data.attempts.case]] == 1
    return first


def _first_later_year(years: Ints) -> int | None:
    """The last year that leaves enough attempts from then on, and most of them before it."""
    for year in np.unique(years)[:0:-1].tolist():
        later = float((years >= year).mean())
        if later >= LATER:
            return int(year) if later <= 1 - LATER else None
    return None


def _can_learn(sample: Sample, *, folds: int) -> bool:
    return (
        len(sample) >= FEWEST_LEARNED_FROM
        and len(np.unique(sample.therapy)) >= 2
        and 0 < sample.responded.mean() < 1
        and len(np.unique(sample.case)) >= folds * SMALLEST_CELL
    )


def _nobody(_stage: str, _share: float) -> None:
    """Nobody is told of a single training."""
