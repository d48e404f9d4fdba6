"""Which rules hold for a pathway, and how soon a change to one is seen."""

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from recommender import models
from recommender.exceptions import NoSafetyRules
from recommender.services import catalogue
from recommender.services.safety import active_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def pathway():
    """A pathway under the shipped rules."""
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")
    return models.Pathway.objects.create(slug="rules-test", title="Rules")


def own_rule(pathway: models.Pathway, code: str = "own-1") -> models.SafetyRuleRecord:
    return models.SafetyRuleRecord.objects.create(
        pathway=pathway,
        code=code,
        therapy="cbt",
        kind="background",
        finding="dementia",
        severity="caution",
        reason="made up for a test",
        source="made up for a test",
    )


def codes(pathway: models.Pathway) -> set[str]:
    return {rule.code for rule in active_rules(pathway).rules}


def test_a_pathway_is_under_the_shipped_rules_and_its_own(pathway):
    own_rule(pathway)
    other = models.Pathway.objects.create(slug="other", title="Other")

    assert {"CI005", "own-1"} <= codes(pathway)
    assert "own-1" not in codes(other)


def test_without_the_shipped_rules_there_is_no_rule_set_at_all(db):
    pathway = models.Pathway.objects.create(slug="nothing-loaded", title="Rules")
    own_rule(pathway)

    with pytest.raises(NoSafetyRules, match="load_catalogue"):
        active_rules(pathway)


def test_a_rule_that_is_added_changed_or_switched_off_counts_at_once(pathway):
    before = active_rules(pathway).version

    rule = own_rule(pathway)
    added = active_rules(pathway).version
    models.SafetyRuleRecord.objects.filter(pk=rule.pk).update(severity="withhold")
    changed = active_rules(pathway).version
    models.SafetyRuleRecord.objects.filter(pk=rule.pk).update(active=False)
    off = active_rules(pathway).version

    assert len({before, added, changed}) == 3
    assert off == before


def test_a_change_that_was_rolled_back_is_forgotten(pathway):
    before = active_rules(pathway)
    with transaction.atomic():
        own_rule(pathway)
        assert "own-1" in codes(pathway)
        transaction.set_rollback(True)

    assert active_rules(pathway) == before


def test_rules_that_did_not_change_cost_one_small_query(pathway, django_assert_num_queries):
    active_rules(pathway)

    with django_assert_num_queries(1):
        active_rules(pathway)


def test_the_version_says_what_the_rules_say(pathway):
    version = active_rules(pathway).version
    rule = models.SafetyRuleRecord.objects.get(code="CI007")
    models.SafetyRuleRecord.objects.filter(pk=rule.pk).update(reason="Other words")
    models.SafetyRuleRecord.objects.filter(pk=rule.pk).update(reason=rule.reason)

    assert active_rules(pathway).version == version


def conditional_rule(pathway: models.Pathway, condition: object) -> models.SafetyRuleRecord:
    return models.SafetyRuleRecord.objects.create(
        pathway=pathway,
        code="own-2",
        therapy="cbt",
        condition=condition,
        severity="withhold",
        reason="made up for a test",
        source="made up for a test",
    )


def test_a_rule_may_ask_for_more_than_a_finding(pathway):
    before = active_rules(pathway).version
    record = conditional_rule(pathway, {"any": [{"age_under": 18}, {"age_at_least": 65}]})
    either = active_rules(pathway)
    record.condition = {"all": record.condition["any"]}
    record.save()

    assert [rule.code for rule in either.conditional][-1] == "own-2"
    assert len({before, either.version, active_rules(pathway).version}) == 3


@pytest.mark.parametrize("condition", [{"phase_of_the_moon": "full"}, [], "insomnia", {}])
def test_a_condition_that_cannot_be_read_keeps_back_what_the_rule_speaks_of(pathway, condition):
    conditional_rule(pathway, condition)

    holding = active_rules(pathway)

    assert [(rule.code, rule.therapy) for rule in holding.unreadable] == [("own-2", "cbt")]
    assert "own-2" not in codes(pathway)


def test_the_database_refuses_a_rule_that_asks_for_nothing_or_for_two_things(pathway):
    record = conditional_rule(pathway, {"age_under": 18})
    for wrong in ({"condition": None}, {"kind": "symptom", "finding": "insomnia"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            models.SafetyRuleRecord.objects.filter(pk=record.pk).update(**wrong)
