"""A stored suggestion list in a clinician's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recommender import models
from recommender.clinical.case import RESPONDED
from recommender.clinical.coding import FindingKind, ValueType
from recommender.clinical.instruments import instrument
from recommender.clinical.red_flags import Urgency
from recommender.services import wording
from recommender.services.wording import Words

_SEVERITIES = {0: "absent", 1: "mild", 2: "moderate", 3: "severe"}
_GROUPS = (
    (FindingKind.SYMPTOM, "Symptoms"),
    (FindingKind.TRIGGER, "Triggers"),
    (FindingKind.BACKGROUND, "Background"),
)
_STOPPED = {
    "completed": "completed",
    "side-effects": "stopped for side effects",
    "no-effect": "stopped for lack of effect",
    "other": "stopped for another reason",
}
_URGENCIES = {
    Urgency.EMERGENCY: "emergency, now",
    Urgency.URGENT_SAME_DAY: "urgent, today",
    Urgency.SOON: "soon",
    Urgency.REVIEW: "at this review",
    Urgency.INFO: "for information",
}
CHART_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a group's rate stands between none and all, in hundredths, for a small chart."""

    at: int
    lower: int
    upper: int
    baseline: int | None

    @property
    def width(self) -> int:
        """How wide the interval is drawn; never so narrow that it vanishes."""
        return max(1, self.upper - self.lower)


@dataclass(frozen=True, slots=True)
class ReadReason:
    """One finding that speaks for or against, in words, with its exact part in the score."""

    words: str
    contribution: float


