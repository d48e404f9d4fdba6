"""Conditions: what each answers, what stays unknown, and how they are written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.ages import BORDERS
from recommender.clinical.case import Assessment, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.condition_form import read_condition
from recommender.clinical.conditions import (
    AgeAtLeast,
    AgeUnder,
    AllergicTo,
    AllOf,
    AnyOf,
    AnySource,
    AtLeast,
    AtMost,
    ChangeAtLeast,
    ClinicianSays,
    InCategory,
    ItemAtLeast,
    Not,
    Present,
    Proposed,
    StoppedWithin,
    Subject,
    Taking,
    TotalAtLeast,
    TotalAtMost,
    Way,
)
from recommender.clinical.judgement import Verdict
from recommender.clinical.snapshot import Allergy, Course, DaysAgo, Snapshot, assessment
from recommender.clinical.therapy import class_code
from recommender.exceptions import BadInput

SYMPTOM = FindingKind.SYMPTOM
YES, NO, UNKNOWN = Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.NOT_ASSESSED
MAOI = Subject(therapy_class="maoi")
PHENELZINE = frozenset({"maoi"})


def verdict(condition, **known) -> Verdict:
    return condition.judge(Snapshot(**known)).verdict


def sleepless(*values: float | str | None) -> tuple[Finding, ...]:
    return tuple(Finding(SYMPTOM, "insomnia", value) for value in values)


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        (Present(SYMPTOM, "insomnia"), (), UNKNOWN),
        (Present(SYMPTOM, "insomnia"), (0,), NO),
        (Present(SYMPTOM, "insomnia"), (None,), YES),
        (Present(SYMPTOM, "insomnia"), (2,), YES),
        (Present(SYMPTOM, "insomnia"), (0, 2), YES),
        (AtLeast(SYMPTOM, "insomnia", 2), (), UNKNOWN),
        (AtLeast(SYMPTOM, "insomnia", 2), (1,), NO),
        (AtLeast(SYMPTOM, "insomnia", 2), (2,), YES),
        (AtLeast(SYMPTOM, "insomnia", 2), (1, 3), YES),
        (AtLeast(SYMPTOM, "insomnia", 2), (None,), YES),
        (AtLeast(SYMPTOM, "insomnia", 2), ("severe",), YES),
        (AtLeast(SYMPTOM, "insomnia", 2), (float("nan"),), YES),
        (AtMost(SYMPTOM, "insomnia", 2), (), UNKNOWN),
        (AtMost(SYMPTOM, "insomnia", 2), (3,), NO),
        (AtMost(SYMPTOM, "insomnia", 2), (2,), YES),
        (AtMost(SYMPTOM, "insomnia", 2), (None,), YES),
        (InCategory(SYMPTOM, "insomnia", "early"), (), UNKNOWN),
        (InCategory(SYMPTOM, "insomnia", "early"), (None,), UNKNOWN),
        (InCategory(SYMPTOM, "insomnia", "early"), ("late",), NO),
        (InCategory(SYMPTOM, "insomnia", "early"), ("early",), YES),
    ],
)
def test_a_finding_answers_by_its_value_and_an_unrecorded_one_not_at_all(
    condition, values, expected
):
    assert verdict(condition, findings=sleepless(*values)) is expected


def test_a_finding_of_another_kind_is_another_finding():
    trigger = Finding(FindingKind.TRIGGER, "insomnia", 1)

    assert verdict(Present(SYMPTOM, "insomnia"), findings=(trigger,)) is UNKNOWN


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ItemAtLeast("phq9", "9", 1), YES),
        (ItemAtLeast("phq9", "9", 2), NO),
        (ItemAtLeast("phq9", "8", 1), UNKNOWN),
        (ItemAtLeast("epds", "10", 1), UNKNOWN),
        (TotalAtLeast("phq9", 1), UNKNOWN),
    ],
)
def test_the_latest_answers_count_and_earlier_ones_fill_no_gap(condition, expected):
    earlier = assessment("phq9", {str(item): 3 for item in range(1, 10)}, sequence=1)
    latest = assessment("phq9", {"9": 1}, sequence=2)

    assert verdict(condition, assessments=(latest, earlier)) is expected


@pytest.mark.parametrize(
    ("totals", "rise", "fall"),
    [
        ((), UNKNOWN, UNKNOWN),
        ((9,), UNKNOWN, UNKNOWN),
        ((9, None), UNKNOWN, UNKNOWN),
        ((9, 15), YES, NO),
        ((9, 14), NO, NO),
        ((15, 9), NO, YES),
        ((27, 9, 15), YES, NO),
    ],
)
def test_a_change_is_between_the_two_latest_totals(totals, rise, fall):
    sets = tuple(Assessment("phq9", place, total=total) for place, total in enumerate(totals))

    assert verdict(ChangeAtLeast("phq9", 6, Way.RISE), assessments=sets) is rise
    assert verdict(ChangeAtLeast("phq9", 6, Way.FALL), assessments=sets) is fall


@pytest.mark.parametrize(
    ("code", "value", "at_least_65", "under_18"),
    [
        ("age_65_74", None, YES, NO),
        ("age_90p", 1, YES, NO),
        ("age_45_64", None, NO, NO),
        ("age_u12", None, NO, YES),
        ("age_12_17", None, NO, YES),
        ("age_65_74", 0, UNKNOWN, UNKNOWN),
        ("age", 70.0, YES, NO),
        ("age", 17.5, NO, YES),
        ("age", None, UNKNOWN, UNKNOWN),
        ("age", float("inf"), UNKNOWN, UNKNOWN),
        ("smoker", None, UNKNOWN, UNKNOWN),
    ],
)
def test_an_age_is_told_by_its_band_or_its_years(code, value, at_least_65, under_18):
    recorded = (Finding(FindingKind.BACKGROUND, code, value),)

    assert verdict(AgeAtLeast(65), findings=recorded) is at_least_65
    assert verdict(AgeUnder(18), findings=recorded) is under_18


SERTRALINE = Allergy("sertraline", frozenset({"sertraline"}), frozenset({"ssri", "antidepressant"}))


@pytest.mark.parametrize(
    ("subject", "allergies", "expected"),
    [
        (Subject("sertraline"), None, UNKNOWN),
        (Subject("sertraline"), (), NO),
        (Subject("sertraline"), (SERTRALINE,), YES),
        (Subject("escitalopram"), (SERTRALINE,), NO),
        (Subject(therapy_class="ssri"), (SERTRALINE,), YES),
        (Subject(therapy_class="maoi"), (SERTRALINE,), NO),
    ],
)
def test_an_allergy_is_unknown_until_somebody_asked(subject, allergies, expected):
    assert verdict(AllergicTo(subject), allergies=allergies) is expected


@pytest.mark.parametrize(("total", "low"), [(48, YES), (52, NO)])
def test_a_low_total_is_asked_for_where_less_is_worse(total, low):
    assert verdict(TotalAtMost("who5", 50), assessments=(Assessment("who5", total=total),)) is low


@pytest.mark.parametrize(
    ("courses", "complete", "expected"),
    [
        ((), False, UNKNOWN),
        ((), True, NO),
        ((Course("phenelzine", PHENELZINE, in_use=True),), False, YES),
        ((Course("phenelzine", PHENELZINE, in_use=None),), True, UNKNOWN),
        ((Course("phenelzine", PHENELZINE, in_use=False),), True, NO),
        ((Course("phenelzine", PHENELZINE, in_use=False),), False, UNKNOWN),
        ((Course("sertraline", in_use=True),), True, NO),
    ],
)
def test_a_therapy_is_in_use_only_when_recorded_and_out_of_use_only_when_known(
    courses, complete, expected
):
    assert verdict(Taking(MAOI), courses=courses, all_courses_known=complete) is expected


def test_two_records_of_one_therapy_are_one_therapy():
    twice = (Course("phenelzine", PHENELZINE, in_use=True),) * 2
    known = {"courses": twice, "all_courses_known": True}

    assert verdict(Taking(MAOI, 1), **known) is YES
    assert verdict(Taking(MAOI, 2), **known) is NO


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (None, UNKNOWN),
        (DaysAgo(0, 7), YES),
        (DaysAgo(7, 14), YES),
        (DaysAgo(8, 21), UNKNOWN),
        (DaysAgo(14, None), UNKNOWN),
        (DaysAgo(15, None), NO),
    ],
)
def test_time_since_stopping_is_read_from_its_category(ago, expected):
    course = Course("phenelzine", PHENELZINE, in_use=False, stopped=ago)

    found = verdict(StoppedWithin(MAOI, 14), courses=(course,), all_courses_known=True)

    assert found is expected


def test_any_stop_counts_when_no_time_is_asked_for():
    stopped = Course("phenelzine", PHENELZINE, in_use=False)
    continuing = Course("phenelzine", PHENELZINE, in_use=True)
    known = {"all_courses_known": True}

    assert verdict(StoppedWithin(MAOI), courses=(stopped,), **known) is YES
    assert verdict(StoppedWithin(MAOI), courses=(continuing,), **known) is NO


def test_a_proposal_is_unknown_before_there_is_a_list():
    assert verdict(Proposed(MAOI)) is UNKNOWN
    assert verdict(Proposed(MAOI), proposed={}) is NO
    assert verdict(Proposed(MAOI), proposed={"phenelzine": PHENELZINE}) is YES


verdicts = st.sampled_from([YES, NO, UNKNOWN])
RANK = {NO: 0, UNKNOWN: 1, YES: 2}


def saying(answers: list[Verdict]):
    said = {f"q{n}": answer is YES for n, answer in enumerate(answers) if answer is not UNKNOWN}
    asked = tuple(ClinicianSays(f"q{n}") for n in range(len(answers)))
    return asked, Snapshot(said=said)


@given(st.lists(verdicts, min_size=1, max_size=6))
def test_all_is_as_true_as_its_least_true_part_and_any_as_its_truest(answers):
    asked, snapshot = saying(answers)

    assert AllOf(asked).judge(snapshot).verdict is min(answers, key=RANK.get)
    assert AnyOf(asked).judge(snapshot).verdict is max(answers, key=RANK.get)


@given(st.lists(verdicts, min_size=1, max_size=6))
def test_not_all_is_any_not(answers):
    asked, snapshot = saying(answers)

    left = Not(AllOf(asked)).judge(snapshot).verdict
    right = AnyOf(tuple(Not(each) for each in asked)).judge(snapshot).verdict

    assert left is right


@given(st.lists(verdicts, min_size=1, max_size=6))
def test_of_several_sources_only_silence_of_all_is_unknown(answers):
    asked, snapshot = saying(answers)

    known = [answer for answer in answers if answer is not UNKNOWN]
    expected = max(known, key=RANK.get) if known else UNKNOWN

    assert AnySource(asked).judge(snapshot).verdict is expected


@given(st.lists(verdicts, min_size=1, max_size=6))
def test_what_is_not_assessed_says_what_is_missing_and_what_holds_says_why(answers):
    asked, snapshot = saying(answers)

    for combined in (AllOf(asked), AnyOf(asked), AnySource(asked)):
        judged = combined.judge(snapshot)
        assert bool(judged.missing) == (judged.verdict is UNKNOWN)
        assert bool(judged.because) == (judged.verdict is YES)


@given(st.lists(verdicts, min_size=1, max_size=5), st.data())
def test_learning_one_more_answer_never_turns_a_yes_into_a_no(answers, data):
    place = data.draw(st.integers(0, len(answers) - 1))
    asked, before = saying([*answers[:place], UNKNOWN, *answers[place + 1 :]])
    _, after = saying(
        [*answers[:place], data.draw(st.sampled_from([YES, NO])), *answers[place + 1 :]]
    )

    for combined in (AllOf(asked), AnyOf(asked)):
        if (settled := combined.judge(before).verdict) is not UNKNOWN:
            assert combined.judge(after).verdict is settled


codes = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
kinds = st.sampled_from(FindingKind)
numbers = st.one_of(st.integers(0, 300), st.floats(0, 300, allow_nan=False))
class_codes = codes.map(class_code)
subjects = st.one_of(
    st.builds(Subject, therapy=codes), st.builds(Subject, st.just(""), class_codes)
)
leaf_conditions = st.one_of(
    st.builds(Present, kinds, codes),
    st.builds(AtLeast, kinds, codes, numbers),
    st.builds(AtMost, kinds, codes, numbers),
    st.builds(InCategory, kinds, codes, codes),
    st.builds(ItemAtLeast, st.just("phq9"), st.sampled_from("123456789"), st.integers(1, 3)),
    st.builds(TotalAtLeast, st.sampled_from(["phq9", "gad7"]), st.integers(1, 21)),
    st.builds(TotalAtMost, st.just("who5"), st.integers(0, 100)),
    st.builds(ChangeAtLeast, st.just("phq9"), st.integers(1, 27), st.sampled_from(Way)),
    st.builds(Taking, subjects),
    st.builds(Taking, st.builds(Subject, st.just(""), class_codes), st.integers(2, 4)),
    st.builds(StoppedWithin, subjects, st.none() | st.integers(0, 400)),
    st.builds(AllergicTo, subjects),
    st.builds(AgeAtLeast, st.sampled_from(BORDERS)),
    st.builds(AgeUnder, st.sampled_from(BORDERS)),
    st.builds(Proposed, subjects),
    st.builds(ClinicianSays, codes),
)
several = lambda part: st.lists(part, min_size=1, max_size=3).map(tuple)  # noqa: E731
conditions = st.recursive(
    leaf_conditions,
    lambda part: st.one_of(
        st.builds(AllOf, several(part)),
        st.builds(AnyOf, several(part)),
        st.builds(AnySource, several(part)),
        st.builds(Not, part),
    ),
    max_leaves=8,
)


@given(conditions)
def test_a_condition_reads_back_as_it_was_written(condition):
    written = json.loads(json.dumps(condition.as_written()))

    assert read_condition(written) == condition


@given(conditions)
def test_of_nothing_known_no_plain_condition_is_settled(condition):
    judged = condition.judge(Snapshot())

    assert judged.verdict is UNKNOWN
    assert judged.missing


@pytest.mark.parametrize(
    ("form", "place", "remedy"),
    [
        ({}, "condition", "give a table with one of the keys"),
        ({"all": [], "any": []}, "condition", "give a table with one of the keys"),
        ("insomnia", "condition", "give a table with one of the keys"),
        ({"presnt": "symptom:insomnia"}, "condition", "there's no such key"),
        ({"all": []}, "condition.all", "at least one condition"),
        ({"all": [{"any": [{"x": 1}]}]}, "condition.all[1].any[1]", "there's no such key"),
        ({"present": "insomnia"}, "condition.present", "kind:code"),
        ({"present": "symptom:can't sleep"}, "condition.present", "without spaces"),
        ({"at_least": {"finding": "symptom:x"}}, "condition.at_least", "'minimum' is missing"),
        (
            {"at_least": {"finding": "symptom:x", "minimum": True}},
            "condition.at_least.minimum",
            "finite number",
        ),
        (
            {"at_least": {"finding": "symptom:x", "minimum": 1, "maximum": 2}},
            "condition.at_least",
            "only finding, minimum",
        ),
        (
            {"item_at_least": {"instrument": "phq8", "item": "1", "minimum": 1}},
            "condition.item_at_least.instrument",
            "use one of the scales",
        ),
        (
            {"item_at_least": {"instrument": "phq9", "item": "10", "minimum": 1}},
            "condition.item_at_least.item",
            "use one of the items",
        ),
        (
            {"item_at_least": {"instrument": "phq9", "item": "9", "minimum": 4}},
            "condition.item_at_least.minimum",
            "no answer goes above 3",
        ),
        (
            {"total_at_least": {"instrument": "phq9", "minimum": 28}},
            "condition.total_at_least",
            "goes above 27",
        ),
        (
            {"total_at_least": {"instrument": "cssrs", "minimum": 1}},
            "condition.total_at_least",
            "has no total",
        ),
        (
            {"rise_at_least": {"instrument": "mdq", "points": 1}},
            "condition.rise_at_least",
            "isn't for following change",
        ),
        ({"taking": {}}, "condition.taking", "either a therapy or a class"),
        (
            {"taking": {"therapy": "lithium", "count": 2}},
            "condition.taking",
            "one therapy is one",
        ),
        (
            {"stopped": {"class": "maoi", "within_days": -1}},
            "condition.stopped.within_days",
            "whole number",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_place(form, place, remedy):
    with pytest.raises(BadInput, match=remedy) as refusal:
        read_condition(form)

    assert refusal.value.field == place


def test_conditions_are_not_nested_without_end():
    form = {"present": "symptom:insomnia"}
    for _ in range(50):
        form = {"not": form}

    with pytest.raises(BadInput, match="nest at most"):
        read_condition(form)
