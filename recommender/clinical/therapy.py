"""A therapy: something that can be put forward for a clinician's review."""

import re
from dataclasses import dataclass
from functools import lru_cache

from recommender.clinical.coding import TherapyKind


@lru_cache(maxsize=4096)
def class_code(name: str) -> str:
    """One spelling for a class, so that "SSRI" of a data set is the catalogue's `ssri`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@lru_cache(maxsize=4096)
def _class_codes(names: tuple[str, ...]) -> frozenset[str]:
    # Asked of every therapy for every case, while names hardly ever change.
    return frozenset(class_code(name) for name in names if name)


@dataclass(frozen=True, slots=True)
class Therapy:
    """One entry of the catalogue; `attributes` hold what it targets and does, as codes."""

    code: str
    name: str
    kind: TherapyKind
    therapy_class: str = ""
    attributes: tuple[str, ...] = ()

    @property
    def classes(self) -> frozenset[str]:
        """Every class it belongs to: its own and those among its attributes."""
        return _class_codes((self.therapy_class, *self.attributes))

    @property
    def ingredients(self) -> frozenset[str]:
        """What a medicine's code names, so that a combination is found by each of its parts."""
        if self.kind is not TherapyKind.MEDICATION:
            return frozenset()
        return frozenset(class_code(self.code).split("-"))
