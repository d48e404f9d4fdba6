"""The gates refuse what is harmful or broken, and say by which figure and limit."""

import pytest

from recommender.exceptions import BadInput
from recommender.ml import gates
from recommender.ml.gates import Limits
from tests import learned


def decided(limits=gates.DEFAULT_LIMITS, **changed):
    """The lines on a good evaluation with these parts changed, by code."""
    evaluation = {**learned.outcome().evaluation, **changed}
    return {line.code: line for line in gates.decide(evaluation, limits)}


def paired(**gain):
    kept = learned.outcome().evaluation["paired"]
    return {**kept, "log_loss_gain_over_incumbent": gain}


def a_subgroup(*, cases, upper):
    return [{"name": "x", "cases": cases, "gain": {"value": -1, "lower": -1, "upper": upper}}]


def test_a_good_version_passes_every_gate():
    assert all(line.passed for line in decided().values())


@pytest.mark.parametrize(
    ("gate", "changed"),
    [
        ("not-worse-than-incumbent", {"paired": paired(value=-0.2, lower=-0.3, upper=-0.1)}),
        ("no-subgroup-clearly-worse", {"subgroups": a_subgroup(cases=100, upper=-0.1)}),
        ("no-certain-leak", {"leaks": [{"kind": "symptom", "code": "cured"}]}),
        ("seldom-withheld", {"safety": {"first_withheld": 0.6, "usual_withheld": 0.0}}),
    ],
)
def test_what_is_harmful_or_broken_may_not_go_live(gate, changed):
    lines = decided(**changed)

    assert not lines[gate].passed
    assert not gates.passed(tuple(lines.values()))


@pytest.mark.parametrize(
    ("gate", "changed"),
    [
        ("order-depends-on-case", {"personalised": False}),
        ("calibrated", {"calibration": {"error": 0.2, "chance": 0.0}}),
        ("calibrated", {"calibration": None}),
        ("nothing-suspicious", {"suspicions": [{"check": "spelling", "codes": ["a = A"]}]}),
    ],
)
def test_a_limit_of_a_version_does_not_stop_it(gate, changed):
    lines = decided(**changed)

    assert not lines[gate].passed
    assert gates.passed(tuple(lines.values()))


def test_a_small_subgroup_stops_nothing_and_chance_excuses_an_error():
    lines = decided(
        subgroups=a_subgroup(cases=99, upper=-0.1), calibration={"error": 0.2, "chance": 0.3}
    )

    assert all(line.passed for line in lines.values())


def test_a_pathway_may_ask_for_more():
    limits = Limits.from_json({"subgroup_cases": 50, "first_withheld": 0.1})
    lines = decided(
        limits,
        subgroups=a_subgroup(cases=60, upper=-0.1),
        safety={"first_withheld": 0.2, "usual_withheld": 0.0},
    )

    assert (lines["seldom-withheld"].found, lines["seldom-withheld"].limit) == (0.2, 0.1)
    assert not lines["no-subgroup-clearly-worse"].passed


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"colour": 1}, "gate_limits.colour"),
        ({"first_withheld": "much"}, "gate_limits.first_withheld"),
        ({"first_withheld": True}, "gate_limits.first_withheld"),
        ([], "gate_limits"),
    ],
)
def test_a_wrong_limit_is_refused_by_name(given, field):
    with pytest.raises(BadInput) as refusal:
        Limits.from_json(given)

    assert refusal.value.field == field
