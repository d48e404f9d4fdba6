"""Published studies: pooled inside each study, discounted, and no difference that none shows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.evidence import CONTROL, TrialArm
from recommender.ml.evidence import pool


def arm(study, therapy, responders, n, *, high=False, **more):
    return TrialArm(study, therapy, responders, n, high_risk_of_bias=high, **more)


def trial(study, *, control, high=False, **therapies):
    """A study's arms, each given as (responders, n)."""
    given = {CONTROL: control, **therapies}
    return [arm(study, code, *counts, high=high) for code, counts in given.items()]


def of(pooled, code):
    return next(each for each in pooled.therapies if each.code == code)


# Odds of 30:10 against 20:20 are three to one, 20:20 against 20:20 one to one.
FIRST = trial("first", control=(20, 40), cbt=(30, 40))
SECOND = trial("second", control=(20, 40), cbt=(20, 40))
V_FIRST, V_SECOND = 1 / 30 + 1 / 10 + 1 / 20 + 1 / 20, 4 / 20
"""Variances of the two log odds ratios, 0.2333 and 0.2."""


def test_two_studies_pool_as_by_hand():
    pooled = pool(FIRST + SECOND)

    # Paule and Mandel with two studies: tau² is half of what (log 3)² exceeds both variances by,
    # (1.2069 - 0.2333 - 0.2) / 2 = 0.3868.
    tau2 = (np.log(3) ** 2 - V_FIRST - V_SECOND) / 2
    first, second = 1 / (V_FIRST + tau2), 1 / (V_SECOND + tau2)
    assert pooled.tau2 == pytest.approx(tau2, abs=1e-4)
    cbt = of(pooled, "cbt")
    assert cbt.alone.value == pytest.approx(np.log(3) * first / (first + second), abs=1e-4)
    assert cbt.alone.variance == pytest.approx(1 / (first + second), abs=1e-4)
    assert (cbt.evidence.studies, cbt.evidence.people) == (2, 160)
    assert (pooled.studies, pooled.left_out) == (2, 0)


def test_a_study_not_at_low_risk_of_bias_counts_half():
    pooled = pool(FIRST + trial("second", control=(20, 40), cbt=(20, 40), high=True))

    tau2 = (np.log(3) ** 2 - V_FIRST - V_SECOND) / 2
    first, second = 1 / (V_FIRST + tau2), 0.5 / (V_SECOND + tau2)
    assert of(pooled, "cbt").alone.value == pytest.approx(
        np.log(3) * first / (first + second), abs=1e-4
    )
    assert of(pooled, "cbt").evidence.not_low_risk == 1


def test_a_study_that_does_not_say_is_not_at_low_risk():
    unsaid, high = (
        of(pool(FIRST + trial("second", control=(9, 40), cbt=(20, 40), high=risk)), "cbt")
        for risk in (None, True)
    )

    assert unsaid == high


def test_two_arms_of_one_therapy_are_one_and_a_control_is_shared_out():
    apart = [*trial("one", control=(20, 40), cbt=(10, 20), ipt=(12, 40)), arm("one", "cbt", 20, 20)]

    pooled = pool(apart)

    # 30 of 40 against half of the control, 10 of 20.
    assert of(pooled, "cbt").alone.value == pytest.approx(np.log(3))
    assert of(pooled, "cbt").alone.variance == pytest.approx(1 / 30 + 1 / 10 + 2 / 10)


def test_a_study_without_control_or_without_any_response_says_nothing():
    silent = trial("none", control=(0, 9), cbt=(0, 9))
    lone = [arm("lone", "cbt", 9, 10)]

    pooled = pool(FIRST + silent + lone)

    assert (pooled.studies, pooled.left_out) == (1, 2)
    assert pool(silent + lone) is None
    assert pool([]) is None


def test_one_study_of_each_therapy_cannot_say_how_far_a_clinic_is_from_it():
    pooled = pool(FIRST)

    assert pooled.tau2 is None
    assert pooled.precisions == {"cbt": 0}


def test_a_study_that_two_data_sets_bring_counts_once():
    again = [TrialArm("first", each.therapy, 40, 40, source="another") for each in FIRST]

    assert pool(FIRST + again) == pool(FIRST)


def test_the_same_study_of_two_conditions_is_two():
    arms = [
        arm("one", code, *counts, condition=condition)
        for condition in ("depression", "panic")
        for code, counts in ((CONTROL, (20, 40)), ("cbt", (30, 40)))
    ]

    assert of(pool(arms), "cbt").evidence.conditions == ("depression", "panic")
    assert pool(arms).studies == 2


