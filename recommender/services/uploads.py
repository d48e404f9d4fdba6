"""Files handed in through the web: kept until a worker has imported or refused them."""

from collections.abc import Mapping
from pathlib import PurePath

from django.core.files import File
from django.db import transaction

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import audit

# The file's own name may say who a person is, so only its ending is kept.
SUFFIXES: Mapping[str, str] = {".zip": ".zip", ".csv": ".csv", ".parquet": ".parquet"}


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
) -> models.DataSetUpload:
    """Keep the file and write down what it is to become; nothing in it is read yet."""
    suffix = SUFFIXES.get(PurePath(file.name or "").suffix.lower())
    if suffix is None:
        raise BadInput(
            f"Give a file that ends in {', '.join(SUFFIXES)}; a folder goes into a .zip.",
            field="file",
        )
    if mapping and suffix == ".zip":
        raise BadInput("A mapping is for one table, a .csv or .parquet file.", field="mapping")

    upload = models.DataSetUpload(
        pathway_slug=pathway,
        name=name,
        format=format,
        mapping=mapping,
        publish=publish,
        created_by=by,
    )
    upload.file.save(f"{upload.pk}{suffix}", file, save=False)
    upload.save(force_insert=True)
    audit.record(action="dataset_upload.received", target=str(upload.pk), by=by, version=name)
    return upload
