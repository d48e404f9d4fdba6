"""Red flags as a caller meets them: first in the answer, and before any suggestion."""

import pytest
from prometheus_client.registry import REGISTRY

from recommender import models
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db

THOUGHTS_OF_DEATH = {"instrument": "phq9", "answers": {"9": 2}}


def ask(client, **more):
    """The sleepless case with these parts of the case, and these words beside it."""
    beside = {name: more.pop(name) for name in ("acknowledged", "explain") if name in more}
    body = sleepless(responses=more.pop("responses", ()), **beside)
    body["case"].update(more)
    return client.post(ADDRESS, body, format="json")


def test_thoughts_of_suicide_come_first_and_hold_the_list(clinician, live_version):
    answer = ask(clinician, instruments=[THOUGHTS_OF_DEATH]).json()

    assert answer["status"] == "urgent"
    assert answer["suggestions"] == []
    assert "acknowledged" in answer["reason"]
    (flag,) = answer["red_flags"]
    assert (flag["code"], flag["action"]) == ("suicidal_thoughts_phq9", "hold_list")
    assert flag["message"].startswith("Item 9 answered 2.")
    assert flag["because"] == [{"kind": "instrument", "code": "phq9:9"}]


def test_a_clinician_who_acts_on_the_flag_gets_the_list_and_is_recorded(clinician, live_version):
    held = ask(clinician, instruments=[THOUGHTS_OF_DEATH]).json()

    answer = ask(
        clinician, instruments=[THOUGHTS_OF_DEATH], acknowledged=[held["red_flags"][0]["code"]]
    ).json()

    assert answer["status"] == "urgent"
    assert answer["suggestions"]
    assert [flag["code"] for flag in answer["red_flags"]] == ["suicidal_thoughts_phq9"]
    (acknowledged,) = answer["acknowledged"]
    assert acknowledged["by"] == clinician.username
    assert acknowledged["at"] == answer["created"]
    stored = models.SuggestionList.objects.get(pk=answer["id"])
    assert stored.answer["acknowledged"] == [acknowledged]
    assert stored.case["instruments"][0]["answers"] == {"9": 2}


def test_nothing_from_a_held_list_can_be_accepted(clinician, live_version):
    held = ask(clinician, instruments=[THOUGHTS_OF_DEATH]).json()

    review = clinician.post(
        f"{ADDRESS}{held['id']}/reviews/",
        {"outcome": "accepted", "therapy": "mirtazapine"},
        format="json",
    )

    assert review.status_code == 400


def test_nobody_can_acknowledge_a_blocked_list_away(clinician, live_version):
    answer = ask(
        clinician,
        clinician_says={"command_hallucinations": True},
        acknowledged=["command_hallucinations_harm"],
    ).json()

    assert answer["status"] == "urgent"
    assert answer["suggestions"] == []
    assert answer["red_flags"][0]["action"] == "block_list"


def test_a_flag_keeps_the_therapies_it_speaks_of_off_the_list(clinician, live_version):
    models.TherapyRecord.objects.create(
        code="a-serotonergic", name="Other", kind="medication", attributes=["serotonergic"]
    )
    in_use = [
        {"therapy": "a-serotonergic", "in_use": True},
        {"therapy": "phenelzine", "in_use": True},
    ]

    answer = ask(clinician, responses=in_use).json()

    shown = {each["therapy"]["code"] for each in answer["suggestions"]}
    (kept,) = [each for each in answer["withheld"] if each["therapy"]["code"] == "sertraline"]
    assert "sertraline" not in shown
    assert kept["rule"].startswith("DDI")
    assert kept["because"] == [{"kind": "therapy", "code": "phenelzine"}]


def test_what_nobody_can_tell_is_listed_as_not_assessed(clinician, live_version):
    answer = ask(clinician, explain="all").json()

    silent = {flag["code"]: flag for flag in answer["red_flags_not_assessed"]}
    assert answer["red_flags"] == []
    assert len(silent) == 35
    assert {"kind": "instrument", "code": "phq9:9"} in silent["suicidal_thoughts_phq9"]["missing"]
    assert silent["catatonia"]["questions"][0]["code"] == "catatonia_signs"


def test_an_answered_question_is_no_longer_open(clinician, live_version):
    answer = ask(clinician, clinician_says={"catatonia_signs": False}).json()

    assert "catatonia" not in {flag["code"] for flag in answer["red_flags_not_assessed"]}
    assert answer["red_flags"] == []


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"clinician_says": {"no_such_question": True}}, "case.clinician_says"),
        ({"acknowledged": ["no_such_flag"]}, "acknowledged[0]"),
        (
            {"instruments": [{"instrument": "phq9", "answers": {"9": 7}}]},
            "case.instruments[0].answers.9",
        ),
        ({"instruments": [{"instrument": "phq9", "total": 99}]}, "case.instruments[0].total"),
        (
            {"instruments": [{"instrument": "phq9", "answers": {"9": 1}, "total": 5}]},
            "case.instruments[0].total",
        ),
        ({"instruments": [{"instrument": "no-such"}]}, "case.instruments[0].instrument"),
        (
            {"responses": [{"therapy": "cbt", "in_use": True, "stopped": "completed"}]},
            "case.responses[0].in_use",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_field(clinician, live_version, part, field):
    response = ask(clinician, **part)

    assert response.status_code == 400
    assert response.json()["field"] == field
    assert not models.SuggestionList.objects.exists()


def test_the_link_to_the_local_protocol_stands_with_each_flag(clinician, live_version, settings):
    settings.LOCAL_PROTOCOL_URL = "https://clinic.example/protocol"
    models.SafetyRuleRecord.objects.update(reason="Changed, so that the rules are read again.")

    answer = ask(clinician, instruments=[THOUGHTS_OF_DEATH]).json()

    assert answer["red_flags"][0]["protocol"] == "https://clinic.example/protocol"


def test_fired_rules_red_flags_and_overrides_are_counted(clinician, live_version):
    def counted(name, **labels):
        return REGISTRY.get_sample_value(name, {"pathway": "depression", **labels}) or 0

    names = {
        "recommender_suggestion_lists_total": {"status": "urgent"},
        "recommender_red_flags_total": {"flag": "suicidal_thoughts_phq9"},
        "recommender_safety_rules_fired_total": {"rule": "DDI002"},
        "recommender_safety_rules_overridden_total": {"rule": "DDI002"},
    }
    before = {name: counted(name, **labels) for name, labels in names.items()}

    answer = ask(
        clinician,
        instruments=[THOUGHTS_OF_DEATH],
        responses=[{"therapy": "phenelzine", "in_use": True}],
    ).json()
    clinician.post(
        f"{ADDRESS}{answer['id']}/reviews/",
        {"outcome": "overridden", "therapy": "sertraline", "reason": "benefit-outweighs-risk"},
        format="json",
    )

    after = {name: counted(name, **labels) for name, labels in names.items()}
    assert {name: after[name] - before[name] for name in names} == dict.fromkeys(names, 1)
    assert counted("recommender_withheld_total") >= len(answer["withheld"])
