"""A red flag that can't be read refuses the whole file, by flag and field."""

from copy import deepcopy

import pytest

from recommender.clinical.red_flags import read_red_flag, read_red_flags
from recommender.exceptions import BadInput

FORM = {
    "id": "X01",
    "code": "low_mood_on_lithium",
    "group": "safety",
    "criterion": "Lithium AND low mood",
    "urgency": "soon",
    "message": "Have a look.",
    "effects": ["show_banner"],
    "acknowledge": False,
    "notify": ["treating clinician"],
    "audience": "clinician only; never shown to the patient",
    "source": "general knowledge, unverified",
    "verification": "unverified",
    "status": "evaluated",
    "condition": {
        "all": [{"taking": {"therapy": "lithium"}}, {"present": "symptom:depressed_mood"}]
    },
    "example": [
        {
            "fires": True,
            "says": "both",
            "in_use": {"lithium": []},
            "findings": {"symptom:depressed_mood": 2},
        },
        {"fires": False, "says": "no mood", "findings": {"symptom:depressed_mood": 0}},
    ],
}


def changed(**fields):
    return {**deepcopy(FORM), **fields}


def test_a_whole_flag_is_read():
    assert read_red_flag(FORM).code == "low_mood_on_lithium"


@pytest.mark.parametrize("name", FORM)
def test_a_missing_field_is_named(name):
    with pytest.raises(BadInput) as refusal:
        read_red_flag({key: value for key, value in FORM.items() if key != name})

    assert refusal.value.field == f"red_flag.{name}"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"urgncy": "soon"}, "red_flag.urgncy"),
        ({"urgency": "tomorrow"}, "red_flag.urgency"),
        ({"message": " "}, "red_flag.message"),
        ({"effects": []}, "red_flag.effects"),
        ({"effects": ["hide_list"]}, "red_flag.effects"),
        ({"effects": ["block_class"]}, "red_flag.effects"),
        ({"effects": ["hold_list:lithium"]}, "red_flag.effects"),
        ({"acknowledge": "yes"}, "red_flag.acknowledge"),
        ({"notify": "team"}, "red_flag.notify"),
        ({"verification": "sure"}, "red_flag.verification"),
        ({"status": "needs clinician input"}, "red_flag.status"),
        ({"status_reason": "because"}, "red_flag.status_reason"),
        ({"questions": {"tremor": "Is there a tremor?"}}, "red_flag.questions"),
        ({"condition": {"clinician_says": "tremor"}}, "red_flag.questions"),
        ({"condition": {"all": []}}, "red_flag.condition.all"),
        ({"message": "Answered {value}."}, "red_flag.message_without_value"),
        ({"example": FORM["example"][:1]}, "red_flag.example"),
        ({"example": [{"fires": True}]}, "red_flag.example[1]"),
        ({"example": [{**FORM["example"][0], "said": {"q": "yes"}}]}, "red_flag.example[1].said"),
        ({"example": [{**FORM["example"][0], "weather": 1}]}, "red_flag.example[1].weather"),
        (
            {"example": [{**FORM["example"][0], "stopped": {"x": {"days": [3, 1]}}}]},
            "red_flag.example[1].stopped",
        ),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_by_its_name(fields, place):
    with pytest.raises(BadInput) as refusal:
        read_red_flag(changed(**fields))

    assert refusal.value.field == place


@pytest.mark.parametrize("text", ["", "red_flag = ", "[[red_flag]]\n[other]\n", "red_flag = []"])
def test_a_file_without_readable_flags_is_refused(text):
    with pytest.raises(BadInput):
        read_red_flags(text)