@dataclass(frozen=True, slots=True)
class ReadSuggestion:
    """One suggestion as the page shows it."""

    given: dict[str, Any]
    tied_with: str
    frequency: str
    baseline: str
    strip: Strip | None
    level: str
    counted: str
    because: tuple[ReadReason, ...]
    against: tuple[ReadReason, ...]
    evidence_grade: str
    evidence_source: str


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """The findings of one kind."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadList:
    """What the review page shows of a list, beside what the answer says itself."""

    answer: dict[str, Any]
    groups: tuple[ReadGroup, ...]
    tried: tuple[str, ...]
    instruments: tuple[str, ...]
    allergies: str
    suggestions: tuple[ReadSuggestion, ...]
    is_held: bool

    @property
    def red_flags(self) -> list[dict[str, Any]]:
        """The flags that are up, their urgency in words."""
        return [
            {**flag, "urgency": _URGENCIES[Urgency(flag["urgency"])]}
            for flag in self.answer["red_flags"]
        ]


def read(found: models.SuggestionList) -> ReadList:
    """The list in words; two queries for the words."""
    words = wording.words_of(
        pathway_id=found.pathway_id,
        concepts=set(_concept_codes(found)),
        therapies=set(_therapy_codes(found)),
    )
    answer, case = found.answer, found.case
    values = {(each["kind"], each["code"]): each["value"] for each in case["findings"]}
    return ReadList(
        answer=answer,
        groups=tuple(
            ReadGroup(
                title, tuple(_finding(words, *key, values[key]) for key in values if key[0] == kind)
            )
            for kind, title in _GROUPS
        ),
        tried=tuple(_tried(words, each) for each in case["responses"]),
        instruments=tuple(_instrument(each) for each in case.get("instruments", ())),
        allergies=_allergies(words, case.get("allergies")),
        suggestions=tuple(_suggestion(words, values, each) for each in answer["suggestions"]),
        is_held=_is_held(answer),
    )


def _is_held(answer: dict[str, Any]) -> bool:
    said = {each["code"] for each in answer["acknowledged"]}
    waiting = [each for each in answer["red_flags"] if each["code"] not in said]
    actions = {each["action"] for each in waiting}
    return "hold_list" in actions and "block_list" not in actions


def _concept_codes(found: models.SuggestionList) -> Iterator[str]:
    for finding in found.case["findings"]:
        yield finding["code"]
    for suggestion in found.answer["suggestions"]:
        for reason in (*suggestion["because"], *suggestion["against"]):
            yield reason["code"]


def _therapy_codes(found: models.SuggestionList) -> Iterator[str]:
    for tried in found.case["responses"]:
        yield tried["therapy"]
    yield from found.case.get("allergies") or ()
    for suggestion in found.answer["suggestions"]:
        yield suggestion["therapy"]["code"]
        yield from suggestion["tied_with"]


def _plain(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").replace(":", " ")


def _name(words: Words, kind: str, code: str) -> str:
    known = words.concepts.get((kind, code))
    return known.display if known else _plain(code)


def _therapy(words: Words, code: str) -> str:
    known = words.therapies.get(code)
    return known.name if known else _plain(code)


def _finding(words: Words, kind: str, code: str, value: float | str | None) -> str:
    name = _name(words, kind, code)
    known = words.concepts.get((kind, code))
    return f"{name}: {_value(value, known.value_type if known else '')}"


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


def _tried(words: Words, tried: dict[str, Any]) -> str:
    parts = [_response(tried["response"])]
    if tried["stopped"] in _STOPPED:
        parts.append(_STOPPED[tried["stopped"]])
    if tried.get("in_use"):
        parts.append("in use now")
    if tried.get("days_since_stop") is not None:
        parts.append(f"ended {tried['days_since_stop']} days before the question")
    return f"{_therapy(words, tried['therapy'])}: {', '.join(parts)}"


def _allergies(words: Words, codes: list[str] | None) -> str:
    if codes is None:
        return "not recorded"
    return ", ".join(_therapy(words, code) for code in codes) or "none"


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


def _suggestion(
    words: Words, values: dict[tuple[str, str], Any], given: dict[str, Any]
) -> ReadSuggestion:
    known = words.therapies.get(given["therapy"]["code"])
    return ReadSuggestion(
        given=given,
        tied_with=", ".join(_therapy(words, code) for code in given["tied_with"]),
        frequency=_frequency(given),
        baseline="" if given["baseline"] is None else _in_ten(given["baseline"]),
        strip=_strip(given),
        level="" if given["interval"] is None else f"{given['interval']['level']:.0%}",
        counted=_counted(given),
        because=_reasons(words, values, given["because"]),
        against=_reasons(words, values, given["against"]),
        evidence_grade=known.evidence_grade if known else "",
        evidence_source=known.evidence_source if known else "",
    )


def _reasons(
    words: Words, values: dict[tuple[str, str], Any], given: list[dict[str, Any]]
) -> tuple[ReadReason, ...]:
    return tuple(ReadReason(_reason(words, values, each), each["contribution"]) for each in given)


def _reason(words: Words, values: dict[tuple[str, str], Any], reason: dict[str, Any]) -> str:
    named = [reason, reason["together_with"]] if "together_with" in reason else [reason]
    said = []
    for each in named:
        key = each["kind"], each["code"]
        said.append(_finding(words, *key, values[key]) if key in values else _name(words, *key))
    return " together with ".join(said)


def _in_ten(share: float) -> str:
    return f"{round(share * 10)} in 10"


def _frequency(given: dict[str, Any]) -> str:
    return "" if given["probability"] is None else f"about {_in_ten(given['probability'])}"


def _counted(given: dict[str, Any]) -> str:
    """What was counted, apart from the estimate that is made of it."""
    support = given["support"]
    if support is None:
        return ""
    responded = round(support["responded"] * support["cases"])
    return f"{responded} of {support['cases']} similar cases who had it responded"


def _strip(given: dict[str, Any]) -> Strip | None:
    interval = given["interval"]
    if interval is None:
        return None
    baseline = given["baseline"]
    return Strip(
        at=round(given["probability"] * CHART_WIDTH),
        lower=round(interval["lower"] * CHART_WIDTH),
        upper=round(interval["upper"] * CHART_WIDTH),
        baseline=None if baseline is None else round(baseline * CHART_WIDTH),
    )
