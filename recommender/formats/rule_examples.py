"""The worked cases of the safety rules as they are written down, in a file or beside a rule."""

import csv
import io
from collections.abc import Iterator, Mapping

from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, Stopped
from recommender.clinical.instruments import instrument
from recommender.clinical.rule_examples import RuleExample
from recommender.clinical.safety import Severity
from recommender.clinical.snapshot import assessment
from recommender.exceptions import BadInput

FILE = "safety_rules/examples.csv"
RULE = "rule"
IN_USE = "in-use"
CLINICIAN = "clinician"
HOW = (
    "write findings as kind:code=value, a clinician's answer as clinician:question=1 or 0, tried "
    "as therapy:in-use or therapy:days since it was stopped, scores as scale=total or "
    "scale:item=answer, allergies as codes or `none`, and what the rule does as a severity, or "
    "nothing"
)
NONE = "none"
_ANSWERS = {"1": True, "0": False}

Written = dict[str, str]


def read_examples(text: str) -> Iterator[RuleExample]:
    """The examples of a file; a row that can't be read is named."""
    for number, (rule, written) in enumerate(_rows(text), start=2):
        try:
            yield read_example(rule, written)
        except BadInput as problem:
            raise BadInput(f"{FILE}, row {number}: {HOW}.") from problem


def examples_by_rule(text: str) -> dict[str, list[Written]]:
    """The examples of a file as they are written, by the rule that they are of."""
    found: dict[str, list[Written]] = {}
    for rule, written in _rows(text):
        found.setdefault(rule, []).append(written)
    return found


def read_example(rule: str, written: Mapping[str, str]) -> RuleExample:
    """One example as it is written down."""
    try:
        return RuleExample(
            rule=rule,
            therapy=written["therapy"],
            case=Case(
                findings=tuple(_findings(written["findings"])),
                tried=tuple(_tried(written["tried"])),
                assessments=tuple(_scores(written.get("scores", ""))),
                said=dict(_said(written["findings"])),
                allergies=_allergies(written.get("allergies", "")),
                all_tried_known=written["tried"] == NONE,
            ),
            does=Severity(written["does"]) if written["does"] else None,
        )
    except (ValueError, KeyError, BadInput) as problem:
        raise BadInput(f"Example of {rule}: {HOW}.", field="examples") from problem


def _rows(text: str) -> Iterator[tuple[str, Written]]:
    for row in csv.DictReader(io.StringIO(text)):
        yield row.pop(RULE), row


def _findings(written: str) -> Iterator[Finding]:
    for kind, code, value in _recorded(written):
        if kind != CLINICIAN:
            yield Finding(FindingKind(kind), code, float(value) if value else None)


def _said(written: str) -> Iterator[tuple[str, bool]]:
    for kind, question, answer in _recorded(written):
        if kind == CLINICIAN:
            yield question, _ANSWERS[answer]


def _recorded(written: str) -> Iterator[tuple[str, str, str]]:
    for one in filter(None, written.split(";")):
        name, _, value = one.partition("=")
        kind, code = name.split(":")
        yield kind, code, value


def _tried(written: str) -> Iterator[TriedTherapy]:
    for one in filter(None, "" if written == NONE else written.split(";")):
        code, how = one.split(":")
        if how == IN_USE:
            yield TriedTherapy(code, in_use=True)
        else:
            yield TriedTherapy(code, stopped=Stopped.OTHER, days_since_stop=int(how))


def _scores(written: str) -> Iterator[Assessment]:
    answers: dict[str, dict[str, int]] = {}
    for one in filter(None, written.split(";")):
        name, _, number = one.partition("=")
        scale, _, item = name.partition(":")
        if item:
            answers.setdefault(scale, {})[item] = int(number)
        else:
            instrument(scale).check_total(int(number))
            yield Assessment(instrument(scale).id, 1, {}, int(number))
    for scale, given in answers.items():
        yield assessment(scale, given)


def _allergies(written: str) -> tuple[str, ...] | None:
    if not written:
        return None
    return () if written == NONE else tuple(filter(None, written.split(";")))
