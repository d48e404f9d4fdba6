"""What every rating scale promises, whatever it measures."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.instruments import INSTRUMENTS, instrument
from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import Change, Direction
from recommender.clinical.sourcing import Verification
from recommender.exceptions import BadInput, UnknownName

ROOT = Path(__file__).parents[3]
EXAMPLES = tomllib.loads((ROOT / "fixtures/instruments/examples.toml").read_text())["example"]
SCALES = pytest.mark.parametrize("scale", INSTRUMENTS.values(), ids=INSTRUMENTS)
FOLLOWED = [scale for scale in INSTRUMENTS.values() if scale.follows_change]
FOLLOWED_SCALES = pytest.mark.parametrize("scale", FOLLOWED, ids=lambda scale: scale.id)
LOINC = r"\d{4,6}-\d"


def valid_answers(scale: Instrument) -> st.SearchStrategy[list[int]]:
    drawn = st.tuples(*(st.integers(0, item.highest) for item in scale.items)).map(list)
    if scale.id != "cssrs":
        return drawn
    return drawn.filter(lambda answers: answers[5] >= answers[6])


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda each: f"{each['instrument']}: {each['says']}"
)
def test_a_worked_example_comes_to_what_was_worked_by_hand(example):
    score = INSTRUMENTS[example["instrument"]].score(example["answers"])

    assert score.total == example.get("total")
    assert score.severity == example.get("severity")
    assert [cutoff.name for cutoff in score.reached] == example["reached"]
    assert [safety.item for safety in score.raised] == example["raised"]


def test_every_scale_has_a_worked_example():
    assert {example["instrument"] for example in EXAMPLES} == set(INSTRUMENTS)


@SCALES
@given(data=st.data())
def test_every_set_of_valid_answers_has_a_score_inside_the_range(scale, data):
    score = scale.score(data.draw(valid_answers(scale)))

    if scale.total_range is None:
        assert score.total is None
    else:
        lowest, highest = scale.total_range.value
        assert lowest <= score.total <= highest


@SCALES
def test_the_highest_answers_come_to_the_highest_total(scale):
    score = scale.score([item.highest for item in scale.items])

    assert score.total == (None if scale.total_range is None else scale.total_range.value[1])


@SCALES
@given(data=st.data())
def test_every_total_of_a_banded_scale_lies_in_exactly_one_band(scale, data):
    if not scale.bands:
        return
    total = scale.score(data.draw(valid_answers(scale))).total

    bands = [band.value for band in scale.bands]

    assert sum(band.lowest <= total <= band.highest for band in bands) == 1


@SCALES
@given(data=st.data())
def test_answers_by_number_and_in_order_come_to_the_same(scale, data):
    answers = data.draw(valid_answers(scale))
    named = {item.id: answer for item, answer in zip(scale.items, answers, strict=True)}

    assert scale.score(named) == scale.score(answers)


@SCALES
@given(data=st.data())
def test_one_invalid_answer_is_refused_by_its_number_and_never_repeated(scale, data):
    answers = data.draw(valid_answers(scale))
    place = data.draw(st.integers(0, len(answers) - 1))
    item = scale.items[place]
    answers[place] = data.draw(
        st.one_of(
            st.integers(item.highest + 100, 10**9),
            st.integers(-(10**9), -100),
            st.floats(100, 10**6),
            st.booleans(),
            st.none(),
            st.text(alphabet="xyzäß", min_size=5),
        )
    )

    with pytest.raises(BadInput) as refusal:
        scale.score(answers)

    assert refusal.value.field == f"answers.{item.id}"
    assert f"Item {item.id} of {scale.name}" in str(refusal.value)
    assert item.remedy in str(refusal.value)
    assert f"{answers[place]!r}" not in str(refusal.value)


@SCALES
@given(data=st.data())
def test_a_set_of_another_size_is_refused(scale, data):
    right = len(scale.items)
    size = data.draw(st.integers(0, 2 * right).filter(lambda each: each != right))

    with pytest.raises(BadInput, match=f"has {right} answers"):
        scale.score([0] * size)


@SCALES
@given(data=st.data())
def test_a_missing_answer_is_named_and_never_filled_in(scale, data):
    missing = data.draw(st.sampled_from(scale.items))
    answers = {item.id: 0 for item in scale.items if item is not missing}

    with pytest.raises(BadInput, match=rf"Item {missing.id} of .* is missing"):
        scale.score(answers)


@SCALES
def test_an_item_that_the_scale_does_not_have_is_refused(scale):
    with pytest.raises(BadInput, match="has no such item"):
        scale.read_some({"99": 1})


@SCALES
@given(data=st.data())
def test_a_safety_item_is_raised_by_an_incomplete_set_too(scale, data):
    if not scale.safety_items:
        return
    safety = data.draw(st.sampled_from(scale.safety_items)).value

    assert scale.raised_by({safety.item: safety.at_least}) == (safety,)
    assert scale.raised_by({safety.item: safety.at_least - 1}) == ()


@FOLLOWED_SCALES
@given(data=st.data())
def test_a_total_alone_has_the_severity_and_cutoffs_of_its_answers(scale, data):
    score = scale.score(data.draw(valid_answers(scale)))

    alone = scale.score_total(score.total)

    assert (alone.severity, alone.reached) == (score.severity, score.reached)


@FOLLOWED_SCALES
@given(data=st.data())
def test_a_total_out_of_range_is_refused(scale, data):
    lowest, highest = scale.total_range.value
    total = data.draw(st.one_of(st.integers(max_value=lowest - 1), st.integers(highest + 1)))

    with pytest.raises(BadInput, match=f"from {lowest} to {highest}"):
        scale.score_total(total)


@FOLLOWED_SCALES
@given(data=st.data())
def test_improvement_one_way_is_deterioration_the_other_way(scale, data):
    before = scale.score(data.draw(valid_answers(scale))).total
    after = scale.score(data.draw(valid_answers(scale))).total
    mirrored = {
        None: None,
        Change.NO_RELIABLE_CHANGE: Change.NO_RELIABLE_CHANGE,
        Change.RELIABLE_IMPROVEMENT: Change.RELIABLE_DETERIORATION,
        Change.RELIABLE_DETERIORATION: Change.RELIABLE_IMPROVEMENT,
    }

    assert scale.change(after, before) == mirrored[scale.change(before, after)]


@FOLLOWED_SCALES
def test_no_figure_for_reliable_change_means_no_verdict_on_change(scale):
    lowest, highest = scale.total_range.value

    assert (scale.change(highest, lowest) is None) == (scale.reliable_change is None)


@pytest.mark.parametrize("scale", [INSTRUMENTS["mdq"], INSTRUMENTS["cssrs"]], ids=lambda s: s.id)
def test_a_screen_is_refused_for_following_change(scale):
    assert scale.direction in {Direction.SCREEN_ONLY, Direction.RISK_FLAG}
    with pytest.raises(BadInput, match="isn't a scale for following change"):
        scale.change(0, 0)


@SCALES
def test_every_fact_names_its_source_or_says_unverified(scale):
    for name, fact in scale.facts():
        assert fact.source or fact.verification is Verification.UNVERIFIED, name


@SCALES
def test_every_code_is_spelt_like_one(scale):
    codes = [fact for name, fact in scale.facts() if "loinc" in name or "code of" in name]

    for code in codes:
        assert re.fullmatch(LOINC, code.value)


def test_no_two_scales_share_a_code():
    codes = [
        fact.value
        for scale in INSTRUMENTS.values()
        for name, fact in scale.facts()
        if "loinc" in name or "code of" in name
    ]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("spelling", ["PHQ-9", "phq9", "PHQ 9", "phq_9"])
def test_a_scale_is_found_however_its_name_is_spelt(spelling):
    assert instrument(spelling) is INSTRUMENTS["phq9"]


def test_an_unknown_scale_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownName, match="phq9, gad7"):
        instrument("hamd")


def test_the_manual_names_every_scale_with_its_total_code():
    page = (ROOT / "docs/instruments.md").read_text()

    for scale in INSTRUMENTS.values():
        assert f"`{scale.id}`" in page
        if scale.loinc_total is not None:
            assert scale.loinc_total.value in page
