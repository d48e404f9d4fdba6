"""What is served is the live version, soon after it changes, and nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import models
from recommender.exceptions import CorruptArtifact, NoLiveVersion, UnknownName
from recommender.services import live_models, registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def always_asks(monkeypatch):
    """Ask the registry at each call, as any process does half a second later."""
    monkeypatch.setattr(live_models, "FRESH_FOR_SECONDS", -1)


def test_the_live_version_is_loaded_with_what_it_was_trained_on(a_version):
    version = a_version()
    registry.promote(version=version, by="admin")

    live, model = registry.live_model("depression")

    assert live == version
    assert {therapy.code for therapy in model.therapies} >= {"sertraline", "cbt"}
    assert [str(dataset) for dataset in live.training_run.datasets.all()] == ["small v1"]


def test_a_second_call_asks_the_database_nothing(a_version):
    registry.promote(version=a_version(), by="admin")
    registry.live_model("depression")

    with CaptureQueriesContext(connection) as queries:
        live, _ = registry.live_model("depression")
        assert live.pathway.slug == "depression"
        assert list(live.training_run.datasets.all())

    assert not queries.captured_queries


@pytest.mark.django_db(transaction=True)
def test_a_promotion_and_a_roll_back_are_seen_at_once_in_their_own_process(a_version):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")
    assert registry.live_model("depression")[0] == first

    registry.promote(version=second, by="admin")
    assert registry.live_model("depression")[0] == second

    registry.roll_back(pathway="depression", by="admin")
    assert registry.live_model("depression")[0] == first


def test_a_change_by_another_process_is_seen(a_version, always_asks):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")
    registry.live_model("depression")
    models.ModelVersion.objects.filter(pk=first.pk).update(status="retired")
    models.ModelVersion.objects.filter(pk=second.pk).update(
        status="live", promoted_at=first.created
    )

    assert registry.live_model("depression")[0] == second


def test_without_a_live_version_nothing_is_served(a_version, always_asks):
    version = a_version()
    with pytest.raises(NoLiveVersion):
        registry.live_model("depression")

    registry.promote(version=version, by="admin")
    registry.live_model("depression")
    models.ModelVersion.objects.update(status="retired")

    with pytest.raises(NoLiveVersion):
        registry.live_model("depression")


def test_an_unknown_pathway_is_answered_with_those_there_are(a_version):
    a_version()

    with pytest.raises(UnknownName, match="depression"):
        registry.live_model("depresion")


def test_a_corrupt_artifact_isnt_loaded(a_version, corrupt):
    version = a_version()
    registry.promote(version=version, by="admin")
    corrupt(version)

    with pytest.raises(CorruptArtifact):
        registry.live_model("depression")


def test_a_missing_artifact_is_named_as_such(a_version):
    version = a_version()
    models.ModelVersion.objects.update(artifact="00/none.zip")

    with pytest.raises(CorruptArtifact, match="ARTIFACT_DIR"):
        registry.promote(version=version, by="admin")


def test_a_model_in_memory_serves_on_when_its_file_is_damaged(a_version, corrupt, always_asks):
    version = a_version()
    registry.promote(version=version, by="admin")
    registry.live_model("depression")
    corrupt(version)

    assert registry.live_model("depression")[0] == version


def test_when_the_new_live_artifact_is_damaged_the_version_before_it_serves_on(
    a_version, corrupt, always_asks
):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")
    registry.live_model("depression")
    registry.promote(version=second, by="admin")
    corrupt(second)

    assert registry.live_model("depression")[0] == first


def test_a_version_that_was_taken_back_never_serves_on(a_version, corrupt, always_asks):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")
    registry.promote(version=second, by="admin")
    registry.live_model("depression")
    registry.roll_back(pathway="depression", by="admin")
    corrupt(first)

    with pytest.raises(CorruptArtifact):
        registry.live_model("depression")
