"""A first guess at what the columns of a wide table are: by their names and what stands in them."""

import re

from recommender.clinical.coding import RESPONSE_WORDS, ValueType
from recommender.clinical.privacy import refused_column
from recommender.formats.content import Known
from recommender.formats.mapping_draft import Choice, Draft, Role
from recommender.formats.wide_preview import Column, FirstRows

NAMED = {
    Role.CASE: {"id", "case", "case-id", "subject", "subject-id", "participant", "patient",
                "patient-id", "person", "record-id", "pid"},
    Role.YEAR: {"year"},
    Role.SITE: {"site", "clinic", "centre", "center", "trial"},
    Role.THERAPY: {"therapy", "treatment", "treat", "arm", "intervention", "drug", "group"},
    Role.SEQUENCE: {"sequence", "step", "line"},
    Role.RESPONSE: {"response", "outcome", "responded", "remission"},
}  # fmt: skip
PRESENT = {"yes": "1", "y": "1", "true": "1", "no": "0", "n": "0", "false": "0"}
MOST_ARMS = 30


def guess(first: FirstRows, *, known: Known) -> Draft:
    """What can be told without asking; the rest stays open."""
    taken: set[Role] = set()
    chosen = {}
    for column in first.columns:
        choice = _guess(column, taken, known)
        taken.add(choice.role)
        chosen[column.name] = choice
    return Draft(chosen)


def proposal(column: Column, *, known: Known, is_open: bool = False) -> Choice:
    """The column as a finding; open where the vocabulary doesn't know it or it's asked for."""
    name = _plain(column.name)
    entry = next(
        (
            concept
            for concept in known.catalogue_concepts.values()
            if name in {_plain(concept.code), _plain(concept.display)}
        ),
        None,
    )
    value_type = entry.value_type if entry else _value_type(column)
    return Choice(
        role=Role.FINDING if entry and not is_open else Role.OPEN,
        kind=entry.kind if entry else "symptom",
        code=entry.code if entry else name,
        display=entry.display if entry else column.name,
        value_type=value_type,
        becomes=_presence(column) if value_type is ValueType.FLAG else {},
    )


def _guess(column: Column, taken: set[Role], known: Known) -> Choice:
    name = _plain(column.name)
    for role, names in NAMED.items():
        if role not in taken and name in names and _fits(column, role):
            arms = _arms(column, known) if role is Role.THERAPY else {}
            return Choice(role, becomes=arms)
    if (what := refused_column(column.name)) is not None:
        return Choice(Role.DROP, reason=f"holds {what}")
    return proposal(column, known=known)


def _fits(column: Column, role: Role) -> bool:
    match role:
        case Role.THERAPY:
            return column.distinct <= MOST_ARMS
        case Role.RESPONSE:
            is_share = column.is_number and 0 <= (column.lowest or 0) <= (column.highest or 0) <= 1
            return is_share or set(column.values) <= set(RESPONSE_WORDS)
        case Role.CASE:
            return column.distinct == column.rows
        case _:
            return True


def _arms(column: Column, known: Known) -> dict[str, str]:
    by_name = {_plain(one.name): code for code, one in known.catalogue_therapies.items()}
    by_name |= {_plain(code): code for code in known.catalogue_therapies}
    return {value: by_name.get(_plain(value), "") for value in column.values}


def _value_type(column: Column) -> ValueType:
    words = {value.lower() for value in column.values}
    if column.distinct <= 2 and (words <= {"0", "1"} or words <= set(PRESENT)):
        return ValueType.FLAG
    if not column.is_number:
        return ValueType.CATEGORY
    return ValueType.SEVERITY if words <= {"0", "1", "2", "3"} else ValueType.NUMBER


def _presence(column: Column) -> dict[str, str]:
    found = {value: PRESENT.get(value.lower(), "") for value in column.values}
    return found if all(found.values()) else {}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
