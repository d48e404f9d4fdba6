"""The Celery application."""

import os

from celery import Celery

from tasks.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.settings")

app = Celery(
    "recommender",
    include=[
        "tasks.learning",
        "tasks.importing",
        "tasks.audit_chain",
        "tasks.maintenance",
    ],
)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
