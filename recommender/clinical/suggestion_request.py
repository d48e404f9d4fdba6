"""What may be asked: a case, checked at the door before anything is made of it."""

import math
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import (
    CODE_PATTERN,
    MAX_SEVERITY,
    RESPONSE_WORDS,
    Concept,
    FindingKind,
    Stopped,
    TherapyKind,
    ValueType,
)
from recommender.clinical.names import THERAPY
from recommender.clinical.privacy import (
    AGE_BAND,
    LONG_NUMBER,
    OLDEST_AGE,
    identifier_in,
    is_age,
)
from recommender.clinical.therapy import Therapy
from recommender.exceptions import BadInput

MAX_FINDINGS = 300
MAX_RESPONSES = 100
MAX_ALLERGIES = 100
MAX_LIMIT = 20
DEFAULT_LIMIT = 5
MAX_CATEGORY_LENGTH = 64

_CODE = re.compile(CODE_PATTERN.removesuffix("$"))

_WAYS_TO_STOP = frozenset(word.value for word in Stopped)

ConceptKey = tuple[FindingKind, str]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the person would rather avoid, and what the site doesn't offer.

    They take therapies out of the ranking and are told with it; nothing they say brings one back
    that safety keeps off. `avoid_effects` are side effects, each with the therapies listed under
    it.
    """

    avoid_kinds: frozenset[TherapyKind] = frozenset()
    avoid_classes: frozenset[str] = frozenset()
    not_offered: frozenset[str] = frozenset()
    avoid_effects: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def reason_against(self, therapy: Therapy) -> str | None:
        """Why a therapy is set aside, or None."""
        if therapy.code in self.not_offered:
            return "It isn't offered here."
        if therapy.kind in self.avoid_kinds:
            return f"The person would rather avoid this kind ({therapy.kind.value})."
        if avoided := sorted(self.avoid_classes & therapy.classes):
            return f"The person would rather avoid this class ({avoided[0]})."
        effects = [name for name, by in self.avoid_effects.items() if therapy.code in by]
        if effects:
            return (
                f"The person would rather avoid a side effect that it is listed under "
                f"({min(effects)}, unverified)."
            )
        return None

    def of_known(self, therapies: Iterable[Therapy]) -> "Preferences":
        """What of it speaks of these therapies: a code that nobody knows isn't kept."""
        known = tuple(therapies)
        classes = frozenset[str]().union(*(therapy.classes for therapy in known))
        codes = {therapy.code for therapy in known}
        return replace(
            self,
            avoid_classes=self.avoid_classes & classes,
            not_offered=self.not_offered & codes,
        )

    def __bool__(self) -> bool:
        return bool(
            self.avoid_kinds or self.avoid_classes or self.not_offered or self.avoid_effects
        )


NO_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True)
class SuggestionRequest:
    """A question: which therapies to review for this case, on this pathway."""

    pathway: str
    case: Case
    limit: int = DEFAULT_LIMIT
    explain_all: bool = False
    acknowledged: tuple[str, ...] = ()
    preferences: Preferences = NO_PREFERENCES


def response_of(answer: float | str | None) -> float | None:
    """A response as a number, from a number or one of the words; None when it's unknown."""
    if not isinstance(answer, str):
        return answer
    try:
        return RESPONSE_WORDS[answer]
    except KeyError:
        words = ", ".join(RESPONSE_WORDS)
        raise BadInput(f"Give a number from 0 to 1 or one of: {words}.", field="response") from None


def banded(request: SuggestionRequest) -> SuggestionRequest:
    """Ages above the oldest in one band: so great an age alone can name a person."""
    findings = request.case.findings
    if not any(_is_great_age(finding) for finding in findings):
        return request
    kept = tuple(
        replace(finding, value=float(AGE_BAND)) if _is_great_age(finding) else finding
        for finding in findings
    )
    return replace(request, case=replace(request.case, findings=kept))


def _is_great_age(finding: Finding) -> bool:
    value = finding.value
    return isinstance(value, int | float) and value > OLDEST_AGE and is_age(finding.code)


Near = Callable[[str, str], Sequence[str]]


def _nothing_near(_kind: str, _text: str) -> Sequence[str]:
    return ()


def refuse_unusable(
    request: SuggestionRequest,
    *,
    concepts: Mapping[ConceptKey, Concept],
    therapies: Container[str],
    near: Near = _nothing_near,
) -> None:
    """Refuse what can't be used, by its field; a value of the case is never repeated.

    Codes that the version knows passed the identifier scan when their data set came in, so only
    the others are scanned here. `near` says which entries a name comes close to.
    """
    if not 1 <= request.limit <= MAX_LIMIT:
        raise BadInput(f"Give a limit from 1 to {MAX_LIMIT}.", field="limit")
    case = request.case
    if len(case.findings) > MAX_FINDINGS:
        raise BadInput(f"Give at most {MAX_FINDINGS} findings.", field="case.findings")
    if len(case.tried) > MAX_RESPONSES:
        raise BadInput(f"Give at most {MAX_RESPONSES} responses.", field="case.responses")
    if len(case.allergies or ()) > MAX_ALLERGIES:
        raise BadInput(f"Give at most {MAX_ALLERGIES} allergies.", field="case.allergies")
    for place, problem in _problems(case, concepts, therapies, near):
        raise BadInput(problem, field=place)


