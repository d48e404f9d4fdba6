"""The numbers of single scales, worked by hand."""

import pytest

from recommender.clinical.instruments import INSTRUMENTS
from recommender.clinical.instruments.parts import Change
from recommender.clinical.sourcing import Sourced, Verification
from recommender.exceptions import BadInput


@pytest.mark.parametrize(
    ("scale", "before", "after", "change"),
    [
        ("phq9", 18, 12, Change.RELIABLE_IMPROVEMENT),
        ("phq9", 18, 13, Change.NO_RELIABLE_CHANGE),
        ("phq9", 12, 17, Change.NO_RELIABLE_CHANGE),
        ("phq9", 12, 18, Change.RELIABLE_DETERIORATION),
        ("gad7", 12, 8, Change.RELIABLE_IMPROVEMENT),
        ("gad7", 8, 11, Change.NO_RELIABLE_CHANGE),
        ("gad7", 8, 12, Change.RELIABLE_DETERIORATION),
        ("pcl5", 40, 35, Change.RELIABLE_IMPROVEMENT),
        ("epds", 10, 14, Change.RELIABLE_DETERIORATION),
        ("who5", 40, 80, None),
        ("auditc", 12, 0, None),
        ("isi", 28, 0, None),
    ],
)
def test_a_change_is_reliable_from_the_sourced_figure_on(scale, before, after, change):
    assert INSTRUMENTS[scale].change(before, after) == change


@pytest.mark.parametrize(
    ("scale", "before", "after", "improved"),
    [
        ("isi", 20, 11, True),  # a drop of 9, more than 8.4
        ("isi", 20, 12, False),  # 8
        ("ybocs", 20, 13, True),  # 7 of 20 is 35 %
        ("ybocs", 20, 14, False),  # 30 %
        ("ybocs", 0, 0, False),
        ("phq9", 27, 0, None),  # no such figure in the sources
    ],
)
def test_improvement_is_read_from_the_drop(scale, before, after, improved):
    assert INSTRUMENTS[scale].has_improved(before, after) is improved


@pytest.mark.parametrize(
    ("total", "severity"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_the_ends_of_every_band_of_the_phq9(total, severity):
    assert INSTRUMENTS["phq9"].score_total(total).severity == severity


def test_a_well_being_total_is_a_multiple_of_four():
    with pytest.raises(BadInput, match="in steps of 4"):
        INSTRUMENTS["who5"].score_total(50)


@pytest.mark.parametrize(("total", "reached"), [(48, ["screen"]), (52, [])])
def test_low_well_being_is_what_the_screen_counts(total, reached):
    score = INSTRUMENTS["who5"].score_total(total)

    assert [cutoff.name for cutoff in score.reached] == reached


def test_recent_behaviour_without_behaviour_is_a_contradiction():
    with pytest.raises(BadInput, match=r"Item 6a .* is yes and item 6 no"):
        INSTRUMENTS["cssrs"].score([0, 0, 0, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ([1, 0, 0, 0, 0, 0, 0], "low"),
        ([1, 1, 1, 0, 0, 0, 0], "moderate"),
        ([1, 1, 0, 1, 0, 0, 0], "high"),
        ([1, 1, 0, 0, 1, 0, 0], "high"),
        ([1, 1, 1, 1, 1, 1, 0], "high"),
    ],
)
def test_the_gravest_answer_says_the_level_of_risk(answers, level):
    assert INSTRUMENTS["cssrs"].score(answers).severity == level


@pytest.mark.parametrize(("together", "problem"), [(0, 0), (1, 0), (0, 1)])
def test_the_bipolar_screen_needs_all_three_parts(together, problem):
    score = INSTRUMENTS["mdq"].score([1] * 13 + [together, problem])

    assert score.total == 13
    assert score.reached == ()


def test_the_bipolar_screen_cannot_be_read_from_a_total():
    with pytest.raises(BadInput, match="give its answers"):
        INSTRUMENTS["mdq"].score_total(13)


def test_a_scale_without_a_total_refuses_one():
    with pytest.raises(BadInput, match="has no total"):
        INSTRUMENTS["cssrs"].score_total(3)


def test_the_total_of_the_phq9_is_not_the_code_of_its_panel():
    scale = INSTRUMENTS["phq9"]

    assert (scale.loinc_total.value, scale.loinc_panel.value) == ("44261-6", "44249-1")
    assert scale.items[8].loinc.value == "44260-8"


def test_a_code_that_sources_contradict_says_so():
    panel = INSTRUMENTS["epds"].loinc_panel

    assert panel.verification is Verification.UNVERIFIED
    assert "99046-5" in panel.note


def test_a_fact_without_a_source_cannot_call_itself_verified():
    with pytest.raises(ValueError, match="without a source"):
        Sourced(6, "", Verification.VERIFIED)
