"""Uploads on a worker: each imported once under a lease, or refused with what to do."""

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from shutil import copyfileobj
from types import TracebackType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import RefusedImport
from recommender.services import dataset_files, datasets, uploads
from recommender.services.endings import AttemptEnding, reason
from recommender.services.leases import Heartbeat, Lease

WAITING = models.DataSetUpload.Status.WAITING
IMPORTED = models.DataSetUpload.Status.IMPORTED
REFUSED = models.DataSetUpload.Status.REFUSED

MAX_PROBLEMS = 100


def carry_out(*, upload_id: UUID) -> models.DataSetUpload:
    """Import a waiting upload; answers it as it then stands. Safe to call twice, anywhere.

    The file goes when the upload has ended, whether it was imported or refused: what was refused
    may name people.
    """
    lease = Lease.take(models.DataSetUpload, upload_id, waiting=WAITING)
    if lease is not None:
        upload = models.DataSetUpload.objects.get(pk=upload_id)
        stages = _Stages()
        with _Ending(lease), Heartbeat(lease, news=stages.news) as heartbeat:
            stages.check = heartbeat.check
            _import(upload, lease, stages)
    ended = models.DataSetUpload.objects.get(pk=upload_id)
    if ended.status in {IMPORTED, REFUSED}:
        uploads.remove_file(ended)
    return ended


def remove_leftover_files() -> None:
    """Delete the files of ended uploads whose worker was stopped before it could."""
    ended = models.DataSetUpload.objects.filter(status__in=[IMPORTED, REFUSED])
    for upload in ended.exclude(file=""):
        uploads.remove_file(upload)


class _Stages:
    """Takes what the work is at, and hands it to the heartbeat, which writes it down."""

    def __init__(self) -> None:
        self.check: Callable[[], None] = lambda: None
        self._said = ""

    def __call__(self, stage: str) -> None:
        self.check()
        self._said = stage[:60]

    def news(self) -> dict[str, object]:
        return {"stage": self._said}


def _import(upload: models.DataSetUpload, lease: Lease, tell: _Stages) -> None:
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path, mapping = _on_disk(upload, Path(folder))
        content = dataset_files.read(
            path=path,
            pathway=upload.pathway_slug,
            format=upload.format,
            mapping=mapping,
            keep_unknown=True,
            tell=tell,
        )
        # One transaction with the upload's own row: who lost the lease leaves no data set.
        with transaction.atomic():
            imported = datasets.import_dataset(
                content=content,
                name=upload.name,
                pathway=upload.pathway_slug,
                by=upload.created_by,
                publish_at_once=upload.publish,
                tell=tell,
            )
            lease.write(status=IMPORTED, dataset=imported.dataset, lease_until=None, finished=Now())


def _on_disk(upload: models.DataSetUpload, folder: Path) -> tuple[Path, Path | None]:
    """The upload and its mapping as files of this machine; a storage may be elsewhere."""
    path = folder / Path(str(upload.file.name)).name
    with upload.file.open("rb") as source, path.open("wb") as target:
        copyfileobj(source, target)
    if not upload.mapping:
        return path, None
    mapping = folder / "mapping.toml"
    mapping.write_text(upload.mapping, encoding="utf-8")
    return path, mapping


class _Ending(AttemptEnding):
    """Writes down why an upload was refused."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    def interrupted(self) -> None:
        """Let another worker import it."""
        self._lease.row().update(status=WAITING, lease_until=None, sent_at=None)

    def failed(self, error: Exception, trace: TracebackType | None) -> None:
        """Say what to do about it."""
        self._lease.row().update(
            status=REFUSED,
            problems=_problems(error, trace),
            problem_counts=error.counts if isinstance(error, RefusedImport) else {},
            lease_until=None,
            finished=Now(),
        )


def _problems(error: Exception, trace: TracebackType | None) -> list[dict[str, Any]]:
    if isinstance(error, RefusedImport):
        return [asdict(problem) for problem in error.problems[:MAX_PROBLEMS]]
    code = getattr(error, "code", "unexpected")
    return [{"code": code, "message": reason(error, trace)}]
