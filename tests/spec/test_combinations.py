"""What the combination rules promise: each on its own pair, worked through as a clinician would."""

from pathlib import Path

import pytest

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, TherapyKind
from recommender.clinical.combinations import Combinations
from recommender.clinical.safety import Severity, screen
from recommender.clinical.snapshot import Course, DaysAgo, courses_of
from recommender.clinical.therapy import Therapy
from recommender.exceptions import BadInput
from recommender.formats.combination_files import read_comedications, read_interactions
from tests import whole_catalogue

FIXTURES = Path(__file__).parents[2] / "fixtures/safety_rules"
INTERACTIONS = (FIXTURES / "interactions.csv").read_text(encoding="utf-8")
COMEDICATIONS = (FIXTURES / "comedications.csv").read_text(encoding="utf-8")
RULES = (*read_comedications(COMEDICATIONS), *read_interactions(INTERACTIONS))


def medicine(code, *classes):
    return Therapy(code, code.title(), TherapyKind.MEDICATION, "", classes)


SERTRALINE = medicine("sertraline", "ssri", "antidepressant")
PHENELZINE = medicine("phenelzine", "maoi", "antidepressant")
ZIPRASIDONE = medicine("ziprasidone", "antipsychotic", "qt")
CBT = Therapy("cbt", "CBT", TherapyKind.PSYCHOTHERAPY)
KNOWN = {each.code: each for each in (SERTRALINE, PHENELZINE, ZIPRASIDONE, CBT)}


def screened(*tried):
    case = Case(tried=tried)
    combined = Combinations(RULES).fired(courses_of(case, therapies=KNOWN))
    return screen(case, KNOWN.values(), (), combined=combined)


def withheld(*tried):
    return set(screened(*tried).withheld)


def test_beside_an_maoi_in_use_an_ssri_is_withheld_and_the_rule_named():
    result = screened(TriedTherapy("phenelzine", in_use=True))

    firings = result.withheld["sertraline"]
    assert {firing.rule.code for firing in firings} >= {"CI001", "DDI002"}
    assert all(firing.because.code == "phenelzine" for firing in firings)
    assert all(firing.rule.source and firing.rule.verification for firing in firings)
    assert CBT in result.shown


@pytest.mark.parametrize(
    ("in_use", "kept_back"),
    [
        # whichever of the two is taken already
        *(("mirtazapine", "phenelzine"), ("bupropion", "tranylcypromine")),
        *(("carbamazepine", "phenelzine"), ("atomoxetine", "tranylcypromine")),
        *(("ziprasidone", "citalopram"), ("meropenem", "valproate")),
        # a combination holds what it is made of
        ("phenelzine", "dextromethorphan_bupropion"),
        ("dextromethorphan_bupropion", "tranylcypromine"),
        # every kind of MAO inhibitor
        *(("moclobemide", "sertraline"), ("sertraline", "moclobemide")),
        *(("moclobemide", "dextromethorphan_bupropion"), ("selegiline", "venlafaxine")),
        # a medicine that isn't suggested counts in its class
        *(("doxepin", "phenelzine"), ("dextroamphetamine", "phenelzine")),
        ("pimozide", "ziprasidone"),
    ],
)
def test_of_two_that_may_not_meet_one_keeps_the_other_back(in_use, kept_back):
    catalogue, beside = whole_catalogue.KNOWN, whole_catalogue.SHIPPED.outside
    case = Case(tried=(TriedTherapy(in_use, in_use=True),))
    courses = courses_of(case, therapies={**catalogue, **beside})

    result = screen(case, catalogue.values(), (), combined=Combinations(RULES).fired(courses))

    assert kept_back in result.withheld


@pytest.mark.parametrize("finding", ["eating_disorder_hx", "alcohol_dependence", "epilepsy"])
def test_what_forbids_bupropion_forbids_the_combination_with_it(finding):
    case = Case((Finding(FindingKind.BACKGROUND, finding),))

    result = screen(case, whole_catalogue.THERAPIES, whole_catalogue.CATALOGUE.rules)

    assert set(result.withheld) >= {"bupropion", "dextromethorphan_bupropion"}


@pytest.mark.parametrize(("days", "kept_back"), [(0, True), (14, True), (15, False)])
def test_an_ssri_waits_fourteen_days_after_an_maoi(days, kept_back):
    stopped = TriedTherapy("phenelzine", stopped="no-effect", days_since_stop=days)

    assert ("sertraline" in withheld(stopped)) is kept_back


@pytest.mark.parametrize(
    "tried",
    [TriedTherapy("phenelzine"), TriedTherapy("phenelzine", stopped="no-effect")],
    ids=["nobody knows whether it has ended", "nobody knows when it ended"],
)
def test_what_is_not_recorded_of_an_maoi_keeps_the_ssri_back(tried):
    assert "sertraline" in withheld(tried)


def test_a_therapy_never_forbids_itself():
    assert withheld(TriedTherapy("ziprasidone", in_use=True)) == set()


def test_without_any_other_therapy_nothing_is_kept_back():
    assert withheld() == set()


@pytest.mark.parametrize(
    "rule", RULES, ids=[f"{r.code}: {r.subject.named.code}, {r.other.named.code}" for r in RULES]
)
def test_each_rule_fires_beside_its_own_pair_and_not_long_after(rule):
    name, classes = rule.other.therapy or "some-medicine", frozenset({rule.other.therapy_class})
    in_use = Course(name, classes, in_use=True)
    long_ago = Course(name, classes, in_use=False, stopped=DaysAgo(400, 400))
    another = Course("another", in_use=True)

    alone = Combinations([rule])

    assert [firing.rule for firing in alone.fired([another, in_use])] == [rule]
    assert alone.fired([long_ago]) == ()
    assert alone.fired([another]) == ()


def test_every_pair_of_the_interaction_table_is_a_rule_in_both_directions():
    pairs = {(rule.code, rule.subject, rule.other) for rule in read_interactions(INTERACTIONS)}

    assert len(pairs) == 2 * 110
    assert all((code, other, subject) in pairs for code, subject, other in pairs)


def test_a_contraindicated_pair_withholds_and_a_lesser_one_does_not():
    worst = {
        rule.severity
        for rule in read_interactions(INTERACTIONS)
        if f"{rule.code}," in INTERACTIONS and _word(rule.code) == "contraindicated"
    }
    others = {rule.severity for rule in RULES if _word(rule.code) in {"major", "moderate"}}

    assert worst == {Severity.WITHHOLD}
    assert others == {Severity.CAUTION, Severity.MONITOR}


def test_a_row_that_cannot_be_read_refuses_the_whole_table():
    header, first = INTERACTIONS.splitlines()[:2]

    with pytest.raises(BadInput, match="DDI001"):
        read_interactions(f"{header}\n{first.replace('contraindicated', 'bad', 1)}\n")


def test_every_rule_names_its_source():
    assert all(rule.source and rule.verification and rule.reason for rule in RULES)


def _word(code):
    lines = [line for line in INTERACTIONS.splitlines() if line.startswith(f"{code},")]
    return next((line.split(",")[3] for line in lines), "")
