"""C-SSRS screener: six yes-or-no items on suicidal ideation and behaviour, and a risk level.

Item 6a is whether the behaviour of item 6 lies within the past three months. An item that the
form skips is answered 0 by whoever hands the answers over.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import Direction, Item, SafetyItem
from recommender.clinical.sourcing import unverified, verified
from recommender.exceptions import BadInput

LOW, MODERATE, HIGH = "low", "moderate", "high"

_EXAMPLE = (
    "HL7/us-behavioral-health-profiles:input/resources/questionnaireresponse/C-SSRS-example-1.xml"
)
_SCREEN = "psychiatry.weill.cornell.edu screening page"
_ITEM_CODES = {
    "1": "93246-7",
    "2": "93247-5",
    "3": "93248-3",
    "4": "93249-1",
    "5": "93250-9",
    "6": "93267-3",
    "6a": "93269-9",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskScreener(Instrument):
    """A screen that has no total: its answers say a level of risk."""

    def check_together(self, answers: Mapping[str, int]) -> None:
        """Behaviour in the past three months is behaviour in the lifetime."""
        if answers["6a"] and not answers["6"]:
            raise BadInput(
                f"Item 6a of {self.name} is yes and item 6 no: correct one of the two.",
                field="answers.6a",
            )

    def level(self, answers: Mapping[str, int], total: int | None) -> str | None:  # noqa: ARG002
        """The level of risk, or None when no item is answered yes."""
        if answers["4"] or answers["5"] or answers["6a"]:
            return HIGH
        if answers["3"] or answers["6"]:
            return MODERATE
        if answers["1"] or answers["2"]:
            return LOW
        return None


CSSRS = RiskScreener(
    id="cssrs",
    name="C-SSRS screener",
    layout=verified(
        tuple(Item(item, 1, verified(code, _EXAMPLE)) for item, code in _ITEM_CODES.items()),
        f"{_EXAMPLE}; {_SCREEN}",
    ),
    direction=Direction.RISK_FLAG,
    recall=verified("past month; item 6 lifetime, 6a past 3 months", _SCREEN),
    safety_items=tuple(
        unverified(SafetyItem(item, 1), note="any yes; the triage into levels isn't verified")
        for item in _ITEM_CODES
    ),
    safety_note=unverified(
        "Yes to 1 or 2 only is low; 3, or behaviour more than 3 months ago, moderate; 4, 5, or "
        "behaviour in the past 3 months, high."
    ),
    loinc_panel=verified("93373-9", "public files read as excerpts"),
    loinc_total=verified("93374-7", _EXAMPLE, "the risk level"),
    licence=unverified(
        "Copyright of the Research Foundation for Mental Hygiene; free in clinical care; the "
        "wording must not be changed. Answers only."
    ),
)
