"""What the red flags promise, in sentences a clinician can check against the worked cases."""

import csv
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, TherapyKind
from recommender.clinical.conditions import (
    AtLeast,
    AtMost,
    Present,
    StoppedWithin,
    Taking,
    leaves,
)
from recommender.clinical.judgement import Verdict
from recommender.clinical.red_flags import (
    EffectKind,
    Panel,
    Urgency,
    evaluate,
    fired,
    fired_as_given,
    is_urgent,
    list_effect,
    not_assessed,
    not_assessed_as_given,
    read_red_flags,
    stops,
)
from recommender.clinical.snapshot import Course, Snapshot, assessment, snapshot_of
from recommender.clinical.therapy import Therapy

FIXTURES = Path(__file__).parents[2] / "fixtures"
TEXT = (FIXTURES / "red_flags/red_flags.toml").read_text(encoding="utf-8")
FLAGS = read_red_flags(TEXT)
BY_CODE = {flag.code: flag for flag in FLAGS}
EXAMPLES = [(flag, example) for flag in FLAGS for example in flag.examples]

SERTRALINE = Therapy(
    "sertraline", "Sertraline", TherapyKind.MEDICATION, "ssri", ("antidepressant", "serotonergic")
)
CBT = Therapy("cbt", "CBT", TherapyKind.PSYCHOTHERAPY, "cbt-family")
ITEM_NINE_ANSWERED = Snapshot(assessments=(assessment("phq9", {"9": 2}),))


def symptom(code: str, value: float | None = None) -> Finding:
    return Finding(FindingKind.SYMPTOM, code, value)


def column(file: str, name: str) -> set[str]:
    with (FIXTURES / file).open(encoding="utf-8", newline="") as lines:
        return {row[name] for row in csv.DictReader(lines)}


@pytest.mark.parametrize(
    ("flag", "example"),
    EXAMPLES,
    ids=[
        f"{flag.code} {'fires' if example.fires else 'stays down'}: {example.says}"
        for flag, example in EXAMPLES
    ],
)
def test_a_red_flag_does_what_its_own_example_says(flag, example):
    (result,) = evaluate([flag], example.snapshot)

    assert result.verdict is (Verdict.HOLDS if example.fires else Verdict.DOES_NOT_HOLD)


PANEL = Panel(FLAGS)


@pytest.mark.parametrize("example", [each for _, each in EXAMPLES], ids=lambda each: each.says)
def test_asking_only_the_flags_concerned_answers_what_asking_all_would(example):
    assert PANEL.evaluate(example.snapshot) == evaluate(FLAGS, example.snapshot)


LOOKED_AT = sorted(
    {
        (leaf.kind, leaf.code)
        for flag in FLAGS
        for leaf in leaves(flag.condition)
        if isinstance(leaf, Present | AtLeast | AtMost)
    }
)
anything_recorded = st.builds(
    lambda found, value: Finding(*found, value),
    st.sampled_from([*LOOKED_AT, (FindingKind.BACKGROUND, "age_65_74")]),
    st.sampled_from([None, 0.0, 1.0, 3.0, 40.0, float("inf"), "yes"]),
)
anything_taken = st.builds(
    Course,
    st.sampled_from(["sertraline", "lithium", "cbt"]),
    st.sampled_from([frozenset(), frozenset({"ssri", "antidepressant"}), frozenset({"maoi"})]),
    st.sampled_from([None, True, False]),
)


@given(
    snapshot=st.builds(
        Snapshot,
        findings=st.lists(anything_recorded, max_size=12).map(tuple),
        courses=st.lists(anything_taken, max_size=3).map(tuple),
        all_courses_known=st.booleans(),
    )
)
def test_whatever_is_recorded_the_flags_concerned_answer_for_all(snapshot):
    assert PANEL.evaluate(snapshot) == evaluate(FLAGS, snapshot)


def test_there_are_thirty_five_red_flags():
    assert [flag.id for flag in FLAGS] == [f"RF{number:02}" for number in range(1, 36)]


def test_of_a_case_that_nothing_is_known_of_no_red_flag_is_taken_for_absent():
    results = evaluate(FLAGS, Snapshot())

    assert len(not_assessed(results)) == len(FLAGS)
    assert all(result.missing for result in results)


