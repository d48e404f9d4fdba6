"""Writing a data set in the folder format: all of it in place, or nothing."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from recommender.exceptions import BadInput
from recommender.formats import descriptor

FORMATS = ("csv", "parquet")


def write_folder(
    folder: Path, tables: Mapping[str, pl.LazyFrame], about: Mapping[str, Any], *, file_format: str
) -> None:
    """Write the tables and their descriptor as a folder that `import_dataset` reads."""
    folder.mkdir()
    (folder / descriptor.FILE).write_text(
        json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    for name, table in tables.items():
        if file_format == "parquet":
            table.sink_parquet(folder / f"{name}.parquet")
        else:
            table.sink_csv(folder / f"{name}.csv")


@contextmanager
def in_place(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` once everything is written."""
    if path.exists():
        raise BadInput(f"{path} exists already: name a new place, or remove it.", field="output")
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
        yield part
        part.replace(path)
    except OSError as problem:
        raise BadInput(
            f"{path} can't be written: {problem.strerror}. Choose another place.", field="output"
        ) from problem
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
