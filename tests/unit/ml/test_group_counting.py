"""What is said of groups: near what was counted, and as sure as the data allow."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.ml.group_counting import Asked, count_groups
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import logistic

THERAPIES = 6


def a_sample(cases, chance, *, seed):
    """One attempt a case, therapies in turn, and what came with this chance."""
    draw = np.random.default_rng(seed)
    number = np.arange(cases, dtype=np.int32)
    return Sample(
        cases=sp.csr_array((cases, 1)),
        traits=sp.csr_array(np.eye(THERAPIES)),
        trait_names=tuple(f"therapy:{one}" for one in range(THERAPIES)),
        case=number,
        therapy=number % THERAPIES,
        responded=(draw.random(cases) < chance).astype(float),
        site=np.zeros(cases, np.int32),
        sites=1,
    )


def a_draw(cases, *, seed):
    """The score and the true chance of attempts; of a therapy's surplus the score knows as much
    as so many other cases tell, drawn to nothing as a recommender that shrinks does."""
    draw = np.random.default_rng([seed, 1])
    logits = draw.normal(-0.2, 0.5, cases)
    surplus = draw.normal(0, 0.4, THERAPIES)
    had = cases / THERAPIES
    found = surplus + draw.normal(0, 1, THERAPIES) / np.sqrt(had / 4)
    known = found * had / (had + 4 / 0.4**2)
    therapy = np.arange(cases) % THERAPIES
    return logits + known[therapy], logistic(logits + surplus[therapy])


@pytest.mark.parametrize("cases", [150, 600, 6_000])
def test_at_least_nine_in_ten_intervals_hold_the_true_rate(cases):
    held = said = 0
    for seed in range(40):
        score, chance = a_draw(cases, seed=seed)
        groups = count_groups(a_sample(cases, chance, seed=seed), score)
        therapy = np.arange(cases) % THERAPIES
        number = groups.of_many(therapy, score)
        n = np.bincount(number, minlength=len(groups.cases))
        rate = np.bincount(number, chance, len(groups.cases)) / n
        inside = (groups.lower <= rate) & (rate <= groups.upper)
        held, said = held + (inside * n).sum(), said + n.sum()

    assert held / said > 0.88


def test_rates_that_happen_to_agree_promise_no_precision():
    """Twenty cases of each therapy, half of whom responded: all rates are alike by luck."""
    sample = a_sample(120, 0.0, seed=1)
    alike = Sample(**{**vars(sample), "responded": (np.arange(120) // THERAPIES % 2).astype(float)})

    groups = count_groups(alike, np.zeros(120))

    assert (groups.upper - groups.lower).min() > 0.15


def test_more_cases_make_narrower_intervals():
    widths = []
    for cases in (300, 3_000, 30_000):
        score, chance = a_draw(cases, seed=1)
        groups = count_groups(a_sample(cases, chance, seed=1), score)
        widths.append((groups.upper - groups.lower).mean())

    assert widths[0] > widths[1] > widths[2]
    assert widths[2] < 0.08


def test_what_is_said_lies_between_what_was_expected_and_what_was_counted():
    score, chance = a_draw(600, seed=2)
    groups = count_groups(a_sample(600, chance, seed=2), score)
    counted = groups.responders / groups.cases

    assert (groups.lower < groups.probability).all()
    assert (groups.probability < groups.upper).all()
    assert np.abs(groups.probability - counted).max() < 0.6
    assert np.corrcoef(groups.probability, counted)[0, 1] > 0.3


def test_a_group_speaks_of_all_who_score_alike_not_of_the_luckier_ones_who_had_it():
    """One group of a rare therapy, given to those with the better outlook."""
    draw = np.random.default_rng(3)
    everyone = draw.normal(0, 1, 3_000)
    had = np.sort(draw.choice(everyone[everyone > 0.5], 9))
    sample = a_sample(9, logistic(had), seed=3)
    rare = Sample(**{**vars(sample), "therapy": np.zeros(9, np.int32)})
    scores = np.tile(everyone[:, None], THERAPIES)

    of_those_who_had_it = count_groups(rare, had)
    of_all = count_groups(rare, had, asked=Asked(scores, scores))

    assert len(of_all.cases) == 1
    assert of_all.probability[0] == pytest.approx(logistic(everyone).mean(), abs=0.05)
    assert of_those_who_had_it.probability[0] > of_all.probability[0] + 0.1
    assert of_all.responders[0] == of_those_who_had_it.responders[0]
    assert of_all.lower[0] < of_all.probability[0] < of_all.upper[0]
