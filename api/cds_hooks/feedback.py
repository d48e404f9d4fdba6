"""Feedback on cards, as it comes off the wire."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from recommender.clinical.review import Outcome
from recommender.exceptions import BadInput
from recommender.services.cds_feedback import Entry

OTHER = "other"
# Each is looked up, locked and audited in one transaction, so a call of thousands would last.
MOST_ENTRIES = 100


def entries_of(body: Mapping[str, Any], *, reasons: Mapping[str, str]) -> list[Entry]:
    """The entries; what is wrong is told by its place."""
    given = body.get("feedback")
    if not isinstance(given, list) or not given:
        raise BadInput("Give a list of one entry or more.", field="feedback")
    if len(given) > MOST_ENTRIES:
        raise BadInput(f"Give at most {MOST_ENTRIES} entries in one call.", field="feedback")
    return list(_entries(given, reasons))


def _entries(given: list[Any], reasons: Mapping[str, str]) -> Iterator[Entry]:
    for place, one in enumerate(given):
        field = f"feedback[{place}]"
        if not isinstance(one, dict):
            raise BadInput("Give an object.", field=field)
        card = _uuid(one.get("card"), f"{field}.card")
        if one.get("outcome") == "accepted":
            accepted = one.get("acceptedSuggestions")
            first = accepted[0] if isinstance(accepted, list) and accepted else None
            chosen = first.get("id") if isinstance(first, dict) else None
            suggestion = _uuid(chosen, f"{field}.acceptedSuggestions[0].id")
            yield Entry(card, Outcome.ACCEPTED, suggestion=suggestion, at=_time(one))
        elif one.get("outcome") == "overridden":
            reason, comment = _reason(one.get("overrideReason"), reasons)
            # The database's text can't hold it, and no sentence needs it.
            if "\0" in comment:
                where = f"{field}.overrideReason.userComment"
                raise BadInput("Leave out the character NUL.", field=where)
            yield Entry(card, Outcome.OVERRIDDEN, reason=reason, comment=comment, at=_time(one))
        else:
            raise BadInput("Give `accepted` or `overridden`.", field=f"{field}.outcome")


def _reason(given: object, reasons: Mapping[str, str]) -> tuple[str, str]:
    """Our reason and the comment; a code that isn't on the card counts as another reason."""
    if not isinstance(given, dict):
        return "", ""
    comment = given.get("userComment")
    words = comment.strip() if isinstance(comment, str) else ""
    coding = given.get("reason")
    code = coding.get("code") if isinstance(coding, dict) else None
    if not isinstance(code, str):
        return "", words
    # "other" needs words beside it; a foreign code without any tells nothing that could be kept.
    return reasons.get(code, OTHER if words else ""), words


def _time(entry: Mapping[str, Any]) -> datetime | None:
    """When it was answered. It only tells answers apart: one that can't be read isn't a fault."""
    given = entry.get("outcomeTimestamp")
    try:
        at = datetime.fromisoformat(given if isinstance(given, str) else "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _uuid(given: object, field: str) -> UUID:
    try:
        return UUID(given if isinstance(given, str) else "")
    except ValueError:
        raise BadInput("Give the UUID that the card came with.", field=field) from None
