"""Imports by workers: an upload is kept first, then the queue is told of it."""

from functools import partial
from typing import Any

from django.db import transaction

from recommender import models
from recommender.formats.mapping import Mapping
from recommender.services import table_mappings, uploads
from tasks.names import IMPORT_UPLOAD
from tasks.sending import send


@transaction.atomic
def start(**given: Any) -> models.DataSetUpload:  # noqa: ANN401 - what `uploads.receive` takes
    """Keep an uploaded file and have a worker import it; answers the waiting upload."""
    upload = uploads.receive(**given)
    transaction.on_commit(partial(send, IMPORT_UPLOAD, models.DataSetUpload, (upload.pk,)))
    return upload


@transaction.atomic
def start_mapped(
    *, upload: models.DataSetUpload, mapping: Mapping, by: str, keep_as: str = ""
) -> models.DataSetUpload:
    """Map a waiting table, keep the mapping if it has a name, and have a worker import it."""
    if keep_as.strip():
        table_mappings.keep(name=keep_as, mapping=mapping, by=by)
    mapped = uploads.set_mapping(upload=upload, mapping=mapping, by=by)
    transaction.on_commit(partial(send, IMPORT_UPLOAD, models.DataSetUpload, (mapped.pk,)))
    return mapped
