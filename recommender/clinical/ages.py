"""Age bands: a case says in which band an age lies; nobody's birthday or great age is kept."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recommender.clinical.case import Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.privacy import is_age

# The first and the last whole year of each band; the oldest has no end.
AGE_BANDS: dict[str, tuple[int, int | None]] = {
    "age_u12": (0, 11),
    "age_12_17": (12, 17),
    "age_18_24": (18, 24),
    "age_25_44": (25, 44),
    "age_45_64": (45, 64),
    "age_65_74": (65, 74),
    "age_75_89": (75, 89),
    "age_90p": (90, None),
}
BORDERS = tuple(first for first, _ in AGE_BANDS.values() if first)
"""The years at which a band begins: all that a rule can ask for and every case can answer."""


class Age(NamedTuple):
    """An age as it is recorded: the finding, and the years it lies between (None: no end)."""

    finding: Finding
    first: int
    last: int | None


def band_of(years: int) -> str:
    """The band that an age in whole years lies in."""
    return next(name for name, (_, last) in AGE_BANDS.items() if last is None or years <= last)


def ages_in(findings: Iterable[Finding]) -> Iterator[Age]:
    """Every age that is recorded, as a band or as a number of years."""
    for finding in findings:
        if finding.kind is not FindingKind.BACKGROUND:
            continue
        if finding.code in AGE_BANDS:
            if finding.is_present:
                yield Age(finding, *AGE_BANDS[finding.code])
        elif is_age(finding.code) and isinstance(finding.value, int | float):
            years = int(finding.value) if math.isfinite(finding.value) else None
            yield Age(finding, years or 0, years)
