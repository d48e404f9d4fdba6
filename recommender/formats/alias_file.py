"""The shipped names of therapies: brands and ingredients, each with where it was read."""

import csv
import io
from collections.abc import Iterator

from recommender.exceptions import BadInput

FILE = "therapies/aliases.csv"


def read_aliases(text: str) -> Iterator[tuple[str, str]]:
    """Each alias with the code of its therapy; a row without a source is refused."""
    for number, row in enumerate(csv.DictReader(io.StringIO(text), strict=True), start=2):
        if not all(row.get(name) for name in ("alias", "therapy", "verification", "source")):
            raise BadInput(
                f"{FILE}, row {number}: give alias, therapy, verification and source.", field=FILE
            )
        yield row["alias"], row["therapy"]
