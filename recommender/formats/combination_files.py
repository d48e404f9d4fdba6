"""The shipped tables of medicines that don't go together, and of those that nobody suggests."""

import csv
import io
from collections.abc import Iterator, Mapping

from recommender.clinical.catalogue import TherapyEntry
from recommender.clinical.coding import TherapyKind
from recommender.clinical.combinations import CombinationRule
from recommender.clinical.conditions import Subject
from recommender.clinical.safety import Severity
from recommender.clinical.therapy import Therapy
from recommender.exceptions import BadInput

# What the product does on each word of the interaction table.
_DOES = {
    "contraindicated": Severity.WITHHOLD,
    "major": Severity.CAUTION,
    "moderate": Severity.MONITOR,
}

Row = Mapping[str, str]


def read_interactions(text: str) -> tuple[CombinationRule, ...]:
    """Two rules a pair, since either of the two may be the one in use."""
    return tuple(rule for row in _rows(text) for rule in _pair(row))


def read_comedications(text: str) -> tuple[CombinationRule, ...]:
    """A rule for each other therapy or class that a row names; none where it names none."""
    return tuple(rule for row in _rows(text) for rule in _beside(row))


def read_medicines(text: str) -> tuple[TherapyEntry, ...]:
    """The medicines that rules speak of and no list suggests, with their classes and codes."""
    return tuple(
        TherapyEntry(
            therapy=Therapy(
                code=row["code"],
                name=row["name"],
                kind=TherapyKind.MEDICATION,
                attributes=tuple(filter(None, row["classes"].split(";"))),
            ),
            codes={"atc": row["atc"]} if row["atc"] else {},
            source=row["source"],
        )
        for row in _rows(text)
    )


def _pair(row: Row) -> Iterator[CombinationRule]:
    first, second = row["therapy_a"], row["therapy_b"]
    severity = _DOES.get(row["severity_draft"])
    if not (first and second and severity):
        raise _unreadable(row)
    for subject, other in ((first, second), (second, first)):
        yield CombinationRule(
            code=row["code"],
            subject=Subject(therapy=subject),
            other=Subject(therapy=other),
            severity=severity,
            reason=f"With {other}: {row['effect']}",
            source=row["source"],
            verification=row["verification"],
        )


def _beside(row: Row) -> Iterator[CombinationRule]:
    subject = Subject(row["therapy"], row["class"])
    days = row["within_days"]
    others = [Subject(therapy=code) for code in row["other_therapy"].split(";") if code]
    others += [Subject(therapy_class=code) for code in row["other_class"].split(";") if code]
    if row["severity"] not in list(Severity) or not (days.isdecimal() or not days):
        raise _unreadable(row)
    for other in others:
        yield CombinationRule(
            code=row["code"],
            subject=subject,
            other=other,
            severity=Severity(row["severity"]),
            reason=f"With {row['condition']}: {row['reason']}",
            source=row["source"],
            verification=row["verification"],
            within_days=int(days) if days else None,
        )


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), strict=True))


def _unreadable(row: Row) -> BadInput:
    return BadInput(f"Rule {row['code']} can't be read: correct its row.", field=row["code"])
