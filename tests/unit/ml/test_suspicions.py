"""What looks as if it came from the study, a site or a therapy is named; the rest is left alone."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.clinical.coding import Concept, FindingKind, ValueType
from recommender.ml.interactions import Attempts, Findings, TrainingData
from recommender.ml.suspicions import suspicions
from tests.learned import THERAPIES

CASES = 400
NUMBER = np.arange(CASES)
DRAW = np.random.default_rng(1)
THERAPY = DRAW.integers(0, 4, CASES)
RESPONDED = DRAW.random(CASES) < 0.4


def data_with(*given, therapy=THERAPY, responded=RESPONDED, row=None):
    """Cases of two clinics in turn; each given is a code and the cases that have it."""
    concepts = tuple(Concept(FindingKind.SYMPTOM, code, code, ValueType.FLAG) for code, _ in given)
    case = np.concatenate([np.asarray(cases) for _, cases in given] or [np.zeros(0)])
    of = [np.full(len(cases), place) for place, (_, cases) in enumerate(given)]
    return TrainingData(
        concepts=concepts,
        therapies=THERAPIES,
        findings=Findings(
            case.astype(np.int32),
            np.concatenate(of or [np.zeros(0)]).astype(np.int32),
            np.full(len(case), np.nan),
            np.full(len(case), -1),
            (),
        ),
        attempts=Attempts(
            NUMBER.astype(np.int32),
            therapy.astype(np.int32),
            responded.astype(float),
            np.ones(CASES, np.int32),
        ),
        site=(NUMBER % 2).astype(np.int32),
        year=np.zeros(CASES, np.int32),
        sites=("north", "south"),
        row=NUMBER if row is None else row,
    )


def found_in(data):
    return {one.check: one.codes for one in suspicions(data, ())}


def test_ordinary_data_raise_no_suspicion():
    some = DRAW.permutation(CASES)[:150]

    assert found_in(data_with(("insomnia", some), ("worry", NUMBER[::3]))) == {}


def test_what_only_one_site_records_is_named():
    assert found_in(data_with(("pain", NUMBER[::2]), ("worry", NUMBER))) == {
        "missing-by-site": ("symptom/pain",)
    }


@pytest.mark.parametrize(
    "other",
    [
        *("Panic_Attack", "panic-attacks", "attack.panic", "attack,_panic"),
        *("panicAttack", "panicattack", "panic_atack", "painc_attack"),
    ],
)
def test_one_thing_spelt_twice_is_named(other):
    data = data_with(("panic_attack", NUMBER[:90]), (other, NUMBER[90:180]))

    assert found_in(data)["spelling"] == (f"symptom/panic_attack = symptom/{other}",)


@pytest.mark.parametrize(
    "pair", [("phq_item_12", "phq_item_13"), ("mania", "manic"), ("a+b", "a+c")]
)
def test_two_things_that_look_alike_are_left_alone(pair):
    data = data_with((pair[0], NUMBER[:90]), (pair[1], NUMBER[90:180]))

    assert "spelling" not in found_in(data)


def test_two_spellings_with_other_outcomes_may_be_two_things():
    responded = np.where(NUMBER < 90, DRAW.random(CASES) < 0.9, DRAW.random(CASES) < 0.2)
    data = data_with(
        ("panic_attack", NUMBER[:90]), ("Panic_Attack", NUMBER[90:180]), responded=responded
    )

    assert "spelling" not in found_in(data)


def test_what_is_found_with_one_therapy_only_may_follow_from_it():
    treated = NUMBER[THERAPY == 2]

    assert found_in(data_with(("dry_mouth", treated)))["one-therapy"] == ("symptom/dry_mouth",)


@pytest.mark.parametrize("code", ["side_effect", "phq9_week12", "mood_after", "follow_up_score"])
def test_a_code_that_speaks_of_afterwards_is_named(code):
    assert found_in(data_with((code, NUMBER[::3])))["afterwards"] == (f"symptom/{code}",)


@pytest.mark.parametrize("code", ["postpartum", "post-traumatic_stress_disorder", "weeks_of_pain"])
def test_a_code_that_only_sounds_like_it_is_left_alone(code):
    assert "afterwards" not in found_in(data_with((code, NUMBER[::3])))


def test_cases_that_follow_the_therapy_are_told():
    therapy = np.sort(THERAPY)

    assert found_in(data_with(therapy=therapy))["row-order"] == ("the file of cases",)
    assert "row-order" not in found_in(data_with(therapy=therapy, row=DRAW.permutation(CASES)))
    assert "row-order" not in found_in(replace(data_with(therapy=therapy), row=np.zeros(0)))


def test_responses_that_follow_the_therapy_are_told_where_cases_are_in_another_order():
    data = data_with()
    by_therapy = np.argsort(np.argsort(THERAPY, kind="stable"))

    sorted_by_it = replace(data, attempts=replace(data.attempts, row=by_therapy))

    assert found_in(sorted_by_it)["row-order"] == ("the file of responses",)
    assert "row-order" not in found_in(data)


def test_later_attempts_with_the_same_therapy_dont_make_an_order():
    """Everybody's therapy is repeated in the row below."""
    data = data_with()
    tried = Attempts(
        np.repeat(data.attempts.case, 2),
        np.repeat(THERAPY, 2),
        np.repeat(data.attempts.response, 2),
        np.tile([1, 2], CASES),
        np.arange(2 * CASES),
    )

    assert "row-order" not in found_in(replace(data, attempts=tried))
