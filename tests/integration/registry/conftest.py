"""Versions to promote and to roll back, and the damage that may be done to them."""

from itertools import count

import pytest
from django.core.files.storage import storages

from recommender.services import registry
from tests import published


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    registry.forget()


@pytest.fixture
def a_version():
    """Register one more version of the depression pathway, with an artifact of its own."""
    dataset = published.a_published_dataset()
    seeds = count(1)
    made = []

    def register(**fields):
        made.append(published.a_version(dataset, seed=next(seeds), **fields))
        return made[-1]

    yield register
    for version in made:
        storages["artifacts"].delete(version.artifact)


@pytest.fixture
def corrupt():
    """Change one byte in the middle of a version's artifact."""

    def change(version):
        with storages["artifacts"].open(version.artifact, "r+b") as file:
            file.seek(version.artifact_bytes // 2)
            byte = file.read(1)
            file.seek(version.artifact_bytes // 2)
            file.write(bytes([byte[0] ^ 0xFF]))

    return change
