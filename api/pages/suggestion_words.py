"""One suggestion in a clinician's words: how often, for and against, evidence, its class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.case_words import CaseWords, ConceptKey
from recommender import models
from recommender.clinical.therapy import class_code

CHART_WIDTH = 100
DOTS = 10
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth"),
)
_HIGHEST, _LOWEST = "A", "C"
# A therapy counts as well placed or badly placed from here on.
_EARLY, _LATE = 2, 4


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
class Evidence:
    """The catalogue's grade, which takes no part in the order, and where the two disagree."""

    grade: str
    source: str
    is_verified: bool
    disagreement: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another therapy of the same class, and what the list says of it."""

    name: str
    place: str


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
    evidence: Evidence | None
    alternatives: tuple[Alternative, ...]
    is_offered: bool
    classes: frozenset[str]

    @property
    def kind(self) -> str:
        """Its kind as people write it."""
        return str(self.given["therapy"]["kind"]).replace("_", "-")

    @property
    def kind_and_class(self) -> str:
        """Its kind and, where that says more, its class."""
        own = self.given["therapy"]["class"]
        return (
            f"{self.kind} · {own}" if own not in ("", self.given["therapy"]["kind"]) else self.kind
        )

    @property
    def dots(self) -> tuple[tuple[int, bool], ...]:
        """Ten places on a line of 120, as many of them full as respond in ten."""
        share = self.given["probability"]
        full = 0 if share is None else round(share * DOTS)
        return tuple((12 * place + 6, place < full) for place in range(DOTS))


def read_suggestion(
    words: CaseWords,
    given: dict[str, Any],
    *,
    answer: dict[str, Any],
    catalogue: Mapping[str, models.TherapyRecord],
) -> ReadSuggestion:
    """The suggestion in words; `catalogue` is where others of its class are looked for."""
    known = words.therapy(given["therapy"]["code"])
    return ReadSuggestion(
        given=given,
        tied_with=", ".join(words.therapy_name(code) for code in given["tied_with"]),
        frequency="" if given["probability"] is None else f"about {_in_ten(given['probability'])}",
        baseline="" if given["baseline"] is None else _in_ten(given["baseline"]),
        strip=_strip(given),
        level="" if given["interval"] is None else f"{given['interval']['level']:.0%}",
        counted=_counted(given),
        because=_reasons(words, given["because"]),
        against=_reasons(words, given["against"]),
        evidence=_evidence(known, given["rank"]),
        alternatives=_alternatives(given["therapy"], answer, catalogue),
        is_offered=known is None or known.offered,
        classes=frozenset() if known is None else known.to_value().classes,
    )


def _reasons(words: CaseWords, given: Iterable[dict[str, Any]]) -> tuple[ReadReason, ...]:
    return tuple(ReadReason(_reason(words, each), each["contribution"]) for each in given)


def _reason(words: CaseWords, given: dict[str, Any]) -> str:
    named = [given, given["together_with"]] if "together_with" in given else [given]
    return " together with ".join(words.finding_or_name(_key(each)) for each in named)


def _key(reason: dict[str, Any]) -> ConceptKey:
    return reason["kind"], reason["code"]


def _in_ten(share: float) -> str:
    return f"{round(share * DOTS)} in 10"


def _counted(given: dict[str, Any]) -> str:
    """What was counted, apart from the estimate that is made of it."""
    support = given["support"]
    if support is None or support["responded"] is None:
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


def _evidence(known: models.TherapyRecord | None, rank: int) -> Evidence | None:
    if known is None or not known.evidence_grade:
        return None
    source = known.evidence_source
    return Evidence(
        grade=known.evidence_grade,
        source=source,
        is_verified=bool(source) and "unverified" not in source.lower(),
        disagreement=_disagreement(known.evidence_grade, rank),
    )


def _disagreement(grade: str, rank: int) -> str:
    """Where the grade says one thing and the order another; neither is hidden."""
    place = _ORDINALS[rank - 1] if rank <= len(_ORDINALS) else f"in place {rank}"
    if grade == _HIGHEST and rank >= _LATE:
        return f"Well supported by trials, ranked {place} here."
    if grade == _LOWEST and rank <= _EARLY:
        return f"Little supported by trials, ranked {place} here."
    return ""


def _alternatives(
    therapy: dict[str, Any],
    answer: dict[str, Any],
    catalogue: Mapping[str, models.TherapyRecord],
) -> tuple[Alternative, ...]:
    own = class_code(therapy["class"])
    if own in {"", class_code(therapy["kind"])}:
        return ()
    return tuple(
        Alternative(record.name, place_in_words(answer, code))
        for code, record in catalogue.items()
        if code != therapy["code"] and class_code(record.therapy_class) == own
    )


def place_in_words(answer: dict[str, Any], therapy: str) -> str:
    """Where a list has a therapy."""
    for given in answer["suggestions"]:
        if given["therapy"]["code"] == therapy:
            return f"rank {given['rank']} here{', tied' if given['tied_with'] else ''}"
    for part, words in (
        ("withheld", "withheld by a safety rule"),
        ("already_tried", "left out: it failed before"),
        ("set_aside", "set aside for a preference"),
    ):
        if any(each["therapy"]["code"] == therapy for each in answer[part]):
            return words
    return "not put forward here"
