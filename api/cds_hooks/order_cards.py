"""Cards about a drafted order: what safety has to say of it, and nothing else."""

from collections.abc import Iterable, Iterator
from uuid import UUID, uuid5

from api.cds_hooks.cards import Card, card, escaped, override_reasons
from recommender.clinical.red_flags import RedFlagResult
from recommender.clinical.safety import Firing, Severity
from recommender.services.order_checks import OrderComment

CRITICAL, WARNING, INFO = "critical", "warning", "info"


def order_cards(comments: Iterable[OrderComment], *, instance: UUID, home: str) -> list[Card]:
    """Red flags first, then a card for each therapy that something is said of."""
    found = list(comments)
    flags = tuple(dict.fromkeys(flag for comment in found for flag in comment.flags))
    cards = [_red_flags(flags, instance, home)] if flags else []
    return [*cards, *(_about(each, instance, home) for each in found if _speaks(each))]


def _red_flags(flags: tuple[RedFlagResult, ...], instance: UUID, home: str) -> Card:
    lines = [
        f"- {escaped(each.message)} _Source: {escaped(each.flag.source)} "
        f"({escaped(str(each.flag.verification))})_"
        for each in flags
    ]
    return card(
        uuid=str(uuid5(instance, "red-flags")),
        indicator=CRITICAL,
        summary="Red flag: look at this before the order",
        detail="\n".join(lines),
        home=home,
    )


def _speaks(comment: OrderComment) -> bool:
    return bool(comment.firings or comment.failed)


def _about(comment: OrderComment, instance: UUID, home: str) -> Card:
    forbidden = any(each.rule.severity is Severity.WITHHOLD for each in comment.firings)
    verdict = "contraindicated as recorded" if forbidden else "to keep in mind"
    made = card(
        uuid=str(uuid5(instance, comment.therapy.code)),
        indicator=WARNING if forbidden else INFO,
        summary=f"{comment.therapy.name}: {verdict}",
        detail="\n".join(_lines(comment)),
        home=home,
    )
    made["overrideReasons"] = override_reasons()
    return made


def _lines(comment: OrderComment) -> Iterator[str]:
    for firing in comment.firings:
        yield _line(firing)
    if comment.failed is not None:
        yield "- It was tried before and failed, as far as the record shows."


def _line(firing: Firing) -> str:
    rule = firing.rule
    return (
        f"- **{rule.severity.value.title()}**: {escaped(rule.reason)} "
        f"_Source: {escaped(rule.source)} ({escaped(str(rule.verification))})_"
    )
