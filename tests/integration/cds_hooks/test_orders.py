"""order-select and order-sign: safety comments on the drafted order, read tolerantly."""

import uuid

import pytest

from recommender import models
from tests.integration.cds_hooks.bodies import SYSTEM, bundle

pytestmark = pytest.mark.django_db
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SERTRALINE, PHENELZINE = "36437", "8123"


@pytest.fixture(autouse=True)
def catalogue(live_version):
    for code, kind_class, rxnorm in (
        ("sertraline", "ssri", SERTRALINE),
        ("phenelzine", "maoi", PHENELZINE),
    ):
        models.TherapyRecord.objects.update_or_create(
            pathway=None,
            code=code,
            defaults={
                "name": code.title(),
                "kind": "medication",
                "therapy_class": kind_class,
                "codes": {"rxnorm": rxnorm},
            },
        )
    models.ConceptRecord.objects.update_or_create(
        pathway=None,
        kind="symptom",
        code="insomnia",
        defaults={"codes": {"snomed_ct": "193462001"}},
    )
    models.SafetyRuleRecord.objects.create(
        code="ssri-with-insomnia",
        therapy_class="ssri",
        kind="symptom",
        finding="insomnia",
        severity="withhold",
        reason="A <b>rule</b> for tests.",
        source="tests",
    )


def concept(code):
    return {"coding": [{"system": RXNORM, "code": code}], "text": "MARKED"}


def draft(code=None, *, number="1", **changes):
    order = {"resourceType": "MedicationRequest", "id": number, "status": "draft", **changes}
    return order | ({"medicationCodeableConcept": concept(code)} if code else {})


def order(*drafts, hook="order-sign", conditions=(), prefetch=None, **context):
    return {
        "hook": hook,
        "hookInstance": str(uuid.uuid4()),
        "context": {
            "userId": "Practitioner/1",
            "patientId": "MARKED-patient",
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": d} for d in drafts]},
            **context,
        },
        "prefetch": {"conditions": bundle(*conditions)} if prefetch is None else prefetch,
    }


def cards(ehr, body, *, expect=200):
    response = ehr.post(f"/cds-services/{body['hook']}-depression", body)
    assert response.status_code == expect, response.content
    return response.json().get("cards")


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_contraindicated_draft_gets_a_warning_and_no_ranking(ehr, hook):
    (card,) = cards(ehr, order(draft(SERTRALINE), hook=hook, conditions=["193462001"]))

    assert card["indicator"] == "warning"
    assert card["summary"].startswith("Sertraline: contraindicated")
    assert "&lt;b&gt;rule" in card["detail"]
    assert "<b>" not in card["detail"]
    assert "suggestions" not in card
    assert card["overrideReasons"]
    assert not models.SuggestionList.objects.exists()


def test_words_from_data_start_no_line_of_their_own(ehr):
    models.SafetyRuleRecord.objects.update(reason="One\r# two\r\n- three\u2028| four")

    (card,) = cards(ehr, order(draft(SERTRALINE), conditions=["193462001"]))

    assert "One \\# two \\- three \\| four" in card["detail"]


def test_a_comment_says_how_old_its_data_are(ehr):
    body = order(draft(SERTRALINE), conditions=["193462001"])
    body["prefetch"]["conditions"]["entry"][0]["resource"]["recordedDate"] = "2026-01-31"

    (card,) = cards(ehr, body)

    assert "Newest data used: 2026-01-31" in card["detail"]


def test_a_selection_that_is_not_among_the_drafts_hides_none_of_them(ehr):
    body = order(
        draft(SERTRALINE),
        hook="order-select",
        conditions=["193462001"],
        selections=["MedicationRequest/another"],
    )

    assert len(cards(ehr, body)) == 1


def test_a_draft_that_nothing_speaks_against_gets_no_card(ehr):
    assert cards(ehr, order(draft(SERTRALINE))) == []


def test_a_check_that_could_not_see_all_is_not_silent(ehr):
    failed = {"resourceType": "OperationOutcome"}
    prefetch = {"conditions": None, "medications": failed}

    (card,) = cards(ehr, order(draft(SERTRALINE), prefetch=prefetch))

    assert card["indicator"] == "info"
    assert "prescriptions" in card["detail"]
    assert "suggestions" not in card


def test_a_medicine_in_use_speaks_against_the_draft(ehr):
    in_use = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "authoredOn": "2026-01-01",
        "medicationCodeableConcept": concept(PHENELZINE),
    }
    body = order(draft(SERTRALINE), prefetch={"conditions": None, "medications": in_use})

    found = cards(ehr, body)

    assert {card["indicator"] for card in found} <= {"warning", "critical"}
    assert any(card["summary"].startswith("Sertraline: contraindicated") for card in found)


