"""Imports by workers: an upload is kept first, then the queue is told of it."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from recommender import models
from recommender.services import upload_imports, uploads
from tasks.celery import app
from tasks.sending import send


@transaction.atomic
def start(**given: Any) -> models.DataSetUpload:  # noqa: ANN401 - what `uploads.receive` takes
    """Keep an uploaded file and have a worker import it; answers the waiting upload."""
    upload = uploads.receive(**given)
    transaction.on_commit(partial(send, import_upload, models.DataSetUpload, (upload.pk,)))
    return upload


@app.task(acks_late=True, ignore_result=True)
def import_upload(upload_id: str) -> None:
    """Import one upload. Safe to deliver twice: only a waiting upload is begun."""
    upload_imports.carry_out(upload_id=UUID(upload_id))
