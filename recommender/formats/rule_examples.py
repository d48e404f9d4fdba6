"""The worked cases of the safety rules as they are kept in a file."""

import csv
import io
from collections.abc import Iterator

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, Stopped
from recommender.clinical.rule_examples import RuleExample
from recommender.clinical.safety import Severity
from recommender.exceptions import BadInput

FILE = "safety_rules/examples.csv"
IN_USE = "in-use"


def read_examples(text: str) -> Iterator[RuleExample]:
    """The examples; a row that can't be read is named."""
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            yield RuleExample(
                rule=row["rule"],
                therapy=row["therapy"],
                case=Case(
                    findings=tuple(_findings(row["findings"])), tried=tuple(_tried(row["tried"]))
                ),
                does=Severity(row["does"]) if row["does"] else None,
            )
        except (ValueError, KeyError) as problem:
            raise BadInput(
                f"{FILE}, row {number}: write findings as kind:code=value, tried as "
                "therapy:in-use or therapy:days since it was stopped."
            ) from problem


def _findings(written: str) -> Iterator[Finding]:
    for one in filter(None, written.split(";")):
        name, _, value = one.partition("=")
        kind, code = name.split(":")
        yield Finding(FindingKind(kind), code, float(value) if value else None)


def _tried(written: str) -> Iterator[TriedTherapy]:
    for one in filter(None, written.split(";")):
        code, how = one.split(":")
        if how == IN_USE:
            yield TriedTherapy(code, in_use=True)
        else:
            yield TriedTherapy(code, stopped=Stopped.OTHER, days_since_stop=int(how))
