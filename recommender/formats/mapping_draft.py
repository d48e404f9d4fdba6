"""What somebody has chosen for each column of a wide table so far: to a mapping, and back."""

from collections.abc import Mapping as Names
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import msgspec

from recommender.exceptions import BadInput
from recommender.formats.mapping import About, Arm, Band, FindingColumn, Mapping, mapping_of

ELSE = "else"


class Role(StrEnum):
    """What a column is; open until somebody has decided."""

    OPEN = ""
    FINDING = "finding"
    THERAPY = "therapy"
    RESPONSE = "response"
    SEQUENCE = "sequence"
    CASE = "case"
    YEAR = "year"
    SITE = "site"
    DROP = "drop"


SEVERAL = frozenset({Role.OPEN, Role.FINDING, Role.DROP})
"""What more than one column may be."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one column; `becomes` renames what stands in it, `bands` cut numbers."""

    role: Role = Role.OPEN
    reason: str = ""
    kind: str = ""
    code: str = ""
    display: str = ""
    value_type: str = ""
    becomes: Names[str, str] = field(default_factory=dict)
    bands: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """All that was chosen: column by column, the outcome's conditions, where the table is from."""

    columns: Names[str, Choice]
    about: About = field(default_factory=lambda: About("", "", ""))
    response: str = ""
    unknown: str = ""
    why: str = ""
    therapies: tuple[Arm, ...] = ()

    @property
    def still_open(self) -> tuple[str, ...]:
        """The columns that nobody has decided yet."""
        return tuple(name for name, choice in self.columns.items() if choice.role is Role.OPEN)

    def without_open(self, reason: str) -> "Draft":
        """The same, with what is still open dropped for this reason."""
        dropped = {name: Choice(Role.DROP, reason=reason) for name in self.still_open}
        return self.with_columns(dropped)

    def with_columns(self, chosen: Names[str, Choice]) -> "Draft":
        """The same with these choices in place of what was there."""
        return replace(self, columns={**self.columns, **chosen})

    def column(self, role: Role) -> str:
        """The one column of this role, or nothing."""
        found = [name for name, choice in self.columns.items() if choice.role is role]
        if len(found) > 1:
            raise BadInput(
                f"Only one column can be the {role}: choose between {' and '.join(found)}.",
                field=found[1],
            )
        return found[0] if found else ""


def mapping_from(draft: Draft) -> Mapping:
    """The mapping of the columns that are decided; BadInput names what can't be in one."""
    one = {role: draft.column(role) for role in Role if role not in SEVERAL}
    therapy, site, response = (
        draft.columns.get(one[role], Choice()) for role in (Role.THERAPY, Role.SITE, Role.RESPONSE)
    )
    return mapping_of(
        {
            "about": msgspec.to_builtins(draft.about),
            "case": {
                "id": one[Role.CASE],
                "year": one[Role.YEAR],
                "site": one[Role.SITE],
                "sites": _renamed(site),
            },
            "attempt": {
                "therapy": one[Role.THERAPY],
                "arms": {given: code for given, code in therapy.becomes.items() if code},
                "why": draft.why,
                "response": "" if one[Role.RESPONSE] else draft.response,
                "response_column": one[Role.RESPONSE],
                "bins": _bands(response.bands, column=one[Role.RESPONSE]),
                "unknown": draft.unknown,
                "sequence": one[Role.SEQUENCE],
            },
            "therapies": [msgspec.to_builtins(arm) for arm in draft.therapies],
            "findings": [
                _finding(name, choice)
                for name, choice in draft.columns.items()
                if choice.role is Role.FINDING
            ],
            "drop": {
                name: choice.reason
                for name, choice in draft.columns.items()
                if choice.role is Role.DROP
            },
        }
    )


def draft_of(mapping: Mapping, names: tuple[str, ...]) -> Draft:
    """A mapping as choices for a table of these columns; what it doesn't name is open."""
    case, attempt = mapping.case, mapping.attempt
    chosen = {name: Choice(Role.DROP, reason=reason) for name, reason in mapping.drop.items()}
    chosen |= {one.column: _choice(one) for one in mapping.findings}
    chosen |= {
        case.id: Choice(Role.CASE),
        case.year: Choice(Role.YEAR),
        case.site: Choice(Role.SITE, becomes=case.sites),
        attempt.therapy: Choice(Role.THERAPY, becomes=attempt.arms),
        attempt.response_column: Choice(Role.RESPONSE, bands=_bands_text(attempt.bins)),
        attempt.sequence: Choice(Role.SEQUENCE),
    }
    return Draft(
        columns={name: chosen.get(name, Choice()) for name in names},
        about=mapping.about,
        response=attempt.response,
        unknown=attempt.unknown,
        why=attempt.why,
        therapies=tuple(mapping.therapies),
    )


def _finding(name: str, choice: Choice) -> dict[str, Any]:
    if not choice.code:
        raise BadInput(f"Say which finding the column {name} is: give its code.", field=name)
    document: dict[str, Any] = {
        "column": name,
        "kind": choice.kind,
        "code": choice.code,
        "display": choice.display,
        "value_type": choice.value_type,
    }
    bands = _bands(choice.bands, column=name)
    renamed = {given: _value(becomes) for given, becomes in _renamed(choice).items()}
    return document | ({"bands": bands} if bands else {"values": renamed})


def _renamed(choice: Choice) -> dict[str, str]:
    """New names for all that stands there, or none: what has no new name keeps its own."""
    if not any(choice.becomes.values()):
        return {}
    return {given: becomes or given for given, becomes in choice.becomes.items()}


def _choice(finding: FindingColumn) -> Choice:
    return Choice(
        role=Role.FINDING,
        kind=finding.kind,
        code=finding.code,
        display=finding.display,
        value_type=finding.value_type,
        becomes={given: _text(value) for given, value in finding.values.items()},
        bands=_bands_text(finding.bands),
    )


def _bands(text: str, *, column: str) -> list[dict[str, Any]]:
    """`25: young, 65: adult, else: old` as bands; the bound stands before what lies below it."""
    bands: list[dict[str, Any]] = []
    for part in filter(str.strip, text.split(",")):
        bound, colon, value = (piece.strip() for piece in part.partition(":"))
        try:
            below = None if bound == ELSE else float(bound)
        except ValueError:
            colon = ""
        if not colon or not value:
            raise BadInput(
                f"The bands of the column {column} can't be read. Write a bound and what lies "
                f"below it: 25: young, 65: adult, {ELSE}: old.",
                field=column,
            )
        bands.append({"value": _value(value)} | ({} if below is None else {"below": below}))
    return bands


def _bands_text(bands: list[Band]) -> str:
    return ", ".join(
        f"{ELSE if band.below is None else _text(band.below)}: {_text(band.value)}"
        for band in bands
    )


def _value(text: str) -> str | float:
    """A number where the text is one as we would write it, so that a mapping stays what it was."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if _text(number) == text else text


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
