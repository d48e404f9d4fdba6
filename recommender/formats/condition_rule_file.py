"""The shipped rules with a condition of several parts, read from their table."""

import csv
import io
import json
from collections.abc import Mapping

from recommender.clinical.condition_rules import ConditionRule, read_rule_condition
from recommender.clinical.conditions import Subject
from recommender.clinical.safety import Severity
from recommender.clinical.therapy import class_code
from recommender.exceptions import BadInput

FILE = "safety_rules/conditions.csv"
REQUIRED = ("code", "condition", "severity", "reason", "verification", "source")


def read_condition_rules(text: str) -> tuple[ConditionRule, ...]:
    """The rules of the table; one that can't be read refuses all of it, by its row."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    return tuple(_rule(row, number) for number, row in enumerate(rows, start=2))


def _rule(row: Mapping[str, str], number: int) -> ConditionRule:
    try:
        if not all(row[name] for name in REQUIRED) or bool(row["therapy"]) == bool(row["class"]):
            raise BadInput("a cell is empty, or the rule hasn't one subject", field="therapy")
        return ConditionRule(
            code=row["code"],
            subject=Subject(row["therapy"], class_code(row["class"])),
            condition=read_rule_condition(json.loads(row["condition"])),
            severity=Severity(row["severity"]),
            reason=row["reason"],
            source=row["source"],
            verification=row["verification"],
            floor=row["severity"] == Severity.WITHHOLD,
            has_to_be_known=row["has_to_be_known"] == "yes",
        )
    except (BadInput, ValueError, KeyError) as problem:
        raise BadInput(f"{FILE}, row {number}: {problem}", field=FILE) from problem
