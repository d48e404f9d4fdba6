"""Which codes of other systems stand for which of our findings, therapies and rating scales."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from recommender.clinical.coding import FindingKind, Stopped
from recommender.clinical.instruments import INSTRUMENTS

LOINC = "http://loinc.org"
THERAPY, STOPPED = "therapy", "stopped"
FINDINGS = frozenset(FindingKind)

Coding = tuple[str, str]
"""A code with its system's address."""
Entry = tuple[str, str]
"""Our kind (`therapy`, `stopped` or a finding's) and code."""
Answer = tuple[FindingKind, str, float | None]
"""The finding that an answer stands for: None as its value is present, 0 recorded as absent."""


@dataclass(frozen=True)
class CodeMap:
    """Codings to entries; `totals` and `items` are LOINC codes of rating scales.

    `answers` are for questions whose answers (yes, no, a choice) mean nothing alone.
    """

    entries: Mapping[Coding, Entry]
    totals: Mapping[str, str]
    items: Mapping[str, tuple[str, str]]
    answers: Mapping[tuple[Coding, Coding], Answer] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        pairs: Iterable[tuple[Coding, Entry]],
        answers: Iterable[tuple[tuple[Coding, Coding], Answer]] = (),
    ) -> "CodeMap":
        """A map of these pairs; a coding that stands for two entries stands for none."""
        entries: dict[Coding, Entry] = {}
        ambiguous: set[Coding] = set()
        for coding, entry in pairs:
            if entries.setdefault(coding, entry) != entry:
                ambiguous.add(coding)
        kept = {coding: entry for coding, entry in entries.items() if coding not in ambiguous}
        return cls(kept, dict(_totals()), dict(_items()), dict(answers))

    @cached_property
    def of_scales(self) -> frozenset[str]:
        """The LOINC codes of rating scales, whether of totals or of items."""
        return frozenset(self.totals) | frozenset(self.items)

    def finding(self, coding: Coding) -> tuple[FindingKind, str] | None:
        """The finding that a coding stands for."""
        kind, code = self.entries.get(coding, ("", ""))
        return (FindingKind(kind), code) if kind in FINDINGS else None

    def therapy(self, coding: Coding) -> str | None:
        """The therapy that a coding stands for."""
        kind, code = self.entries.get(coding, ("", ""))
        return code if kind == THERAPY else None

    def stop_reason(self, coding: Coding) -> Stopped | None:
        """The end of a therapy that a reason stands for."""
        kind, code = self.entries.get(coding, ("", ""))
        return Stopped(code) if kind == STOPPED else None


def read_codes(text: str) -> Iterator[tuple[Coding, Entry]]:
    """The rows of `fixtures/fhir/codes.csv`."""
    for row in csv.DictReader(io.StringIO(text)):
        yield (row["system"], row["code"]), (row["kind"], row["entry"])


def read_answers(text: str) -> Iterator[tuple[tuple[Coding, Coding], Answer]]:
    """The rows of `fixtures/fhir/answers.csv`."""
    for row in csv.DictReader(io.StringIO(text)):
        question, answer = (LOINC, row["question"]), (LOINC, row["answer"])
        value = float(row["value"]) if row["value"] else None
        yield (question, answer), (FindingKind(row["kind"]), row["entry"], value)


def _totals() -> Iterator[tuple[str, str]]:
    for scale in INSTRUMENTS.values():
        known = [*scale.loinc_total_also, *([scale.loinc_total] if scale.loinc_total else [])]
        for each in known:
            yield each.value, scale.id


def _items() -> Iterator[tuple[str, tuple[str, str]]]:
    for scale in INSTRUMENTS.values():
        for item in scale.items:
            if item.loinc is not None:
                yield item.loinc.value, (scale.id, item.id)