def _problems(
    case: Case,
    concepts: Mapping[ConceptKey, Concept],
    therapies: Container[str],
    near: Near,
) -> Iterator[tuple[str, str]]:
    seen = set[ConceptKey]()
    for place, finding in enumerate(case.findings):
        key = (finding.kind, finding.code)
        if key in seen:
            yield f"case.findings[{place}]", "Give each finding once."
        seen.add(key)
        concept = concepts.get(key)
        if concept is None and (problem := _code_problem(finding.code)) is not None:
            yield f"case.findings[{place}].code", problem + _close(near(*key))
        if (problem := _value_problem(finding, concept)) is not None:
            yield f"case.findings[{place}].value", problem
    for place, tried in enumerate(case.tried):
        if tried.therapy not in therapies and (problem := _code_problem(tried.therapy)) is not None:
            close = _close(near(THERAPY, tried.therapy))
            yield f"case.responses[{place}].therapy", problem + close
        yield from _tried_problems(tried, f"case.responses[{place}]")
    for place, code in enumerate(case.allergies or ()):
        if code not in therapies and (problem := _code_problem(code)) is not None:
            yield f"case.allergies[{place}]", problem + _close(near(THERAPY, code))


def _tried_problems(tried: TriedTherapy, field: str) -> Iterator[tuple[str, str]]:
    if tried.in_use and (tried.days_since_stop is not None or tried.stopped != Stopped.UNKNOWN):
        yield f"{field}.in_use", "Say either that it is in use, or how or when it stopped."
    if tried.days_since_stop is not None and tried.days_since_stop < 0:
        yield f"{field}.days_since_stop", "Give the number of days, 0 or more."
    # Written so that NaN, which compares as neither, is refused as well.
    if tried.response is not None and not 0.0 <= tried.response <= 1.0:
        yield f"{field}.response", "Give a number from 0 to 1."
    if tried.stopped not in list(Stopped):
        yield f"{field}.stopped", f"Give one of: {', '.join(Stopped)}."


def refuse_unknown_words(
    request: SuggestionRequest, *, questions: Container[str], flags: Container[str]
) -> None:
    """Refuse an answer to no question, or an acknowledgement of no red flag: it would be lost."""
    for question in request.case.said:
        if question not in questions:
            raise BadInput(
                "No red flag asks one of these questions; the codes stand under "
                "`red_flags_not_assessed` of an answer.",
                field="case.clinician_says",
            )
    for place, code in enumerate(request.acknowledged):
        if code not in flags:
            raise BadInput(
                "There's no such red flag: give its code as the answer spells it.",
                field=f"acknowledged[{place}]",
            )


def _close(entries: Sequence[str]) -> str:
    return f" Close to it: {', '.join(entries)}." if entries else ""


def _code_problem(code: str) -> str | None:
    if _CODE.fullmatch(code) is None:
        return "Give a code: up to 64 letters, digits and _ . , : + / - without spaces."
    return _identifier_problem(code)


def _identifier_problem(text: str) -> str | None:
    if (what := identifier_in(text)) is None:
        return None
    return f"This looks like {what}. Leave out whatever could say who the person is."


def _value_problem(finding: Finding, concept: Concept | None) -> str | None:
    if finding.value is None:
        return None
    if isinstance(finding.value, str):
        return _category_problem(finding.value, concept)
    return _number_problem(finding.value, concept)


def _number_problem(value: float, concept: Concept | None) -> str | None:
    if not math.isfinite(value) or abs(value) >= LONG_NUMBER:
        return "Give a finite number of at most seven digits: longer ones can name a person."
    if concept is None:
        return None
    if concept.value_type is ValueType.SEVERITY and not 0 <= value <= MAX_SEVERITY:
        return f"Give a severity from 0 to {MAX_SEVERITY}."
    if concept.value_type is ValueType.FLAG and value not in (0, 1):
        return "Give 1 for present or 0 for absent, or leave the value out for present."
    return None


def _category_problem(value: str, concept: Concept | None) -> str | None:
    if concept is not None and concept.value_type is not ValueType.CATEGORY:
        return f"Give a number: this finding is recorded as a {concept.value_type.value}."
    if not 0 < len(value) <= MAX_CATEGORY_LENGTH:
        return f"Give a category of 1 to {MAX_CATEGORY_LENGTH} characters."
    return _identifier_problem(value)
