"""Whatever the case, the scores and the door: nothing is answered that a rule withholds."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as how_much
from hypothesis import strategies as st
from rest_framework.test import APIClient

from recommender.clinical.case import Case, Finding
from recommender.clinical.red_flags import fired, stops
from recommender.clinical.rule_set import RuleSet
from recommender.clinical.suggestion import Provenance
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.services import access, suggestion_store, suggestions
from recommender.services.access import Role
from recommender.services.suggestion_answers import Basis, answer_to
from tests import whole_catalogue
from tests.whole_catalogue import (
    RULES,
    AnyOrder,
    cases,
    forbidden,
    holds_to_the_rules,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PROVENANCE = Provenance(UUID(int=1), 1, (("made-up", "1"),), False, False, True)
AnyOrder.drawn(0)  # learned once, outside of any example's time


def answered(case: Case, *, seed: int = 0, limit: int = 20, rules: RuleSet = RULES):
    basis = Basis(PROVENANCE, AnyOrder.drawn(seed), rules)
    request = SuggestionRequest("depression", case, limit)
    return answer_to(request, basis=basis, list_id=UUID(int=2), created=NOW, by="tests")


def shown(answer) -> set[str]:
    return {each.therapy.code for each in answer.suggestions}


@how_much(max_examples=600)
@given(case=cases, seed=st.integers(0, 5))
def test_nothing_is_suggested_that_a_rule_withholds_and_each_withheld_names_one_that_holds(
    case, seed
):
    answer = answered(case, seed=seed)

    kept_back = forbidden(case, RULES)
    up = fired(answer.red_flags)
    assert not shown(answer) & set(kept_back)
    by_rule = {
        each.therapy.code: {one.rule.code for one in each.firings} for each in answer.withheld
    }
    assert {code: rules for code, rules in by_rule.items() if rules} == kept_back
    for each in answer.withheld:
        assert each.firings or stops(up, each.therapy)


@how_much(max_examples=300)
@given(case=cases, seeds=st.tuples(st.integers(0, 5), st.integers(0, 5)), limit=st.integers(1, 20))
def test_what_is_withheld_does_not_depend_on_scores_or_on_how_many_are_asked_for(
    case, seeds, limit
):
    one, other = answered(case, seed=seeds[0]), answered(case, seed=seeds[1], limit=limit)

    by_rule = [
        {
            each.therapy.code: {firing.rule.code for firing in each.firings}
            for each in answer.withheld
        }
        for answer in (one, other)
    ]
    assert {code: rules for code, rules in by_rule[0].items() if rules} == {
        code: rules for code, rules in by_rule[1].items() if rules
    }


FIRES = [
    found
    for rule in RULES.rules
    for found in (Finding(rule.kind, rule.finding, None), Finding(rule.kind, rule.finding, 3.0))
    if rule.fires_on(Case((found,))) == found
]


@how_much(max_examples=100)
@given(case=cases, more=st.sampled_from(FIRES))
def test_one_more_finding_that_fires_a_rule_brings_no_therapy_back(case, more):
    assume(all((each.kind, each.code) != (more.kind, more.code) for each in case.findings))
    richer = replace(case, findings=(*case.findings, more))

    before, after = forbidden(case, RULES), forbidden(richer, RULES)

    assert set(before) <= set(after)
    assert not shown(answered(richer)) & set(before)


# ---- through every door, with the database, as a caller meets it

DOORS = how_much(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def version(db):
    return whole_catalogue.a_live_version()


def body_of(case: Case) -> dict:
    request = SuggestionRequest("depression", case)
    document = json.loads(suggestion_store.used_of(request))
    for each in document.get("instruments", ()):
        each.pop("answers")
    return document


def test_by_rest(version):
    made = access.create_client(name="ehr", roles=frozenset({Role.CLINICIAN}), by="test")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.secret}")
    offering = []

    @DOORS
    @given(case=cases)
    def asked(case):
        body = {"pathway": "depression", "limit": 20, "case": body_of(case)}
        answer = client.post("/api/v1/suggestions/", body, format="json")
        assert answer.status_code == 201, answer.content
        offering.append(holds_to_the_rules(answer.json(), case))

    asked()
    assert any(offering)


def test_in_a_batch(version):
    offering = []

    @how_much(DOORS, max_examples=4)
    @given(several=st.lists(cases, min_size=30, max_size=60))
    def asked(several):
        numbered = dict(zip(map(str, count()), several, strict=False))
        given_back = {}
        suggestions.suggest_batch(
            version=version,
            cases=numbered.items(),
            limit=20,
            deliver=given_back.__setitem__,
            by="test",
        )
        for name, case in numbered.items():
            answer = given_back[name].answer.as_given(released=True)
            offering.append(holds_to_the_rules(answer, case))

    asked()
    assert any(offering)


def test_in_a_trial_of_the_admin(version):
    @DOORS
    @given(case=cases)
    def asked(case):
        request = SuggestionRequest("depression", case, 20)
        answer = suggestions.try_out(version=version, request=request, by="test")
        holds_to_the_rules(json.loads(answer.body), case)

    asked()
