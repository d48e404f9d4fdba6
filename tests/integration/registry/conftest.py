"""Versions to promote and to roll back: real ones, from one quick training."""

import pytest

from recommender import models
from recommender.ml.recipes import RECIPES
from recommender.services import registry, training
from tests.published import a_published_dataset


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    registry.forget()


@pytest.fixture
def a_version():
    """Register one more version of the depression pathway."""
    a_published_dataset()

    def register(**fields):
        run = training.request(
            pathway="depression", recipe=RECIPES["response-rate"], by="admin"
        )
        done = training.carry_out(run_id=run.pk, worker="tests")
        assert done.status == "succeeded", done.failure
        models.ModelVersion.objects.filter(training_run=run).update(gates_passed=True, **fields)
        return models.ModelVersion.objects.get(training_run=run)

    return register


@pytest.fixture
def corrupt():
    """Change one byte in the middle of a version's artifact."""
    from django.core.files.storage import storages

    def change(version):
        with storages["artifacts"].open(version.artifact, "r+b") as file:
            file.seek(version.artifact_bytes // 2)
            byte = file.read(1)
            file.seek(version.artifact_bytes // 2)
            file.write(bytes([byte[0] ^ 0xFF]))

    return change
