"""A therapy: something that can be put forward for a clinician's review."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from recommender.clinical.coding import TherapyKind


@lru_cache(maxsize=4096)
def class_code(name: str) -> str:
    """One spelling for a class, so that "SSRI" of a data set is the catalogue's `ssri`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@dataclass(frozen=True)
class Therapy:
    """One entry of the catalogue; `attributes` hold what it targets and does, as codes."""

    code: str
    name: str
    kind: TherapyKind
    therapy_class: str = ""
    attributes: tuple[str, ...] = ()

    @cached_property
    def classes(self) -> frozenset[str]:
        """Every class it belongs to: its own and those among its attributes."""
        return frozenset(
            class_code(name) for name in (self.therapy_class, *self.attributes) if name
        )

    @property
    def ingredients(self) -> frozenset[str]:
        """What a medicine's code names, so that a combination is found by each of its parts."""
        if self.kind is not TherapyKind.MEDICATION:
            return frozenset()
        return frozenset(class_code(self.code).split("-"))
