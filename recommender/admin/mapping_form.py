"""The mapping editor's fields: from what was posted to a draft, and from a draft to the page."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from recommender.clinical.coding import FindingKind, TherapyKind, ValueType
from recommender.formats.mapping import About, Arm
from recommender.formats.mapping_draft import Choice, Draft, Role
from recommender.formats.wide_preview import Column, FirstRows

ROLES = (
    (Role.OPEN, "choose …"),
    (Role.FINDING, "a finding"),
    (Role.THERAPY, "the therapy tried"),
    (Role.RESPONSE, "how it went"),
    (Role.SEQUENCE, "its place in the order"),
    (Role.CASE, "the case's id"),
    (Role.YEAR, "the year"),
    (Role.SITE, "the site or trial"),
    (Role.DROP, "left out"),
)
VALUE_TYPES = (
    (ValueType.FLAG, "there or not"),
    (ValueType.SEVERITY, "severity 0–3"),
    (ValueType.NUMBER, "a number"),
    (ValueType.CATEGORY, "a category"),
)
ABOUT = (
    ("title", "What it is"),
    ("source", "Source"),
    ("licence", "Licence, or the terms it is used on"),
    ("url", "Address"),
    ("version", "Version of the source"),
    ("description", "Description"),
)
RENAMED = (Role.FINDING, Role.THERAPY, Role.SITE)


def draft_in(posted: QueryDict, first: FirstRows) -> Draft:
    """What was chosen; the columns stand by their places, for a name could be anything."""
    therapies: dict[str, Arm] = {}
    columns = {}
    for place, column in enumerate(first.columns):
        columns[column.name] = choice = _choice(posted, f"c{place}", column)
        if choice.role is Role.THERAPY:
            therapies |= _new_therapies(posted, f"c{place}", column)
    return Draft(
        columns=columns,
        about=About(**{name: posted.get(f"about-{name}", "").strip() for name, _ in ABOUT}),
        response=posted.get("response", "").strip(),
        unknown=posted.get("unknown", "").strip(),
        why=posted.get("why", "").strip(),
        therapies=tuple(therapies.values()),
    )


def shown(first: FirstRows, draft: Draft) -> dict[str, Any]:
    """The fields with what is chosen in them."""
    new = {arm.code: arm for arm in draft.therapies}
    return {
        "columns": [
            _row(f"c{place}", column, draft.columns[column.name], new)
            for place, column in enumerate(first.columns)
        ],
        "rows_read": first.table.height,
        "roles": ROLES,
        "kinds": list(FindingKind),
        "value_types": VALUE_TYPES,
        "therapy_kinds": [*TherapyKind, "control"],
        "about": [(name, words, getattr(draft.about, name)) for name, words in ABOUT],
    }


def _choice(posted: QueryDict, prefix: str, column: Column) -> Choice:
    def given(name: str) -> str:
        return posted.get(f"{prefix}-{name}", "").strip()

    role = Role(given("role")) if given("role") in set(Role) else Role.OPEN
    becomes = {
        value: given(f"{role}-{number}")
        for number, value in enumerate(column.values)
        if role in RENAMED and f"{prefix}-{role}-{number}" in posted
    }
    return Choice(
        role=role,
        reason=given("reason"),
        kind=given("kind"),
        code=given("code"),
        display=given("display"),
        value_type=given("value_type"),
        becomes=becomes,
        bands=given(f"{role}-bands"),
    )


def _new_therapies(posted: QueryDict, prefix: str, column: Column) -> dict[str, Arm]:
    found = {}
    for number, _ in enumerate(column.values):
        code, name, kind, therapy_class = (
            posted.get(f"{prefix}-{field}-{number}", "").strip()
            for field in ("therapy", "name", "kind", "class")
        )
        if code and (name or kind):
            found[code] = Arm(code, name, kind, therapy_class)
    return found


def _row(prefix: str, column: Column, choice: Choice, new: Mapping[str, Arm]) -> dict[str, Any]:
    values = list(dict.fromkeys([*column.values, *choice.becomes]))
    return {
        "prefix": prefix,
        "column": column,
        "choice": choice,
        "empty": f"{1 - column.filled:.0%}" if column.filled < 1 else "",
        "is_renamed": bool(choice.bands or any(choice.becomes.values())),
        "is_short": column.distinct <= len(column.values),
        "values": [
            {
                "given": value,
                "becomes": choice.becomes.get(value, ""),
                "new": new.get(choice.becomes.get(value, "")),
            }
            for value in values[: len(column.values)]
        ],
    }
