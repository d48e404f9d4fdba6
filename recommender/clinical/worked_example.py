"""The worked cases that a rule brings along: what is known, and whether the rule fires."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from recommender.clinical.case import Assessment, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.instruments import instrument
from recommender.clinical.snapshot import Course, DaysAgo, Snapshot, assessment
from recommender.exceptions import BadInput

_KNOWN = (
    "fires",
    "says",
    "findings",
    "scores",
    "in_use",
    "stopped",
    "all_therapies_known",
    "proposed",
    "said",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A case of the rule's own, and whether the rule fires on it."""

    says: str
    fires: bool
    snapshot: Snapshot


def read_example(form: object, *, place: str = "example") -> Example:
    """One example; a therapy stands with its classes, scores stand in their order."""
    table = _table(form, place)
    unknown = sorted(set(table) - set(_KNOWN))
    if unknown:
        raise _refusal(f"{place}.{unknown[0]}", "there's no such field")
    fires, says = table.get("fires"), table.get("says")
    if not isinstance(fires, bool) or not isinstance(says, str) or not says:
        raise _refusal(place, "say in 'says' what the case is, and in 'fires' true or false")
    return Example(says, fires, _snapshot(table, place))


def _snapshot(table: Mapping[str, object], place: str) -> Snapshot:
    proposed = None
    if "proposed" in table:
        proposed = {
            code: _classes(classes, f"{place}.proposed")
            for code, classes in _table(table["proposed"], f"{place}.proposed").items()
        }
    return Snapshot(
        findings=_findings(table.get("findings", {}), f"{place}.findings"),
        courses=(
            *_in_use(table.get("in_use", {}), f"{place}.in_use"),
            *_stopped(table.get("stopped", {}), f"{place}.stopped"),
        ),
        all_courses_known=_yes_or_no(
            table.get("all_therapies_known", False), f"{place}.all_therapies_known"
        ),
        assessments=_scores(table.get("scores", []), f"{place}.scores"),
        proposed=proposed,
        said={
            question: _yes_or_no(answer, f"{place}.said")
            for question, answer in _table(table.get("said", {}), f"{place}.said").items()
        },
    )


def _findings(form: object, place: str) -> tuple[Finding, ...]:
    findings = []
    for name, value in _table(form, place).items():
        kind, _, code = name.partition(":")
        if kind not in list(FindingKind) or type(value) not in {int, float, str}:
            raise _refusal(place, "give kind:code = a number or a category")
        findings.append(Finding(FindingKind(kind), code, cast("float | str", value)))
    return tuple(findings)


def _scores(form: object, place: str) -> tuple[Assessment, ...]:
    if not isinstance(form, list):
        raise _refusal(place, "give a list of scores")
    return tuple(
        _score(_table(each, place), place, sequence) for sequence, each in enumerate(form, 1)
    )


def _score(table: Mapping[str, object], place: str, sequence: int) -> Assessment:
    scale = instrument(str(table.get("instrument", "")))
    if set(table) == {"instrument", "total"}:
        total = cast("int", table["total"])
        scale.check_total(total)
        return Assessment(scale.id, sequence, {}, total)
    if set(table) != {"instrument", "answers"}:
        raise _refusal(place, "give an instrument with either its answers or its total")
    answers = cast("Mapping[str, int]", _table(table["answers"], place))
    return assessment(scale.id, answers, sequence=sequence)


def _in_use(form: object, place: str) -> list[Course]:
    return [
        Course(code, _classes(classes, place), in_use=True)
        for code, classes in _table(form, place).items()
    ]


def _stopped(form: object, place: str) -> list[Course]:
    courses = []
    for code, content in _table(form, place).items():
        table = _table(content, place)
        ago = _days_ago(table["days"], place) if "days" in table else None
        classes = _classes(table.get("classes", []), place)
        courses.append(Course(code, classes, in_use=False, stopped=ago))
    return courses


def _days_ago(value: object, place: str) -> DaysAgo:
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(type(each) is int and each >= 0 for each in value)
        or value[0] > value[1]
    ):
        raise _refusal(place, "give days as the fewest and the most, such as [0, 7]")
    return DaysAgo(value[0], value[1])


def _classes(value: object, place: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _refusal(place, "give a therapy with the list of its classes")
    return frozenset(value)


def _yes_or_no(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise _refusal(place, "give true or false")
    return value


def _table(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _refusal(place, "give a table")
    return value


def _refusal(place: str, remedy: str) -> BadInput:
    return BadInput(f"{place}: {remedy}.", field=place)
