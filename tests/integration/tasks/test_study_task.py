"""Studies by real workers."""

import pytest

from recommender import models
from tasks.judging import start
from tests.published import a_published_dataset, a_version

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_studies_a_version(celery_worker_process, eventually):
    version = a_version(a_published_dataset())

    start(version=version, by="admin")

    def studied():
        return models.ModelVersion.objects.get(pk=version.pk).evaluation.get("study")

    assert eventually(studied)["learning_curve"]
    asked = models.AuditEvent.objects.get(action="model_version.study_requested")
    assert asked.actor == "admin"
