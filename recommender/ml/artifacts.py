"""Artifacts: arrays and a manifest in one file whose bytes follow from what is in it."""

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.exceptions import CorruptArtifact

FORMAT = 2
MANIFEST = "manifest.json"
# A zip can't hold an earlier time; a fixed one keeps equal content equal in bytes.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Artifact:
    """What a model version is made of: named arrays and a manifest that says what they mean."""

    arrays: Mapping[str, NDArray[np.generic]]
    manifest: Mapping[str, object]


def sha256(payload: bytes) -> str:
    """The digest by which an artifact is registered and checked."""
    return hashlib.sha256(payload).hexdigest()


def pack(artifact: Artifact) -> bytes:
    """One uncompressed zip of `.npy` arrays and the manifest, in order of name."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        manifest = {"format": FORMAT, **artifact.manifest}
        _write(bundle, MANIFEST, json.dumps(manifest, sort_keys=True, allow_nan=False).encode())
        for name in sorted(artifact.arrays):
            content = io.BytesIO()
            array = np.ascontiguousarray(artifact.arrays[name])
            np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=False)
            _write(bundle, f"{name}.npy", content.getvalue())
    return target.getvalue()


def unpack(payload: bytes, *, sha256: str) -> Artifact:
    """The artifact of these bytes, if they are the ones that were registered."""
    found = hashlib.sha256(payload).hexdigest()
    if not hmac.compare_digest(found, sha256):
        raise CorruptArtifact(
            "The artifact isn't the one that was registered: train again or roll back."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as bundle:
            manifest = json.loads(bundle.read(MANIFEST))
            arrays = {
                name.removesuffix(".npy"): _read_array(bundle.read(name))
                for name in bundle.namelist()
                if name.endswith(".npy")
            }
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as problem:
        raise CorruptArtifact("The artifact can't be read: train again.") from problem
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise CorruptArtifact("The artifact has another format than this release: train again.")
    return Artifact(arrays, manifest)


def _write(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=TIMESTAMP)
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    bundle.writestr(entry, content)


def _read_array(content: bytes) -> NDArray[np.generic]:
    array: NDArray[np.generic] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    array.setflags(write=False)
    return array
