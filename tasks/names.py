"""Tasks by their names: who asks for work doesn't load what only workers need to do it."""

from celery import Signature

from tasks.celery import app

TRAIN: Signature[None] = app.signature("tasks.learning.train")
TRY_OUT: Signature[None] = app.signature("tasks.learning.try_out")
STUDY: Signature[None] = app.signature("tasks.learning.study")
IMPORT_UPLOAD: Signature[None] = app.signature("tasks.importing.import_upload")