def test_thoughts_of_suicide_on_the_phq9_hold_the_list_and_say_the_answer():
    results = evaluate(FLAGS, ITEM_NINE_ANSWERED)

    (flag,) = fired_as_given(results, protocol="https://clinic.example/suicide-risk")

    assert flag["code"] == "suicidal_thoughts_phq9"
    assert flag["message"].startswith("Item 9 answered 2. Do a structured suicide-risk assessment")
    assert flag["action"] == "hold_list"
    assert flag["because"] == [{"kind": "instrument", "code": "phq9:9"}]
    assert flag["source"].endswith("unverified")
    assert flag["verification"] == "unverified"
    assert flag["protocol"] == "https://clinic.example/suicide-risk"
    assert is_urgent(results)


def test_thoughts_of_suicide_recorded_as_a_finding_hold_the_list_too():
    results = evaluate(FLAGS, Snapshot(findings=(symptom("suicidal_ideation"),)))

    (flag,) = fired_as_given(results)

    assert flag["message"].startswith("Thoughts of death or suicide are recorded.")
    assert flag["because"] == [{"kind": "symptom", "code": "suicidal_ideation"}]
    assert list_effect(results) is EffectKind.HOLD_LIST


def test_a_finding_recorded_as_absent_raises_nothing():
    results = evaluate(FLAGS, Snapshot(findings=(symptom("suicidal_ideation", 0),)))

    assert fired(results) == ()


def test_acknowledging_releases_a_held_list_but_keeps_the_banner():
    results = evaluate(FLAGS, ITEM_NINE_ANSWERED)

    acknowledged = list_effect(results, acknowledged={"suicidal_thoughts_phq9"})

    assert list_effect(results) is EffectKind.HOLD_LIST
    assert acknowledged is EffectKind.SHOW_BANNER


def test_acknowledging_never_releases_a_blocked_list():
    answers = {"1": 1, "2": 1, "3": 1, "4": 1, "5": 0, "6": 0, "6a": 0}
    results = evaluate(FLAGS, Snapshot(assessments=(assessment("cssrs", answers),)))

    every_code = {result.flag.code for result in results}

    assert list_effect(results) is EffectKind.BLOCK_LIST
    assert list_effect(results, acknowledged=every_code) is EffectKind.BLOCK_LIST


@pytest.mark.parametrize("answers", [{"6": 1}, {"6": 1, "6a": 0}, {"3": 0, "6": 1}])
def test_suicidal_behaviour_holds_the_list_whenever_it_was(answers):
    results = evaluate(FLAGS, Snapshot(assessments=(assessment("cssrs", answers),)))

    assert list_effect(results) is EffectKind.HOLD_LIST


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (Finding(FindingKind.BACKGROUND, "age_75_89", 1), Verdict.HOLDS),
        (Finding(FindingKind.BACKGROUND, "age", 65), Verdict.HOLDS),
        (Finding(FindingKind.BACKGROUND, "age", 64), Verdict.DOES_NOT_HOLD),
        (Finding(FindingKind.BACKGROUND, "age_45_64", 1), Verdict.DOES_NOT_HOLD),
    ],
)
def test_delirium_goes_by_the_age_however_it_is_recorded(age, verdict):
    case = Snapshot(findings=(age,), said={"acute_confusion_fluctuating": True})

    (delirium,) = evaluate([BY_CODE["delirium"]], case)

    assert delirium.verdict is verdict


@pytest.mark.parametrize("code", ["low_bmi_eating_disorder", "alcohol_withdrawal"])
def test_what_blocks_bupropion_blocks_the_combination_with_it(code):
    blocked = {effect.name for effect in BY_CODE[code].effects}

    assert {"bupropion", "dextromethorphan_bupropion"} <= blocked


def test_the_most_urgent_flag_stands_first():
    answers = {"1": 1, "2": 1, "3": 1, "4": 1, "5": 0, "6": 0, "6a": 0}
    snapshot = Snapshot(
        findings=(symptom("self_harm", 2),), assessments=(assessment("cssrs", answers),)
    )

    up = [result.flag.code for result in fired(evaluate(FLAGS, snapshot))]

    assert up == ["cssrs_intent_plan", "cssrs_method", "self_harm_recent"]


