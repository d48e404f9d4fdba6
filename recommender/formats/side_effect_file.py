"""The shipped side effects: which therapies are listed under which, and where it was read."""

import csv
import io
from collections import defaultdict

from recommender.exceptions import BadInput

FILE = "therapies/side_effects.csv"


def read_side_effects(text: str) -> dict[str, frozenset[str]]:
    """The therapies of each side effect; a row without a source is refused."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, row in enumerate(csv.DictReader(io.StringIO(text), strict=True), start=2):
        if not all(row.get(name) for name in ("effect", "therapy", "verification", "source")):
            raise BadInput(
                f"{FILE}, row {number}: give effect, therapy, verification and source.", field=FILE
            )
        found[row["effect"]].add(row["therapy"])
    return {effect: frozenset(therapies) for effect, therapies in found.items()}
