"""What studies lead one to expect of therapies' averages, and how own attempts overrule it."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.coding import TherapyKind
from recommender.clinical.evidence import CONTROL, TrialArm
from recommender.clinical.therapy import Therapy
from recommender.ml.average_prior import AveragePrior, average_prior
from recommender.ml.recommenders.response_rate import ResponseRate
from recommender.ml.sample import Sample

CBT, IPT, PILL = range(3)


def prior(effect, precision, *, control=None):
    return AveragePrior(np.array(effect, float), np.array(precision, float), control)


def sample_of(attempts, *, studies=None, therapies=3):
    """Attempts as (therapy, responders, n), all at one site and of cases of their own."""
    therapy = np.concatenate([np.full(n, code) for code, _, n in attempts])
    responded = np.concatenate([np.arange(n) < yes for _, yes, n in attempts]).astype(float)
    count = len(therapy)
    return Sample(
        cases=sp.csr_array((count, 1)),
        traits=sp.csr_array(np.eye(therapies)),
        trait_names=tuple(f"therapy:{place}" for place in range(therapies)),
        case=np.arange(count),
        therapy=therapy,
        responded=responded,
        site=np.zeros(count, int),
        sites=1,
        prior=studies,
    )


def rates(sample):
    return ResponseRate().fit(sample, seed=0, progress=lambda _: None).intercept


def test_without_studies_nothing_changes():
    attempts = [(CBT, 30, 40), (IPT, 10, 40), (PILL, 22, 40)]

    silent = prior([0, 0, 0], [0, 0, 0])

    assert rates(sample_of(attempts, studies=silent)) == pytest.approx(rates(sample_of(attempts)))


def test_two_therapies_known_to_be_alike_are_drawn_together_by_hand():
    alike = prior([1, 1, 0], [4, 4, 0])

    found = alike.drawn_together(np.array([0.6, 0.0, 0.3]), np.array([2.0, 4.0, 5.0]))

    # With the level unknown, studies hold the difference at none with precision 4·4/(4+4) = 2:
    # 2 (a - 0.6) + 2 (a - b) = 0 and 4 b + 2 (b - a) = 0, so a = 0.36 and b = 0.12.
    assert found == pytest.approx([0.36, 0.12, 0.3])


def test_a_control_among_the_therapies_holds_the_level():
    held = prior([1, 0, 0], [4, 0, 0], control=1)

    found = held.drawn_together(np.array([0.6, 0.0, 0.3]), np.array([4.0, 4.0, 5.0]))

    # 4 (a - 0.6) + 4 (a - c) = 0 and 4 c + 4 (c - a) = 0, so a = 0.4 and c = 0.2.
    assert found == pytest.approx([0.4, 0.2, 0.3])


def test_one_therapy_with_studies_and_no_control_says_nothing_here():
    lone = prior([1, 0, 0], [4, 0, 0])
    away = np.array([0.6, -0.2, 0.3])

    assert lone.drawn_together(away, np.ones(3)) == pytest.approx(away)
    assert lone.ahead(np.array([0, 1, 2]), np.zeros(3, int), 1) == pytest.approx([0, 0, 0])


def test_therapies_are_expected_ahead_of_those_known_that_were_given_beside_them():
    ahead = prior([2, 1, 0], [1, 1, 0]).ahead(
        np.array([CBT, CBT, IPT, PILL, CBT]), np.array([0, 0, 0, 0, 1]), 2
    )

    # At the first site the known ones average 5/3: twice a third ahead, once two thirds behind.
    # At the second CBT stood alone, and nothing is known of it against others there.
    assert ahead == pytest.approx([2 / 9, -2 / 3, 0])


def test_studies_carry_where_own_attempts_are_few_and_vanish_where_they_are_many():
    better = prior([1.0, 0.0, 0.0], [50, 50, 0])
    few = [(CBT, 3, 6), (IPT, 3, 6), (PILL, 3, 6)]
    many = [(code, 1000 * yes, 1000 * n) for code, yes, n in few]

    with_few, with_many = (rates(sample_of(one, studies=better)) for one in (few, many))

    assert with_few[CBT] - with_few[IPT] > 0.5
    assert with_many[CBT] - with_many[IPT] == pytest.approx(0, abs=0.05)


def test_an_expectation_is_worth_no_more_attempts_than_its_studies_are_sure_of():
    studies = prior([1.0, 0.0, 0.0], [2.0, 2.0, 0.0])

    worth = studies.doubted(1000.0, np.array([0.5, 0.0, 0.0]), np.array([0.5, 0.5, 0.5]))

    # Half a logit ahead may be off by all of it, 0.25 (the studies' own doubt is 0.5):
    # 1000 / (1 + 1000 * 0.25 * 0.25). Where studies add nothing they take nothing away.
    assert worth == pytest.approx([1000 / 63.5, 1000, 1000])


def test_own_attempts_overrule_studies_that_are_unsure_first():
    attempts = [(CBT, 60, 120), (IPT, 60, 120), (PILL, 60, 120)]

    unsure, sure = (
        rates(sample_of(attempts, studies=prior([2.0, 0.0, 0.0], [known, known, 0])))
        for known in (0.5, 50)
    )

    assert 0 < unsure[CBT] - unsure[IPT] < sure[CBT] - sure[IPT]


def test_studies_that_show_no_difference_draw_luck_together():
    attempts = [(CBT, 9, 10), (IPT, 1, 10), (PILL, 50, 100)]
    alike = prior([1, 1, 0], [5, 5, 0])

    without, drawn = rates(sample_of(attempts)), rates(sample_of(attempts, studies=alike))

    assert 0 < drawn[CBT] - drawn[IPT] < without[CBT] - without[IPT]


@given(
    st.lists(st.floats(-2, 2), min_size=3, max_size=3),
    st.lists(st.floats(0.1, 50), min_size=3, max_size=3),
    st.floats(0.1, 50),
)
def test_the_more_precise_the_studies_the_nearer_together(away, precision, known):
    away, precision = np.array(away), np.array(precision)

    wide, near = (
        prior([1, 1, 0], [factor * known] * 2 + [0]).drawn_together(away, precision)
        for factor in (1, 2)
    )

    assert abs(near[CBT] - near[IPT]) <= abs(wide[CBT] - wide[IPT]) + 1e-9
    assert abs(wide[CBT] - wide[IPT]) <= abs(away[CBT] - away[IPT]) + 1e-9
    assert near[PILL] == pytest.approx(away[PILL])


@given(st.permutations([CBT, IPT, PILL]))
def test_what_is_drawn_together_keeps_its_precision_weighted_level(order):
    """Studies say nothing of the level, so the known ones' own is kept."""
    away, precision = np.array([0.9, -0.4, 0.1])[order], np.array([3.0, 7.0, 2.0])[order]

    found = prior([1, 1, 1], [2, 5, 3]).drawn_together(away, precision)

    assert found @ precision == pytest.approx(away @ precision)


def test_studies_of_other_therapies_are_no_prior_here():
    arms = [
        TrialArm(f"s{n}", code, yes, 40)
        for n in range(2)
        for code, yes in ((CONTROL, 10), ("ect", 30))
    ]
    cbt = Therapy("cbt", "CBT", TherapyKind.PSYCHOTHERAPY)
    ect = Therapy("ect", "ECT", TherapyKind.NEUROMODULATION)

    assert average_prior(arms, [cbt]) is None
    assert average_prior((), [ect]) is None
    found = average_prior(arms, [cbt, ect])
    assert found.precision[0] == 0 < found.precision[1]
