"""A file that appears whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from recommender.exceptions import BadInput


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Write beside the path, for its owner only, and move it there when all went well."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    except OSError as error:
        raise BadInput(
            f"{path.parent} can't be written to: {error.strerror}. Choose another folder.",
            field="output",
        ) from error
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
