"""A case in a clinician's words: its findings and what was tried, by the vocabulary's names."""

from collections.abc import Iterator
from typing import Any

from recommender import models
from recommender.clinical.case import RESPONDED
from recommender.clinical.coding import ValueType
from recommender.clinical.instruments import instrument
from recommender.services import wording

ConceptKey = tuple[str, str]

_SEVERITIES = {0: "absent", 1: "mild", 2: "moderate", 3: "severe"}
_STOPPED = {
    "completed": "completed",
    "side-effects": "stopped for side effects",
    "no-effect": "stopped for lack of effect",
    "other": "stopped for another reason",
}


class CaseWords:
    """What a list's case says, by the names of its pathway's vocabulary and catalogue."""

    def __init__(self, found: models.SuggestionList) -> None:
        self._case: dict[str, Any] = found.case
        self._words = wording.words_of(
            pathway_id=found.pathway_id,
            concepts=set(_concept_codes(found)),
            therapies=set(_therapy_codes(found)),
        )
        self._values: dict[ConceptKey, float | str | None] = {
            (each["kind"], each["code"]): each["value"] for each in self._case["findings"]
        }

    def present(self, kind: str) -> tuple[str, ...]:
        """The findings of one kind that are there, the most severe first."""
        keys = [key for key in self._values if key[0] == kind and not self._is_absent(key)]
        return tuple(self.finding_or_name(key) for key in sorted(keys, key=self._severity))

    def absent(self, kind: str) -> tuple[str, ...]:
        """The findings of one kind that are recorded as not there."""
        return tuple(
            self.name(key) for key in self._values if key[0] == kind and self._is_absent(key)
        )

    @property
    def tried(self) -> tuple[str, ...]:
        """The therapies tried and how they went."""
        return tuple(self._tried(each) for each in self._case["responses"])

    @property
    def instruments(self) -> tuple[str, ...]:
        """The rating scales that came with the case."""
        return tuple(_instrument(each) for each in self._case.get("instruments", ()))

    @property
    def allergies(self) -> tuple[str, ...] | None:
        """Therapies and classes that aren't tolerated; None: nobody recorded whether any is."""
        recorded = self._case.get("allergies")
        return None if recorded is None else tuple(self.therapy_name(each) for each in recorded)

    def finding_or_name(self, key: ConceptKey) -> str:
        """The finding with its value; of one that isn't recorded, its name."""
        if key not in self._values:
            return self.name(key)
        known = self._words.concepts.get(key)
        value = _value(self._values[key], known.value_type if known else "")
        return f"{self.name(key)}: {value}"

    def is_recorded(self, key: ConceptKey) -> bool:
        """Whether the case says anything of it, be it that it's absent."""
        return key in self._values

    def name(self, key: ConceptKey) -> str:
        """What the vocabulary calls it."""
        known = self._words.concepts.get(key)
        return known.display if known else _plain(key[1])

    def therapy(self, code: str) -> models.TherapyRecord | None:
        """The catalogue's entry."""
        return self._words.therapies.get(code)

    def therapy_name(self, code: str) -> str:
        """What the catalogue calls it."""
        known = self.therapy(code)
        return known.name if known else _plain(code)

    def _is_absent(self, key: ConceptKey) -> bool:
        """Of a number, 0 is a value like another."""
        known = self._words.concepts.get(key)
        counts = known is None or known.value_type in (ValueType.SEVERITY, ValueType.FLAG)
        return counts and self._values[key] == 0

    def _severity(self, key: ConceptKey) -> float:
        """What to sort by: severities from 3 down, then what has none."""
        known, value = self._words.concepts.get(key), self._values[key]
        is_severity = known is not None and known.value_type == ValueType.SEVERITY
        return -value if is_severity and isinstance(value, int | float) else 0.0

    def _tried(self, tried: dict[str, Any]) -> str:
        parts = [_response(tried["response"])]
        if tried["stopped"] in _STOPPED:
            parts.append(_STOPPED[tried["stopped"]])
        if tried.get("in_use"):
            parts.append("in use now")
        if tried.get("days_since_stop") is not None:
            parts.append(f"ended {tried['days_since_stop']} days before the question")
        return f"{self.therapy_name(tried['therapy'])}: {', '.join(parts)}"


def _concept_codes(found: models.SuggestionList) -> Iterator[str]:
    for finding in found.case["findings"]:
        yield finding["code"]
    for suggestion in found.answer["suggestions"]:
        for reason in (*suggestion["because"], *suggestion["against"]):
            yield reason["code"]
    for withheld in found.answer["withheld"]:
        for reason in withheld["because"]:
            yield reason["code"]


def _therapy_codes(found: models.SuggestionList) -> Iterator[str]:
    for tried in found.case["responses"]:
        yield tried["therapy"]
    yield from found.case.get("allergies") or ()
    for suggestion in found.answer["suggestions"]:
        yield suggestion["therapy"]["code"]
        yield from suggestion["tied_with"]
    for review in found.reviews.all():
        yield review.therapy


def _plain(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").replace(":", " ")


def _value(value: float | str | None, value_type: str) -> str:
    if value is None:
        return "present"
    if isinstance(value, str):
        return value
    if value_type == ValueType.SEVERITY and value in _SEVERITIES:
        return _SEVERITIES[int(value)]
    if value_type == ValueType.FLAG:
        return "present" if value else "absent"
    return f"{value:g}"


def _response(response: float | None) -> str:
    if response is None:
        return "response not known"
    if response < RESPONDED:
        return "did not respond"
    return "responded" if response == 1 else "responded in part"


def _instrument(each: dict[str, Any]) -> str:
    name = instrument(each["instrument"]).name
    if each["total"] is not None:
        return f"{name}: total {each['total']}"
    count = len(each["answers"])
    return f"{name}: {count} {'item' if count == 1 else 'items'} answered"