def test_therapies_that_never_met_are_not_set_apart_however_far_their_studies_are():
    """What parts them may be who was taken in, or what the control was."""
    arms = [
        each
        for number in range(6)
        for each in (
            *trial(f"cbt-{number}", control=(10, 100), cbt=(70, 100)),
            *trial(f"ipt-{number}", control=(10, 100), ipt=(20, 100)),
        )
    ]

    pooled = pool(arms)

    cbt, ipt = of(pooled, "cbt"), of(pooled, "ipt")
    assert cbt.alone.value > ipt.alone.value + 1
    assert cbt.used == ipt.used
    assert pooled.differences.meetings == 0
    assert not cbt.evidence.differs
    assert "no study here shows that they differ" in cbt.evidence.text


def met(number, *, cbt, ipt):
    return trial(f"met-{number}", control=(20, 100), cbt=cbt, ipt=ipt)


def test_therapies_that_met_differ_as_far_as_beyond_chance():
    far = pool([each for n in range(6) for each in met(n, cbt=(70, 100), ipt=(35, 100))])
    near = pool([each for n in range(6) for each in met(n, cbt=(47, 100), ipt=(44, 100))])

    assert far.differences.lower > 0
    assert of(far, "cbt").used.value > of(far, "ipt").used.value
    # Shrunk: nearer to each other than what the studies counted.
    counted = np.log((70.5 / 30.5) / (35.5 / 65.5))
    assert 0 < of(far, "cbt").used.value - of(far, "ipt").used.value < counted
    assert near.differences.between == 0
    assert of(near, "cbt").used == of(near, "ipt").used


def test_what_studies_leave_open_between_therapies_takes_weight_away():
    """That no study set them apart is no sign that they are alike, if none could."""
    alike, apart = (
        pool(
            [
                each
                for n in range(6)
                for each in (
                    *trial(f"cbt-{n}", control=(30, 100), cbt=(60, 100)),
                    *trial(f"ipt-{n}", control=(30, 100), ipt=(ipt, 100)),
                )
            ]
        )
        for ipt in (60, 35)
    )
    compared = pool([each for n in range(6) for each in met(n, cbt=(60, 100), ipt=(60, 100))])

    assert alike.doubt == (0, 0)
    assert apart.precisions["cbt"] < alike.precisions["cbt"] / 10
    assert compared.precisions["cbt"] > 10 * apart.precisions["cbt"]


counts = st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
studies = st.lists(
    st.fixed_dictionaries(
        {"control": counts}, optional={"cbt": counts, "ipt": counts, "act": counts}
    ),
    min_size=1,
    max_size=8,
)


@given(studies, st.data())
def test_the_discount_only_ever_takes_precision_away(drawn, data):
    arms = [each for n, given in enumerate(drawn) for each in trial(f"s{n}", **given)]
    doubted = data.draw(st.integers(0, len(drawn) - 1))
    less = [
        TrialArm(
            each.study,
            each.therapy,
            each.responders,
            each.n,
            high_risk_of_bias=each.study == f"s{doubted}",
        )
        for each in arms
    ]

    before, after = pool(arms), pool(less)

    assert (before is None) == (after is None)
    if before is None:
        return
    for one, other in zip(before.therapies, after.therapies, strict=True):
        assert other.alone.variance >= one.alone.variance * (1 - 1e-9)


@given(studies)
def test_no_therapy_is_set_apart_unless_some_met(drawn):
    arms = [each for n, given in enumerate(drawn) for each in trial(f"s{n}", **given)]
    pooled = pool(arms)
    if pooled is None:
        return

    together = all(len(set(given) - {"control"}) < 2 for given in drawn)
    used = {each.used.value for each in pooled.therapies}
    assert len(used) == 1 or not together
    for each in pooled.therapies:
        assert np.isfinite([each.alone.value, each.alone.variance]).all()
        assert each.evidence.people > 0


@given(studies, st.randoms())
def test_the_order_of_the_arms_does_not_matter(drawn, random):
    arms = [each for n, given in enumerate(drawn) for each in trial(f"s{n}", **given)]
    mixed = random.sample(arms, len(arms))

    one, other = pool(arms), pool(mixed)

    assert (one is None) == (other is None)
    if one is None:
        return
    assert one.studies == other.studies
    for mine, yours in zip(one.therapies, other.therapies, strict=True):
        assert mine.code == yours.code
        assert mine.alone.value == pytest.approx(yours.alone.value, abs=1e-4)
        assert mine.used.value == pytest.approx(yours.used.value, abs=1e-3)
