"""A data set's names of therapies and findings read as our codes, and what nobody knows."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import polars as pl

from recommender.clinical.names import NAME_OF, THERAPY, Key, Missed, Names
from recommender.clinical.privacy import identifier_in
from recommender.clinical.renaming import ReadAs
from recommender.formats.near_matches import near
from recommender.formats.problems import MAX_NAME, shown

PLACE = "data set"
TOLD = 10
KINDS = tuple(kind for kind in NAME_OF if kind != THERAPY)

Batches = Callable[[str], Iterator[pl.DataFrame]]


@dataclass
class Spelling:
    """What was read as what, and what nobody knows, with how often each came.

    Codes that are `described`, by the catalogue or the data set itself, stay as they are.
    """

    names: Names
    described: Collection[Key] = ()
    read_as: Counter[ReadAs] = field(default_factory=Counter)
    unknown: Counter[Key] = field(default_factory=Counter)

    def of_therapies(self, batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The batches with the codes of the therapies that they name."""
        for batch in batches:
            codes = self._codes(batch["therapy"], THERAPY)
            yield batch.with_columns(pl.col("therapy").replace(codes)) if codes else batch

    def of_findings(self, batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The batches with the codes of the findings that they name."""
        for batch in batches:
            code = pl.col("code")
            for kind in KINDS:
                of_kind = pl.col("kind") == kind
                codes = self._codes(batch.filter(of_kind)["code"], kind)
                if codes:
                    code = pl.when(of_kind).then(pl.col("code").replace(codes)).otherwise(code)
            yield batch.with_columns(code)

    def near(self, kind: str, text: str) -> tuple[str, ...]:
        """Entries that the text comes close to."""
        return near(self.names, kind, text)

    @property
    def missed(self) -> dict[Missed, int]:
        """What somebody may map: unknown therapies, and findings that come close to one of ours.

        A data set may have findings of its own, so the others are nothing to be mapped.
        """
        return {
            (PLACE, NAME_OF[kind], text): count
            for (kind, text), count in self.unknown.items()
            if may_be_kept(text) and (kind == THERAPY or self.near(kind, text))
        }

    def notes(self) -> Iterator[str]:
        """What was read as what, and which new codes come close to one of ours."""
        if self.read_as:
            told = "; ".join(
                f"{shown(each.given, 'another spelling')} as {each.code} ({count:,})"
                for each, count in self.read_as.most_common(TOLD)
            )
            more = len(self.read_as) - TOLD
            yield f"Read by name: {told}{f'; and {more:,} more' if more > 0 else ''}."
        close = [
            f"{kind} {text} ({', '.join(found)})"
            for (kind, text), _ in self.unknown.most_common()
            if kind != THERAPY and may_be_kept(text) and (found := self.near(kind, text))
        ]
        if close:
            yield (
                "Taken as new, though the catalogue has something close: "
                f"{'; '.join(close[:TOLD])}. An administrator can map them (Unmapped codes)."
            )

    def _codes(self, texts: pl.Series, kind: str) -> dict[str, str]:
        """The texts that name an entry of ours in another way, with its code."""
        codes: dict[str, str] = {}
        for text, count in texts.drop_nulls().value_counts().iter_rows():
            if (kind, text) in self.described or (kind, text) in self.names.exact:
                continue
            found = self.names.find(kind, text)
            if found is None:
                self.unknown[kind, text] += count
            else:
                codes[text] = found
                self.read_as[ReadAs(kind, text, found)] += count
        return codes


def may_be_kept(text: str) -> bool:
    """Whether a name may wait for somebody to map it: short, and nothing that says who it is of."""
    return text.isprintable() and 0 < len(text) <= MAX_NAME and identifier_in(text) is None
