"""Every safety rule on its own worked cases, and what the floor promises."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from recommender import models
from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.rule_mutations import Mutant
from recommender.clinical.safety import SafetyRule, Severity, screen
from recommender.exceptions import BadInput
from recommender.formats.rule_examples import read_examples
from recommender.services import catalogue, rule_checks

FIXTURES = Path(__file__).parents[2] / "fixtures"
CHECKED = rule_checks.checked(FIXTURES)
VALPROATE = CHECKED.known["valproate"]


def background(code, value=None):
    return Finding(FindingKind.BACKGROUND, code, value)


def withheld(*findings):
    rules = [rule for rule in CHECKED.rules if rule.code in {"CI068", "CI069"}]
    return screen(Case(findings), [VALPROATE], rules).withheld.get("valproate", ())


@pytest.mark.parametrize(
    "example",
    CHECKED.examples,
    ids=lambda each: f"{each.rule} {each.does or 'says nothing'} {each.therapy}",
)
def test_each_rule_does_what_its_example_says(example):
    assert example.is_kept_by(CHECKED.rules, known=CHECKED.known)


def test_each_rule_has_a_case_it_holds_on_and_one_it_does_not():
    assert CHECKED.without_two_examples() == []


def test_a_fault_in_any_rule_or_red_flag_is_noticed_by_an_example():
    missed = [each for each in CHECKED.mutants() if not each.caught]

    assert missed == []


def test_a_rule_without_an_example_would_be_found_out():
    bare = rule_checks.Checked(CHECKED.rules[:3], (), (), CHECKED.known)

    assert len(bare.without_two_examples()) == 3
    assert {each.caught for each in bare.mutants()} == {False}
    assert all(isinstance(each, Mutant) for each in bare.mutants())


def test_an_example_that_cannot_be_read_is_named_by_its_row():
    with pytest.raises(BadInput, match="row 2"):
        list(read_examples("rule,therapy,findings,tried,does\nCI001,x,nonsense,,withhold\n"))


def test_valproate_is_withheld_while_nobody_recorded_whether_pregnancy_is_possible():
    found = withheld(background("sex_female"))

    assert {firing.rule.code for firing in found} == {"CI068", "CI069"}
    assert all("Not recorded" in firing.rule.reason for firing in found)


@pytest.mark.parametrize(
    "known",
    [
        (background("sex_male"),),
        (background("pregnant", 0.0), background("childbearing_potential", 0.0)),
    ],
    ids=["a man", "both recorded as absent"],
)
def test_valproate_is_not_withheld_once_it_is_known_that_pregnancy_is_not_possible(known):
    assert withheld(*known) == ()


def test_a_record_of_both_sexes_settles_nothing_about_pregnancy():
    assert withheld(background("sex_male"), background("sex_female"))
    assert withheld(background("sex_male"), background("sex_female", 0.0)) == ()


def test_a_recorded_pregnancy_is_told_as_what_it_is():
    found = withheld(background("pregnant"), background("childbearing_potential", 0.0))

    assert [firing.rule.code for firing in found] == ["CI069"]
    assert "Not recorded" not in found[0].rule.reason


def test_every_absolute_contraindication_is_of_the_floor_and_nothing_else():
    rules = [rule for rule in CHECKED.rules if isinstance(rule, SafetyRule)]

    assert {rule.floor for rule in rules if rule.severity is Severity.WITHHOLD} == {True}
    assert {rule.floor for rule in rules if rule.severity is not Severity.WITHHOLD} == {False}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "weaken",
    [
        lambda rows: rows.update(active=False),
        lambda rows: rows.update(severity="monitor"),
        lambda rows: rows.update(therapy="", therapy_class="nobody"),
        lambda rows: rows.update(floor=False),
        lambda rows: rows.delete(),
    ],
    ids=["switched off", "weakened", "given to another", "taken off the floor", "deleted"],
)
def test_the_database_keeps_a_rule_of_the_floor_as_it_is(weaken):
    call_command("load_catalogue", verbosity=0)
    rows = models.SafetyRuleRecord.objects.filter(code="CI069")

    with pytest.raises(IntegrityError, match="of the floor"), transaction.atomic():
        weaken(rows)

    record = rows.get()
    assert (record.active, record.severity, record.therapy) == (True, "withhold", "valproate")


def test_the_database_keeps_the_floor_when_the_table_is_emptied(truncation_guard):
    call_command("load_catalogue", verbosity=0)
    before = models.SafetyRuleRecord.objects.count()
    with connection.cursor() as cursor:
        # A table whose triggers wait for the commit can't be emptied by anybody.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with (
        pytest.raises(IntegrityError, match="of the floor"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE recommender_safetyrulerecord CASCADE")

    assert models.SafetyRuleRecord.objects.count() == before


@pytest.mark.django_db
def test_a_release_may_change_the_floor_and_nobody_after_it(tmp_path):
    call_command("load_catalogue", verbosity=0)
    rows = models.SafetyRuleRecord.objects.filter(code="CI069")
    with transaction.atomic():
        catalogue.load(folder=FIXTURES, by="test", force=True)

    assert rows.get().active
    models.SafetyRuleRecord.objects.filter(floor=False, severity="caution").update(active=False)


def test_the_command_counts_the_faults_and_ends_well(capsys):
    call_command("check_safety_rules")

    said = capsys.readouterr().out
    assert "35 red flags" in said
    assert f"{len(CHECKED.mutants())} noticed" in said
