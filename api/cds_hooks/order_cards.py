"""Cards about a drafted order: what safety has to say of it, and nothing else."""

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import uuid4

from api.cds_hooks.cards import (
    CRITICAL,
    INFO,
    WARNING,
    Card,
    card,
    dated,
    escaped,
    in_words,
    override_reasons,
)
from api.cds_hooks.records import Record
from recommender.clinical.red_flags import RedFlagResult
from recommender.clinical.safety import Firing, Severity
from recommender.clinical.therapy import Therapy
from recommender.services.order_checks import OrderComment

TRIED = "- It was tried before and failed, as far as the record shows."
IN_USE = "- It is in use and hasn't brought a response so far, as far as the record shows."


def order_cards(
    comments: Iterable[OrderComment], *, record: Record, as_of: date | None, home: str
) -> list[Card]:
    """A card for each comment; red flags stand first among them.

    Silence would say that nothing speaks against the order, so what couldn't be looked at is told.
    """
    cards = []
    gaps = in_words(record.gaps)
    for comment in comments:
        made = (
            _red_flags(comment, home)
            if comment.therapy is None
            else _about(comment.therapy, comment, home)
        )
        made["detail"] = "\n\n".join(filter(None, (made["detail"], dated(as_of), gaps)))
        cards.append(made)
    if not cards and (record.failed or record.cut or record.gaps.is_doubtful):
        cards.append(_unchecked(record, home))
    return cards


def _unchecked(record: Record, home: str) -> Card:
    without = "without part of the record"
    by = "by a record under another id" if record.by_other_id else without
    return card(
        uuid=str(uuid4()),
        indicator=WARNING if record.gaps.is_doubtful else INFO,
        summary=f"The order was checked {by}",
        detail=in_words(record.gaps),
        home=home,
    )


def unread_card(home: str) -> Card:
    """What is said of an order whose medicine stands in a resource that wasn't sent."""
    return card(
        uuid=str(uuid4()),
        indicator=INFO,
        summary="An order wasn't checked: its medicine couldn't be read",
        detail="It is named by a reference (`medicationReference`) to what wasn't sent.",
        home=home,
    )


def anothers_card(home: str) -> Card:
    """What is said of an order that isn't for the patient whose chart is open."""
    return card(
        uuid=str(uuid4()),
        indicator=WARNING,
        summary="An order wasn't checked: it is for another patient",
        detail="Its `subject` isn't the patient whose chart is open.",
        home=home,
    )


def _red_flags(comment: OrderComment, home: str) -> Card:
    return card(
        uuid=str(comment.id),
        indicator=CRITICAL,
        summary="Red flag: look at this before the order",
        detail="\n".join(map(_flag_line, comment.flags)),
        home=home,
    )


def _about(therapy: Therapy, comment: OrderComment, home: str) -> Card:
    forbidden = any(each.rule.severity is Severity.WITHHOLD for each in comment.firings)
    verdict = "contraindicated as recorded" if forbidden else "to keep in mind"
    made = card(
        uuid=str(comment.id),
        indicator=WARNING if forbidden else INFO,
        summary=f"{therapy.name}: {verdict}",
        detail="\n".join(_lines(comment)),
        home=home,
    )
    made["overrideReasons"] = override_reasons()
    return made


def _lines(comment: OrderComment) -> Iterator[str]:
    for firing in comment.firings:
        yield _line(firing)
    if comment.failed is not None:
        yield IN_USE if comment.failed.in_use else TRIED


def _line(firing: Firing) -> str:
    rule = firing.rule
    return (
        f"- **{rule.severity.value.title()}**: {escaped(rule.reason)} "
        f"_Source: {escaped(rule.source)} ({escaped(str(rule.verification))})_"
    )


def _flag_line(result: RedFlagResult) -> str:
    return (
        f"- {escaped(result.message)} _Source: {escaped(result.flag.source)} "
        f"({escaped(str(result.flag.verification))})_"
    )
