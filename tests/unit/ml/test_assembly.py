"""How much of an order that depends on the case is served."""

import numpy as np
import pytest

from recommender.ml.assembly import assemble
from recommender.ml.bootstrap import NOTICEABLE
from recommender.ml.crossfit import CrossFit, cross_fit
from recommender.ml.recipes import RECIPES
from recommender.ml.stacking import Seen, fit_head, fit_outlook
from recommender.ml.table import Parts, Table
from tests.unit.ml.made_up import a_sample

RECIPE = RECIPES["finding-response-rate"]


def helps_every_other(findings, therapy, effect):
    """The first finding helps with therapies of odd number and hinders with the others."""
    return effect * (2 * findings[:, 0] - 1) * (therapy % 2 * 2 - 1)


def assembled(*, effect, cases, seed):
    sample = a_sample(lambda *world: helps_every_other(*world, effect), cases=cases, seed=seed)
    crossed, final = cross_fit(sample, RECIPE, seed=1, tell=lambda *_: None)
    whole = fit_head(crossed.seen, with_fit=True)
    return assemble(crossed, final, RECIPE.recommenders, seed=1), whole


def depends_on_the_case(table):
    return bool(np.ptp(table.weights, axis=1).max() > 1e-9)


def test_a_fit_that_is_plain_is_served_whole():
    served, whole = assembled(effect=0.8, cases=2_000, seed=1)

    assert served.personalised
    assert served.gain_from_fit.lower > NOTICEABLE
    assert max(served.head.fit) == pytest.approx(max(whole.fit), rel=0.2)
    assert depends_on_the_case(served.table)


def test_of_a_fit_that_is_only_just_seen_half_is_served():
    """One that is twice its chance error: the whole may be too bold, half of it isn't."""
    fit = np.random.default_rng(5).normal(size=3_000)
    sample = a_sample(lambda *_: 0.1 * fit, cases=len(fit))
    nothing = np.zeros((len(fit), 1))
    seen = Seen(
        nothing, nothing, nothing, fit[:, None], sample.responded, sample.site, sample.sites
    )
    empty = Table.same_for_all(np.zeros(sample.therapies), sample.cases.shape[1])
    parts = (Parts(empty, empty, empty),)
    crossed = CrossFit(sample, np.arange(len(fit)) % 5, (parts,) * 5, seen)

    served = assemble(crossed, parts, ("one",), seed=1)

    (whole,) = fit_head(seen, with_fit=True).fit
    assert served.personalised
    assert served.gain_from_fit.lower > NOTICEABLE
    assert served.head.fit == pytest.approx((0.5 * whole,))


def test_where_no_finding_matters_everybody_gets_the_same_order():
    served, _ = assembled(effect=0.0, cases=2_000, seed=1)

    assert not served.personalised
    assert served.gain_from_fit.lower <= NOTICEABLE
    assert not depends_on_the_case(served.table)


def test_of_an_outlook_that_is_only_half_borne_out_half_is_served():
    """Four folds' recommenders are right and one has it the wrong way round."""
    sample = a_sample(lambda findings, _: 2 * findings[:, 0] - 1)
    fold = np.arange(len(sample)) % 5
    parts = tuple((outlook_of(sample, -0.7 if number == 0 else 1.0),) for number in range(5))
    tells = np.where(fold == 0, -0.7, 1.0) * sample.cases[:, [0]].toarray().ravel()
    nothing = np.zeros((len(fold), 1))
    seen = Seen(
        *(tells[:, None], tells[:, None], nothing, nothing),
        *(sample.responded, sample.site, sample.sites),
    )

    served = assemble(CrossFit(sample, fold, parts, seen), parts[1], ("one",), seed=1)

    _, whole = fit_outlook(seen.outlook, np.zeros(len(fold)), sample.responded)
    assert served.table.weights[0] == pytest.approx(0.5 * whole[0], rel=0.05)


def outlook_of(sample, weight):
    """A recommender for whom the first finding says how a case does on anything."""
    empty = Table.same_for_all(np.zeros(sample.therapies), sample.cases.shape[1])
    weights = np.zeros_like(empty.weights)
    weights[0] = weight
    return Parts(Table(empty.intercept, weights), empty, empty)
