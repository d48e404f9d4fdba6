"""How two states of an entry of the catalogue differ, and how a site's change meets a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Fields = Mapping[str, Any]


class EntryKind(StrEnum):
    """The kinds of entries that a version of the catalogue holds."""

    THERAPY = "therapy"
    FINDING = "finding"
    CONDITION = "condition"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that says something else than before."""

    field: str
    before: Any
    after: Any


def differences(before: Fields | None, after: Fields) -> tuple[FieldChange, ...]:
    """The fields that differ; of an entry that wasn't there before, those that say something."""
    old = before or {}
    return tuple(
        FieldChange(name, old.get(name), value)
        for name, value in after.items()
        if (old.get(name) != value if before is not None else value not in (None, "", [], {}))
    )


def merged(release: Fields, before: Fields, after: Fields) -> Fields:
    """A release's entry with what a site changed laid over it, so that neither is lost.

    Of lists of words and of tables only what the site added or took away counts.
    """
    return {
        name: _merged(value, before.get(name), after.get(name)) for name, value in release.items()
    }


def _merged(release: Any, before: Any, after: Any) -> Any:  # noqa: ANN401
    if before == after:
        return release
    if isinstance(release, dict):
        return _merged_table(release, before or {}, after or {})
    if isinstance(release, list) and all(isinstance(each, str) for each in release):
        return _merged_words(release, before or [], after or [])
    return after


def _merged_words(release: list[str], before: list[str], after: list[str]) -> list[str]:
    gone = set(before) - set(after)
    added = [each for each in after if each not in before and each not in release]
    return [*(each for each in release if each not in gone), *added]


def _merged_table(release: Fields, before: Fields, after: Fields) -> Fields:
    gone = before.keys() - after.keys()
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    return {**{key: value for key, value in release.items() if key not in gone}, **changed}
