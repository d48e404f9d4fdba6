"""Sorting a list by what a person would like; the ranks beside the names stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from api.pages.reading import ReadList
from api.pages.suggestion_words import ReadSuggestion

ORDERS = {"rank": "Rank", "name": "Name", "kind": "Kind", "class": "Class"}
# The classes of the catalogue that speak of an unwanted effect; it has no other such data.
SIDE_EFFECTS = {"qt": "QT prolongation", "serotonergic": "Serotonergic effects"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to sort: the order, a kind to see first, effects to see last, what is offered first."""

    order: str = "rank"
    first_kind: str = ""
    avoid: tuple[str, ...] = ()
    offered_first: bool = False

    @classmethod
    def of(cls, query: QueryDict) -> "Wishes":
        """The wishes in an address; what isn't one of them is left out."""
        order = query.get("order", "")
        return cls(
            order if order in ORDERS else "rank",
            query.get("kind", ""),
            tuple(name for name in query.getlist("avoid") if name in SIDE_EFFECTS),
            query.get("offered") == "yes",
        )

    def __bool__(self) -> bool:
        return self != Wishes()

    def key(self, each: ReadSuggestion) -> tuple[bool, int, bool, str, int]:
        """What each suggestion is sorted by; equal wishes leave the ranks to decide."""
        therapy = each.given["therapy"]
        by = {"name": therapy["name"], "kind": therapy["kind"], "class": therapy["class"]}
        return (
            self.offered_first and not each.is_offered,
            sum(name in each.classes for name in self.avoid),
            bool(self.first_kind) and therapy["kind"] != self.first_kind,
            by.get(self.order, "").casefold(),
            each.given["rank"],
        )


def in_order(read: ReadList, wishes: Wishes) -> list[ReadSuggestion]:
    """The suggestions as the wishes have them."""
    return sorted(read.suggestions, key=wishes.key)


def effects_among(read: ReadList) -> Mapping[str, str]:
    """The unwanted effects that at least one suggestion is listed under."""
    return {
        name: words
        for name, words in SIDE_EFFECTS.items()
        if any(name in each.classes for each in read.suggestions)
    }


def kinds_among(read: ReadList) -> list[str]:
    """The kinds of the suggestions."""
    return sorted({each.given["therapy"]["kind"] for each in read.suggestions})
