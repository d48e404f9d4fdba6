"""Files handed in through the web: kept until a worker has imported or refused them."""

from collections.abc import Mapping as Names
from datetime import timedelta
from pathlib import PurePath

from django.core.files import File
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput, Refused
from recommender.formats.mapping import Mapping, mapping_text
from recommender.services import audit

# The file's own name may say who a person is, so only its ending is kept.
SUFFIXES: Names[str, str] = {".zip": ".zip", ".csv": ".csv", ".parquet": ".parquet"}
KEPT_UNMAPPED = timedelta(days=1)
ASKED = {
    "title": "Say what the table is: give a title.",
    "source": "Say where the table comes from.",
    "licence": "Say on which terms it may be used.",
    "why": "Say why this counts as having responded.",
}

UNMAPPED = models.DataSetUpload.Status.UNMAPPED
WAITING = models.DataSetUpload.Status.WAITING
REFUSED = models.DataSetUpload.Status.REFUSED


@transaction.atomic
def receive(
    *,
    file: "File[bytes]",
    name: str,
    pathway: str,
    by: str,
    format: str = "",  # noqa: A002 - the word of the commands
    mapping: str = "",
    publish: bool = False,
    map_first: bool = False,
) -> models.DataSetUpload:
    """Keep the file and write down what it is to become; nothing in it is read yet.

    With `map_first` it isn't for a worker until its columns were mapped (`set_mapping`).
    """
    suffix = SUFFIXES.get(PurePath(file.name or "").suffix.lower())
    if suffix is None:
        raise BadInput(
            f"Give a file that ends in {', '.join(SUFFIXES)}; a folder goes into a .zip.",
            field="file",
        )
    if mapping and suffix == ".zip":
        raise BadInput("A mapping is for one table, a .csv or .parquet file.", field="mapping")
    if map_first and suffix == ".zip":
        raise BadInput("Only a .csv or .parquet file has columns to map.", field="file")

    upload = models.DataSetUpload(
        pathway_slug=pathway,
        name=name,
        format=format,
        mapping=mapping,
        publish=publish,
        status=UNMAPPED if map_first else WAITING,
        created_by=by,
    )
    upload.file.save(f"{upload.pk}{suffix}", file, save=False)
    upload.save(force_insert=True)
    audit.record(action="dataset_upload.received", target=str(upload.pk), by=by, version=name)
    return upload


@transaction.atomic
def set_mapping(*, upload: models.DataSetUpload, mapping: Mapping, by: str) -> models.DataSetUpload:
    """Say what the columns of a waiting table are; from then on it is for a worker."""
    locked = models.DataSetUpload.objects.select_for_update().get(pk=upload.pk)
    if locked.status != UNMAPPED:
        raise Refused(f"The upload's columns were mapped before: it is {locked.status}.")
    for name, said in (
        ("title", mapping.about.title),
        ("source", mapping.about.source),
        ("licence", mapping.about.licence),
        ("why", mapping.attempt.why),
    ):
        if not said.strip():
            raise BadInput(ASKED[name], field=name)
    locked.mapping, locked.status, locked.sent_at = mapping_text(mapping), WAITING, None
    locked.save(update_fields=["mapping", "status", "sent_at"])
    audit.record(action="dataset_upload.mapped", target=str(locked.pk), by=by, version=locked.name)
    return locked


@transaction.atomic
def give_up(*, upload: models.DataSetUpload, by: str) -> models.DataSetUpload:
    """Drop a table that nobody will map; its file goes at once."""
    locked = models.DataSetUpload.objects.select_for_update().get(pk=upload.pk)
    if locked.status != UNMAPPED:
        raise Refused(f"The upload is {locked.status}; only one that isn't mapped is given up.")
    _refuse(locked, f"Given up by {by} before its columns were mapped.")
    audit.record(action="dataset_upload.given_up", target=str(locked.pk), by=by)
    return locked


def give_up_forgotten() -> int:
    """Drop the tables that nobody mapped for a day; answers how many."""
    old = models.DataSetUpload.objects.filter(status=UNMAPPED, created__lt=Now() - KEPT_UNMAPPED)
    for upload in old:
        _refuse(upload, "Nobody mapped its columns within a day. Upload it again.")
    return len(old)


def _refuse(upload: models.DataSetUpload, message: str) -> None:
    upload.status, upload.finished = REFUSED, timezone.now()
    upload.problems = [{"code": "not-mapped", "message": message}]
    upload.save(update_fields=["status", "finished", "problems"])
    transaction.on_commit(lambda: remove_file(upload))


def remove_file(upload: models.DataSetUpload) -> None:
    """Delete the file of an upload that has ended."""
    if upload.file:
        upload.file.delete(save=False)
        models.DataSetUpload.objects.filter(pk=upload.pk).update(file="")
