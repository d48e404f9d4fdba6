"""Whatever an EHR sends: no card puts forward what a rule withholds."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how_much

from recommender import models
from recommender.clinical.case import Case
from recommender.services import fhir_codes, suggestion_store
from tests import whole_catalogue
from tests.integration.cds_hooks.bodies import PATH, patient_view
from tests.whole_catalogue import cases, holds_to_the_rules

pytestmark = pytest.mark.django_db


def bundle(resources):
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def in_fhir(case: Case, codings):
    """What of the case has a code: conditions, medicines in use, allergies."""

    def concept(kind, code):
        system, own = codings[kind, code]
        return {"coding": [{"system": system, "code": own}]}

    conditions = [
        {"resourceType": "Condition", "code": concept(each.kind.value, each.code)}
        for each in case.findings
        if each.is_present and (each.kind.value, each.code) in codings
    ]
    medication = [
        {
            "resourceType": "MedicationRequest",
            "status": "active" if each.in_use else "completed",
            "medicationCodeableConcept": concept("therapy", each.therapy),
        }
        for each in case.tried
        if ("therapy", each.therapy) in codings
    ]
    allergies = [
        {"resourceType": "AllergyIntolerance", "code": concept("therapy", code)}
        for code in case.allergies or ()
        if ("therapy", code) in codings
    ]
    return {
        "conditions": bundle(conditions),
        "observations": None,
        "medicationRequests": bundle(medication),
        "allergies": bundle(allergies),
    }


def test_no_card_puts_forward_what_a_rule_withholds(ehr):
    whole_catalogue.a_live_version()
    codings = {entry: coding for coding, entry in fhir_codes.code_map().entries.items()}
    seen = []

    @how_much(
        max_examples=40,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(case=cases)
    def asked(case):
        cards = ehr.post(PATH, patient_view(prefetch=in_fhir(case, codings))).json()["cards"]
        stored = models.SuggestionList.objects.latest("created")
        used = suggestion_store.case_from(stored.case)
        holds_to_the_rules(stored.answer, used)
        kept_back = {each["therapy"]["name"] for each in stored.answer["withheld"]}
        proposed = {
            each["label"].removeprefix("Propose ")
            for card in cards
            for each in card.get("suggestions", ())
        }
        assert not proposed & kept_back
        assert sum(card["indicator"] == "critical" for card in cards) <= 1
        assert "not assessed" in cards[-1]["detail"]
        seen.append((used.allergies, used.tried, used.findings))

    asked()
    assert all(any(each[part] for each in seen) for part in range(3))
