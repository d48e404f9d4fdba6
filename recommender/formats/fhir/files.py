"""FHIR files, one resource at a time: Bundles and Bulk Data NDJSON, alone, in a folder or zip."""

import re
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

import ijson
import orjson

from recommender.exceptions import BadInput
from recommender.formats.fhir.json import Json, objects, text
from recommender.formats.problems import Problems, shown
from recommender.formats.source_folder import MAX_TOTAL_BYTES, harm_of

LINES, WHOLE = (".ndjson", ".jsonl"), ".json"
MAX_FILES = 100_000
MAX_RESOURCE = 16 * 1024**2
# Windows writes it before the first line.
MARK = b"\xef\xbb\xbf"
# Python makes no number of more than 4,300 digits, and the parser falls over one with the process.
MOST_DIGITS = 1_000
_NUMBER_BEYOND_ALL = re.compile(rb"[0-9]{%d}" % (MOST_DIGITS + 1))


@dataclass(frozen=True, slots=True)
class FhirFile:
    """One file, by a name that may be shown."""

    name: str
    suffix: str
    open: Callable[[], IO[bytes]]

    def resources(self) -> Iterator[tuple[int, Json | None, str]]:
        """Each resource with its place and its `fullUrl`; None for what can't be read.

        One line or entry is in memory at a time, however long the file is.
        """
        for place, resource, address in self._written():
            if resource is not None and resource.get("resourceType") == "Bundle":
                yield from ((place, *each) for each in _inside(resource))
            else:
                yield place, resource, address

    def _written(self) -> Iterator[tuple[int, Json | None, str]]:
        if self.suffix in LINES:
            with self.open() as stream:
                yield from _lines(stream)
        elif self._is_bundle():
            with self.open() as stream:
                yield from _entries(stream)
        else:
            with self.open() as stream:
                yield 1, _object(stream.read(MAX_RESOURCE + 1)), ""

    def place(self, number: int) -> str:
        """Where a resource stands, in words."""
        return f"{self.name}, {'line' if self.suffix in LINES else 'entry'} {number}"

    def _is_bundle(self) -> bool:
        with self.open() as stream:
            try:
                kinds = ijson.items(_Parsable(stream), "resourceType")
                return next(kinds, None) == "Bundle"
            except ijson.JSONError:
                return False


class _Parsable:
    """A stream that ends before a number that the parser can't take."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        part = self._stream.read(size)
        seen = self._last + part
        number = _NUMBER_BEYOND_ALL.search(seen)
        if number is not None:
            self._stream = BytesIO()
            return part[: max(number.start() - len(self._last), 0)]
        self._last = seen[-MOST_DIGITS:]
        return part


@contextmanager
def fhir_files(path: Path, problems: Problems) -> Iterator[list[FhirFile]]:
    """The files of a folder or zip, or the one given."""
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file())
        yield [_plain(each, place) for place, each in enumerate(found, 1) if _is_fhir(each.name)]
    elif not path.is_file():
        raise BadInput("There is no such file or folder. Check the path.", field="path")
    elif path.suffix.lower() != ".zip":
        if not _is_fhir(path.name):
            raise BadInput("A FHIR file ends in .json, .ndjson or .zip.", field="path")
        yield [_plain(path, 1)]
    else:
        try:
            with zipfile.ZipFile(path) as archive:
                yield list(_packed(archive, path.name, problems))
        except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError):
            problems.add(path.name, None, None, "not-a-zip", "isn't a whole zip file")
            problems.refuse_if_any()


def _is_fhir(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in (*LINES, WHOLE)


def _plain(path: Path, place: int) -> FhirFile:
    # A patient's file is often named after the patient.
    name = path.name if path.suffix.lower() in LINES else f"file {place}"
    return FhirFile(shown(name, f"file {place}"), path.suffix.lower(), lambda: path.open("rb"))


def _packed(archive: zipfile.ZipFile, file: str, problems: Problems) -> Iterator[FhirFile]:
    entries = [entry for entry in archive.infolist() if _is_fhir(entry.filename)]
    if len(entries) > MAX_FILES:
        problems.add(file, None, None, "too-many-files", f"holds more than {MAX_FILES:,} files")
        return
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        message = f"unpacks to more than {MAX_TOTAL_BYTES // 1024**3} GiB; import a folder instead"
        problems.add(file, None, None, "too-large", message)
        return
    for place, entry in enumerate(entries, start=1):
        harm = harm_of(entry)
        if harm is not None:
            problems.add(f"{file} (entry {place})", None, None, *harm)
            continue
        suffix = PurePosixPath(entry.filename).suffix.lower()
        yield FhirFile(f"entry {place}", suffix, lambda entry=entry: archive.open(entry))  # type: ignore[misc]


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, Json | None, str]]:
    for place, line in enumerate(iter(lambda: stream.readline(MAX_RESOURCE + 1), b""), start=1):
        if line.strip():
            yield place, _object(line), ""


def _entries(stream: IO[bytes]) -> Iterator[tuple[int, Json | None, str]]:
    """The entries of a Bundle; where the file breaks off, that place is one that can't be read."""
    place = 0
    try:
        found = ijson.items(_Parsable(stream), "entry.item", use_float=True)
        for place, entry in enumerate(found, start=1):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            address = entry.get("fullUrl") if isinstance(entry, dict) else None
            yield (
                place,
                resource if isinstance(resource, dict) else None,
                address if isinstance(address, str) else "",
            )
    except ijson.JSONError:
        yield place + 1, None, ""


def _inside(bundle: Json) -> Iterator[tuple[Json | None, str]]:
    """What a Bundle on a line, or in another, holds, however deep."""
    waiting = deque(objects(bundle.get("entry")))
    while waiting:
        entry = waiting.popleft()
        resource = entry.get("resource")
        if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
            waiting.extendleft(reversed(objects(resource.get("entry"))))
        else:
            yield resource if isinstance(resource, dict) else None, text(entry.get("fullUrl"))


def _object(content: bytes) -> Json | None:
    if len(content) > MAX_RESOURCE:
        return None
    try:
        read = orjson.loads(content.removeprefix(MARK))
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) else None