def test_the_order_of_the_file_does_not_matter():
    snapshot = Snapshot(findings=(symptom("self_harm", 2), symptom("delusions", 1)))

    forwards = [result.flag.code for result in evaluate(FLAGS, snapshot)]
    backwards = [result.flag.code for result in evaluate(FLAGS[::-1], snapshot)]

    assert forwards == backwards


def test_mania_on_an_antidepressant_keeps_antidepressants_off_the_list():
    results = evaluate(FLAGS, BY_CODE["mania_on_antidepressant"].examples[0].snapshot)

    (stop,) = stops(results, SERTRALINE)

    assert stop.flag.code == "mania_on_antidepressant"
    assert stops(results, CBT) == ()


def test_an_antidepressant_whose_end_is_not_recorded_may_still_be_in_use():
    case = Case(findings=(symptom("elevated_mood", 2),), tried=(TriedTherapy("sertraline"),))
    snapshot = snapshot_of(case, therapies={"sertraline": SERTRALINE})

    (result,) = evaluate([BY_CODE["mania_on_antidepressant"]], snapshot)

    assert result.verdict is Verdict.NOT_ASSESSED
    assert [(each.kind, each.code) for each in result.missing] == [
        ("therapy", "sertraline"),
        ("class", "antidepressant"),
    ]


def test_what_a_clinician_could_answer_is_asked_in_words():
    snapshot = BY_CODE["clozapine_bowel"].examples[0].snapshot
    on_clozapine = Snapshot(courses=snapshot.courses)

    (unknown,) = not_assessed_as_given(evaluate([BY_CODE["clozapine_bowel"]], on_clozapine))

    assert unknown["missing"] == [{"kind": "clinician", "code": "bowel_signs"}]
    assert unknown["questions"] == [
        {
            "code": "bowel_signs",
            "question": "Is there constipation with pain, or no stool for 3 days?",
        }
    ]


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.code)
def test_a_red_flag_names_its_source_and_speaks_to_clinicians_only(flag):
    assert flag.source
    assert flag.verification in flag.source or flag.verification != "unverified"
    assert flag.audience == "clinician only; never shown to the patient"


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.code)
def test_an_urgent_flag_has_to_be_acknowledged(flag):
    urgent = flag.urgency in {Urgency.EMERGENCY, Urgency.URGENT_SAME_DAY}

    assert flag.acknowledge == urgent


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.code)
def test_a_condition_speaks_of_findings_and_therapies_that_the_catalogue_has(flag):
    findings = {
        FindingKind.SYMPTOM: column("vocabulary/symptoms.csv", "code"),
        FindingKind.TRIGGER: column("vocabulary/triggers.csv", "code"),
        FindingKind.BACKGROUND: column("vocabulary/background.csv", "code"),
    }
    therapies = column("therapies/therapies.csv", "code")
    classes = column("therapies/classes.csv", "class")

    for leaf in leaves(flag.condition):
        if isinstance(leaf, Present):
            assert leaf.code in findings[leaf.kind]
        if isinstance(leaf, Taking | StoppedWithin):
            assert leaf.subject.therapy in therapies | {""}
            assert leaf.subject.therapy_class in classes | {""}
    for effect in flag.effects:
        named = {EffectKind.BLOCK_CLASS: classes, EffectKind.BLOCK_THERAPY: therapies}
        assert effect.name in named.get(effect.kind, {""})


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.code)
def test_an_example_gives_a_therapy_the_classes_that_the_catalogue_gives_it(flag):
    with (FIXTURES / "therapies/classes.csv").open(encoding="utf-8", newline="") as lines:
        known = {(row["therapy"], row["class"]) for row in csv.DictReader(lines)}

    for example in flag.examples:
        for course in example.snapshot.courses:
            assert {(course.therapy, each) for each in course.classes} <= known


def test_the_manual_names_every_red_flag():
    page = (FIXTURES.parent / "docs/red-flags.md").read_text(encoding="utf-8")

    assert all(f"`{flag.code}`" in page for flag in FLAGS)


def test_the_file_holds_nothing_but_red_flags():
    assert set(tomllib.loads(TEXT)) == {"red_flag"}