def test_a_medicine_in_use_that_has_not_helped_is_told_at_its_next_order(ehr):
    def score(day, total):
        return {
            "resourceType": "Observation",
            "status": "final",
            "effectiveDateTime": day,
            "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
            "valueInteger": total,
        }

    in_use = {**draft(SERTRALINE), "status": "active", "authoredOn": "2026-01-10"}
    scores = [score("2026-01-05", 20), score("2026-03-01", 19)]
    observations = {"resourceType": "Bundle", "entry": [{"resource": one} for one in scores]}
    prefetch = {"conditions": None, "medications": in_use, "observations": observations}

    (card,) = cards(ehr, order(draft(SERTRALINE), prefetch=prefetch))

    assert card["indicator"] == "info"
    assert "hasn't brought a response so far" in card["detail"]


def test_two_drafts_of_one_signature_speak_against_each_other(ehr):
    found = cards(ehr, order(draft(SERTRALINE), draft(PHENELZINE, number="2")))

    named = {card["summary"].partition(":")[0] for card in found}
    assert {"Sertraline", "Phenelzine"} <= named


def test_only_the_selected_draft_is_spoken_of(ehr):
    body = order(
        draft(SERTRALINE),
        draft(PHENELZINE, number="2"),
        hook="order-select",
        selections=["MedicationRequest/2"],
    )

    assert cards(ehr, body) == []


def test_a_medicine_is_read_where_the_draft_refers_to_it(ehr):
    contained = draft(
        medicationReference={"reference": "#m"},
        contained=[{"resourceType": "Medication", "id": "m", "code": concept(SERTRALINE)}],
    )
    beside = draft(medicationReference={"reference": "Medication/m"})
    medicine = {"resourceType": "Medication", "id": "m", "code": concept(SERTRALINE)}

    assert len(cards(ehr, order(contained, conditions=["193462001"]))) == 1
    assert len(cards(ehr, order(beside, medicine, conditions=["193462001"]))) == 1


@pytest.mark.parametrize(
    "drafted",
    [
        draft(),
        draft("999999999"),
        draft(SERTRALINE, status="cancelled"),
        draft(SERTRALINE, doNotPerform=True),
        {"resourceType": "MedicationRequest", "category": {"text": "x"}},
        {"resourceType": "ServiceRequest", "code": {"coding": {"system": SYSTEM}}},
        {"resourceType": "NutritionOrder"},
        {},
    ],
)
def test_drafts_with_nothing_to_say_to_get_no_card_and_need_no_data(ehr, drafted):
    assert cards(ehr, order(drafted, prefetch={})) == []


@pytest.mark.parametrize(
    "changes",
    [{"draftOrders": None}, {"userId": "Patient/1"}, {"draftOrders": []}, {"patientId": ""}],
)
def test_a_call_without_what_the_hook_requires_is_400(ehr, changes):
    cards(ehr, order(draft(SERTRALINE), **changes), expect=400)


def test_a_known_draft_without_any_data_on_the_patient_is_412(ehr):
    cards(ehr, order(draft(SERTRALINE), prefetch={}), expect=412)


def test_an_order_check_is_audited_without_what_was_sent(ehr, caplog):
    cards(ehr, order(draft(SERTRALINE), conditions=["193462001"]))

    event = models.AuditEvent.objects.get(action="order_check.given")
    assert (event.actor, event.target) == ("cds:ward EHR", "depression")
    assert "MARKED" not in f"{list(models.AuditEvent.objects.values())}{caplog.text}"


def test_a_medicine_beside_the_catalogue_is_known_by_its_atc_code(ehr):
    linezolid = {"coding": [{"system": "http://www.whocc.no/atc", "code": "J01XX08"}]}
    antibiotic = draft(number="2", medicationCodeableConcept=linezolid)

    (card,) = cards(ehr, order(draft(SERTRALINE), antibiotic, conditions=[]))[:1]

    assert "linezolid" in f"{card['summary']} {card['detail']}".lower()


def test_an_order_whose_medicine_was_not_sent_is_told_as_not_checked(ehr):
    elsewhere = draft(number="2", medicationReference={"reference": "Medication/elsewhere"})

    alone = cards(ehr, order(elsewhere, conditions=["193462001"]))
    beside_another = cards(ehr, order(draft(SERTRALINE), elsewhere, conditions=["193462001"]))

    assert [(each["indicator"], "wasn't checked" in each["summary"]) for each in alone] == [
        ("info", True)
    ]
    assert beside_another[0]["summary"].startswith("Sertraline: contraindicated")
    assert "wasn't checked" in beside_another[-1]["summary"]
    assert cards(ehr, order(elsewhere | {"status": "cancelled"})) == []
    assert cards(ehr, order(draft(medicationReference={}))) == []
