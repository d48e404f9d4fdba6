"""Where artifacts are kept: any Django storage, under names that say what is inside."""

import hashlib
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from recommender import models
from recommender.exceptions import CorruptArtifact


@dataclass(frozen=True, slots=True)
class Stored:
    """An artifact in the storage: its name there, its digest and its size."""

    name: str
    sha256: str
    size: int


def store(payload: bytes, *, sha256: str) -> Stored:
    """Keep an artifact and read it back; one that is there already, and whole, is kept as it is.

    A torn file that a killed worker left under the name isn't touched: the storage then chooses
    another name, and that is the one that is registered.
    """
    storage = _storage()
    name = f"{sha256[:2]}/{sha256}.zip"
    if not _holds(storage, name, sha256):
        name = storage.save(name, ContentFile(payload))
        if not _holds(storage, name, sha256):
            raise CorruptArtifact(
                "The artifact storage doesn't give back what was written. Check its disk or "
                "bucket (ARTIFACT_STORAGE, ARTIFACT_DIR), then train again."
            )
    return Stored(name=name, sha256=sha256, size=len(payload))


def fetch(version: models.ModelVersion) -> bytes:
    """The bytes of a version's artifact as they are; whoever loads them checks the digest."""
    try:
        with _storage().open(version.artifact) as file:
            payload: bytes = file.read()
    except OSError as missing:
        raise CorruptArtifact(
            f"The artifact of {version} can't be read from the artifact storage. Check "
            "ARTIFACT_STORAGE and ARTIFACT_DIR, restore the file, or roll back."
        ) from missing
    return payload


def _storage() -> Storage:
    return storages["artifacts"]


def _holds(storage: Storage, name: str, sha256: str) -> bool:
    if not storage.exists(name):
        return False
    digest = hashlib.sha256()
    with storage.open(name) as file:
        for chunk in file.chunks():
            digest.update(chunk)
    return digest.hexdigest() == sha256
