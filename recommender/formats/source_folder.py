"""Finding a data set's tables in a folder or a zip file, without trusting either."""

import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from recommender.exceptions import BadInput
from recommender.formats.descriptor import FILE as DESCRIPTOR
from recommender.formats.descriptor import MAX_BYTES as DESCRIPTOR_BYTES
from recommender.formats.problems import Problems, shown
from recommender.formats.tables import TABLES

MAX_ENTRIES = 100
MAX_TOTAL_BYTES = 8 * 1024**3
MAX_PARQUET_BYTES = 2 * 1024**3
MAX_RATIO = 200
SMALL = 1024**2
"""A member of less than this many bytes may shrink as much as it likes."""

SUFFIXES = {".csv": "csv", ".parquet": "parquet"}
ARCHIVES = frozenset({".zip", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".7z", ".rar", ".zst"})
_NOISE = ("__MACOSX/", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table's file, and how it's opened and read."""

    name: str
    reader: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class SourceFolder:
    """The tables found, by name; the descriptor; and files that are no tables."""

    tables: Mapping[str, TableFile]
    descriptor: bytes | None
    ignored: tuple[str, ...]


@contextmanager
def open_folder(path: Path, *, problems: Problems) -> Iterator[SourceFolder]:
    """Open a folder, a zip of it or one of its tables; what's wrong is added to the problems."""
    if path.is_dir():
        members = {entry.name: _FolderMember(entry) for entry in sorted(path.iterdir())}
        yield _sorted_out(members, problems)
        return
    if not path.is_file():
        raise BadInput(f"There is no folder or file {path}; check the path.", field="path")
    if path.suffix.lower() in SUFFIXES and path.stem in TABLES:
        yield _sorted_out({path.name: _FolderMember(path)}, problems)
        return
    if path.suffix.lower() != ".zip":
        raise BadInput(
            f"{path.name} is neither a folder nor a .zip; a single table needs --mapping.",
            field="path",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            yield _sorted_out(_members(archive, path.name, problems), problems)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError):
        problems.add(path.name, None, None, "not-a-zip", "isn't a whole zip file; make it again")
        problems.refuse_if_any()


class _FolderMember:
    """A file of a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_file(self) -> bool:
        return self._path.is_file()

    @property
    def size(self) -> int:
        return self._path.stat().st_size

    def open(self) -> IO[bytes]:
        return self._path.open("rb")


class _ZipMember:
    """A file of a zip, already found harmless."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        self._archive = archive
        self._entry = entry

    is_file = True

    @property
    def size(self) -> int:
        return self._entry.file_size

    def open(self) -> IO[bytes]:
        return self._archive.open(self._entry)


_Member = _FolderMember | _ZipMember


def _members(archive: zipfile.ZipFile, file: str, problems: Problems) -> dict[str, _Member]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    entries = [entry for entry in entries if not _is_noise(entry.filename)]
    if len(entries) > MAX_ENTRIES:
        problems.add(file, None, None, "too-many-files", f"holds more than {MAX_ENTRIES} files")
        return {}
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        message = f"unpacks to more than {MAX_TOTAL_BYTES // 1024**3} GiB; import a folder instead"
        problems.add(file, None, None, "too-large", message)
        return {}
    tops = {PurePosixPath(entry.filename).parts[:1] for entry in entries}
    has_top = len(tops) == 1 and all(entry.filename.count("/") == 1 for entry in entries)
    members: dict[str, _Member] = {}
    for place, entry in enumerate(entries, start=1):
        harm = harm_of(entry)
        name = entry.filename.partition("/")[2] if has_top else entry.filename
        if harm is None and name in members:
            harm = ("file-twice", "is there twice; keep one")
        if harm is not None:
            problems.add(f"{file} ({shown(entry.filename, f'entry {place}')})", None, None, *harm)
            continue
        members[name] = _ZipMember(archive, entry)
    return members


def _is_noise(name: str) -> bool:
    return name.startswith(_NOISE[0]) or PurePosixPath(name).name in _NOISE[1:]


def harm_of(entry: zipfile.ZipInfo) -> tuple[str, str] | None:
    """What's wrong with a member of a zip, before a byte of it is read."""
    name = entry.filename
    path = PurePosixPath(name)
    unpacked = entry.file_size
    checks = (
        (
            path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name,
            ("path-traversal", "points outside the folder; pack plain files only"),
        ),
        (stat.S_ISLNK(entry.external_attr >> 16), ("link", "is a link; pack the file itself")),
        (
            path.suffix.lower() in ARCHIVES,
            ("archive-in-archive", "is an archive within an archive; unpack it first"),
        ),
        (bool(entry.flag_bits & 1), ("encrypted", "is encrypted; pack it without a password")),
        (
            entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED},
            ("compression", "is packed in an unusual way; use plain zip"),
        ),
        (
            unpacked > SMALL and unpacked > MAX_RATIO * max(entry.compress_size, 1),
            (
                "zip-bomb",
                f"unpacks to more than {MAX_RATIO} times its size; import a folder instead",
            ),
        ),
    )
    return next((harm for is_so, harm in checks if is_so), None)


def _sorted_out(members: Mapping[str, _Member], problems: Problems) -> SourceFolder:
    tables: dict[str, TableFile] = {}
    ignored: list[str] = []
    descriptor: bytes | None = None
    for place, (name, member) in enumerate(members.items(), start=1):
        path = PurePosixPath(name)
        reader = SUFFIXES.get(path.suffix.lower())
        if name == DESCRIPTOR and member.is_file:
            with member.open() as stream:
                descriptor = stream.read(DESCRIPTOR_BYTES + 1)
        elif reader is None:
            ignored.append(shown(name, f"file {place}"))
        elif path.stem not in TABLES or len(path.parts) > 1:
            message = f"isn't a table of a data set; there are {', '.join(sorted(TABLES))}"
            problems.add(shown(name, f"file {place}"), None, None, "unknown-file", message)
        elif not member.is_file:
            problems.add(name, None, None, "not-a-file", "isn't a plain file")
        elif member.size > (MAX_PARQUET_BYTES if reader == "parquet" else MAX_TOTAL_BYTES):
            problems.add(name, None, None, "too-large", "is too large; split the data set")
        elif path.stem in tables:
            message = f"is there as {tables[path.stem].name} as well; keep one of them"
            problems.add(name, None, None, "table-twice", message)
        else:
            tables[path.stem] = TableFile(name, reader, member.open)
    return SourceFolder(tables, descriptor, tuple(ignored))
