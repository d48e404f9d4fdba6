"""Answers rest on the rules and the version that hold at that moment."""

import pytest
from django.conf import settings

from recommender import models
from recommender.clinical.case import Case, Finding
from recommender.clinical.catalogue_changes import EntryKind
from recommender.clinical.coding import FindingKind
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.services import catalogue, catalogue_drafts, registry, suggestions
from tests import learned
from tests.catalogue_drafts import a_draft_with_a_rule, a_person, signed_and_published

pytestmark = pytest.mark.django_db
SLEEPLESS = SuggestionRequest("depression", Case((Finding(FindingKind.SYMPTOM, "insomnia", 3.0),)))


def suggested():
    given = suggestions.suggest(request=SLEEPLESS, by="tests")
    return [one.therapy.code for one in given.answer.suggestions]


def a_rule(**fields):
    return models.SafetyRuleRecord.objects.create(
        code="sleepless-rule",
        therapy="mirtazapine",
        kind="symptom",
        finding="insomnia",
        severity="withhold",
        reason="A rule for tests.",
        source="tests",
        **fields,
    )


def test_a_new_rule_holds_for_the_very_next_answer(live_version):
    before = suggested()
    a_rule()

    assert before[0] == "mirtazapine"
    assert "mirtazapine" not in suggested()


def test_a_rule_that_is_switched_off_holds_no_more(live_version):
    rule = a_rule()
    before = suggested()
    rule.active = False
    rule.save()

    assert "mirtazapine" not in before
    assert suggested()[0] == "mirtazapine"


def test_a_rule_of_another_pathway_is_not_asked(live_version):
    other = models.Pathway.objects.create(slug="grief", title="Grief")
    a_rule(pathway=other)

    assert suggested()[0] == "mirtazapine"


def test_an_answer_names_the_rules_it_was_screened_by(live_version):
    before = suggestions.suggest(request=SLEEPLESS, by="tests").answer
    a_rule()
    after = suggestions.suggest(request=SLEEPLESS, by="tests").answer

    assert before.safety_rules_version != after.safety_rules_version


def test_a_promoted_version_answers_the_next_request(live_version):
    suggested()
    newer = learned.a_live_version(learned.REPEATING)

    assert (
        suggestions.suggest(request=SLEEPLESS, by="tests").answer.provenance.version_id == newer.pk
    )


def test_a_warm_answer_asks_nothing_beside_the_call_that_stores_it(
    live_version, django_assert_num_queries
):
    suggested()
    registry.live_model("depression")

    with django_assert_num_queries(0):  # the storing call isn't counted by Django
        suggested()


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_are_named_in_every_answer(db, simulated):
    learned.a_live_version(simulated=simulated)

    answer = suggestions.suggest(request=SLEEPLESS, by="tests").answer.as_given()

    assert answer["simulated"] is simulated
    assert ("SIMULATED DATA" in answer["notice"]) is simulated


def test_an_answer_names_the_catalogue_that_held_and_a_published_one_holds_for_the_next(
    live_version,
):
    before = suggestions.suggest(request=SLEEPLESS, by="tests").answer.as_given()
    catalogue.load(folder=settings.FIXTURES_DIR, by="tests")
    loaded = suggestions.suggest(request=SLEEPLESS, by="tests").answer.as_given()
    draft = a_draft_with_a_rule(by=a_person("ann"))
    drafted = suggestions.suggest(request=SLEEPLESS, by="tests").answer.as_given()
    signed_and_published(draft, "ann", a_person("ben"))
    after = suggestions.suggest(request=SLEEPLESS, by="tests").answer.as_given()

    given = [each["catalogue_version"] for each in (before, loaded, drafted, after)]
    assert given == [None, 1, 1, 2]
    assert drafted["suggestions"][0]["therapy"]["code"] == "mirtazapine"
    assert "mirtazapine" not in {each["therapy"]["code"] for each in after["suggestions"]}
    assert {each["rule"] for each in after["withheld"]} >= {"SITE-1"}
    stored = models.SuggestionList.objects.order_by("created")
    assert list(stored.values_list("catalogue_version", flat=True)) == given


def test_a_retired_therapy_is_set_aside_and_a_renamed_one_has_its_new_name(live_version):
    catalogue.load(folder=settings.FIXTURES_DIR, by="tests")
    draft = catalogue_drafts.begin(reason="For a test.", by=a_person("ann"))
    for code, fields in (("mirtazapine", {"retired": True}), ("cbt", {"name": "Talking"})):
        catalogue_drafts.change(
            draft=draft, kind=EntryKind.THERAPY, code=code, fields=fields, by="ann"
        )
    signed_and_published(draft, "ann", a_person("ben"))

    answer = suggestions.suggest(request=SLEEPLESS, by="tests").answer.as_given()

    names = {each["therapy"]["code"]: each["therapy"]["name"] for each in answer["suggestions"]}
    assert names["cbt"] == "Talking"
    assert "mirtazapine" not in names
    (aside,) = answer["set_aside"]
    assert (aside["therapy"]["code"], "retired" in aside["reason"]) == ("mirtazapine", True)


def test_what_only_a_red_flag_calls_for_is_never_ranked(live_version):
    catalogue.load(folder=settings.FIXTURES_DIR, by="tests")
    shipped = models.TherapyRecord.objects.get(code="crisis_referral").attributes
    models.TherapyRecord.objects.filter(code="mirtazapine").update(attributes=shipped)

    answer = suggestions.suggest(request=SLEEPLESS, by="tests").answer.as_given()

    assert "mirtazapine" not in {each["therapy"]["code"] for each in answer["suggestions"]}
    (aside,) = answer["set_aside"]
    assert (aside["therapy"]["code"], "red flag" in aside["reason"]) == ("mirtazapine", True)
