"""Data sets as files: a folder, a zip, a wide table or FHIR, read and checked as a whole."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from recommender.exceptions import BadInput, RefusedImport
from recommender.formats.content import Content, Known
from recommender.formats.dataset_folder import Pseudonym, read_folder
from recommender.formats.fhir_dataset import read_fhir
from recommender.formats.mapping import Mapping as TableMapping
from recommender.formats.mapping import read_mapping
from recommender.formats.open_tables import PREFIX, open_table
from recommender.formats.tables import EVIDENCE
from recommender.formats.wide_table import read_wide_table
from recommender.services import unmapped_codes
from recommender.services.datasets import Tell, known
from recommender.services.fhir_codes import code_map

PSEUDONYM_LENGTH = 32
FHIR_SUFFIXES = (".json", ".ndjson")


def read(
    *,
    path: Path,
    pathway: str,
    format: str = "",  # noqa: A002 - the command's word
    mapping: Path | TableMapping | None = None,
    renamed: Mapping[str, str] | None = None,
    keep_unknown: bool = False,
    tell: Tell = lambda _: None,
) -> Content:
    """Read and check a folder, zip, wide table or FHIR; raises RefusedImport with the faults.

    `renamed` says which therapies the evidence's own codes stand for. What is refused leaves no
    trace, unless its names that nobody knows are to be kept for somebody to map (`keep_unknown`).
    """
    try:
        return _read(
            path,
            kind=format,
            mapping=mapping,
            codes=replace(known(pathway), renamed=renamed or {}),
            pseudonym=_pseudonyms(pathway),
            tell=tell,
        )
    except RefusedImport as refused:
        if keep_unknown:
            unmapped_codes.count(refused.missed)
        raise


def _read(
    path: Path,
    *,
    kind: str,
    mapping: Path | TableMapping | None,
    codes: Known,
    pseudonym: Pseudonym,
    tell: Tell,
) -> Content:
    if kind == "table" and mapping is None:
        raise BadInput("A wide table needs a mapping: give --mapping FILE.", field="mapping")
    if kind == "fhir" or (not kind and path.suffix.lower() in FHIR_SUFFIXES):
        return read_fhir(
            path,
            codes=code_map(),
            today=timezone.localdate(),
            known=codes,
            pseudonym=pseudonym,
            progress=tell,
        )
    if mapping is not None:
        given = read_mapping(mapping) if isinstance(mapping, Path) else mapping
        with _table(path) as table:
            return read_wide_table(table, given, known=codes, pseudonym=pseudonym, progress=tell)
    if not path.exists():
        raise BadInput("There is no such file or folder. Check the path.", field="path")
    if path.is_file() and path.suffix.lower() != ".zip" and path.stem != EVIDENCE.name:
        raise BadInput(
            "One file is a wide table and needs a mapping: give --mapping FILE.", field="mapping"
        )
    return read_folder(path, only=kind or None, known=codes, pseudonym=pseudonym, progress=tell)


@contextmanager
def _table(path: Path) -> Iterator[Path]:
    if str(path).startswith(PREFIX):
        with open_table(str(path).removeprefix(PREFIX)) as table:
            yield table
        return
    if not path.is_file():
        raise BadInput("There is no such table. Check the path.", field="path")
    yield path


def _pseudonyms(pathway: str) -> Callable[[str], str]:
    """A keyed digest of an id: the same in each import of a pathway, and its source's secret."""
    keyed = hmac.new(settings.PSEUDONYM_KEY.encode(), f"{pathway}\0".encode(), hashlib.sha256)

    def pseudonym(case: str) -> str:
        own = keyed.copy()
        own.update(case.encode())
        return own.hexdigest()[:PSEUDONYM_LENGTH]

    return pseudonym
