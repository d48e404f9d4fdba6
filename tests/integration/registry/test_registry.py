"""Which version clinicians see: promoted through the gates, rolled back in one step."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from recommender import models
from recommender.exceptions import (
    CorruptArtifact,
    GateNotPassed,
    NoLiveVersion,
    Refused,
    UnknownName,
)
from recommender.services import audit, registry

pytestmark = pytest.mark.django_db


def status(*versions):
    """The versions' states by their order."""
    return [models.ModelVersion.objects.get(pk=version.pk).status for version in versions]


def test_a_promoted_version_is_live_and_the_one_before_it_retires(a_version):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")

    live = registry.promote(version=second, by="admin")

    assert status(first, second) == ["retired", "live"]
    assert live.promoted_by == "admin"
    assert models.AuditEvent.objects.first().action == "model_version.promoted"
    assert audit.verify().intact


def test_a_version_whose_gates_failed_isnt_promoted_and_the_gates_are_named(a_version):
    lines = [
        {"code": "no-leak", "passed": False, "blocking": True, "message": "It looks like a leak."},
        {"code": "calibrated", "passed": False, "blocking": False, "message": "Not calibrated."},
    ]
    version = a_version()
    models.ModelVersion.objects.update(gates_passed=False, gates=lines)

    with pytest.raises(GateNotPassed, match="no-leak: It looks like a leak") as refusal:
        registry.promote(version=version, by="admin")

    assert "Not calibrated" not in str(refusal.value)
    assert status(version) == ["candidate"]


def test_the_database_itself_refuses_a_live_version_that_failed_its_gates(a_version):
    a_version()

    with pytest.raises(IntegrityError), transaction.atomic():
        models.ModelVersion.objects.update(
            status="live", promoted_at=timezone.now(), gates_passed=False
        )


def test_a_live_version_isnt_promoted_again(a_version):
    version = a_version()
    registry.promote(version=version, by="admin")

    with pytest.raises(Refused, match="live already"):
        registry.promote(version=version, by="admin")


def test_a_corrupt_artifact_isnt_promoted_and_the_live_version_stays(a_version, corrupt):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")
    corrupt(second)

    with pytest.raises(CorruptArtifact):
        registry.promote(version=second, by="admin")

    assert status(first, second) == ["live", "candidate"]


def test_a_version_trained_on_withdrawn_data_isnt_promoted(a_version):
    version = a_version()
    models.DataSet.objects.update(
        status="withdrawn", withdrawn_reason="consent", withdrawn_at=timezone.now()
    )

    with pytest.raises(Refused, match="withdrawn"):
        registry.promote(version=version, by="admin")


@pytest.mark.django_db(transaction=True)
def test_two_promotions_at_once_leave_one_live_version(a_version):
    versions = [a_version() for _ in range(4)]
    start = threading.Barrier(len(versions))

    def promote(version):
        start.wait()
        registry.promote(version=version, by="admin")
        connection.close()

    threads = [threading.Thread(target=promote, args=[version]) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status(*versions)) == ["live", "retired", "retired", "retired"]


def test_a_roll_back_brings_back_the_version_before_and_a_second_the_one_before_that(a_version):
    first, second, third = a_version(), a_version(), a_version()
    for version in (first, second, third):
        registry.promote(version=version, by="admin")

    assert registry.roll_back(pathway="depression", by="admin") == second
    assert registry.roll_back(pathway="depression", by="admin") == first
    assert status(first, second, third) == ["live", "retired", "retired"]
    assert models.AuditEvent.objects.first().action == "model_version.rolled_back"


def test_a_version_that_was_taken_back_isnt_rolled_back_to(a_version):
    first, second, third = a_version(), a_version(), a_version()
    registry.promote(version=first, by="admin")
    registry.promote(version=second, by="admin")
    registry.roll_back(pathway="depression", by="admin")
    registry.promote(version=third, by="admin")

    assert registry.roll_back(pathway="depression", by="admin") == first


def test_a_version_that_was_taken_back_can_be_promoted_again(a_version):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")
    registry.promote(version=second, by="admin")
    registry.roll_back(pathway="depression", by="admin")

    registry.promote(version=second, by="admin")

    assert status(first, second) == ["retired", "live"]
    assert registry.roll_back(pathway="depression", by="admin") == first


def test_the_first_version_has_nothing_to_roll_back_to(a_version):
    version = a_version()
    registry.promote(version=version, by="admin")

    with pytest.raises(Refused, match="nothing to go back to"):
        registry.roll_back(pathway="depression", by="admin")

    assert status(version) == ["live"]


def test_without_a_live_version_there_is_nothing_to_roll_back(a_version):
    a_version()

    with pytest.raises(NoLiveVersion):
        registry.roll_back(pathway="depression", by="admin")


def test_a_roll_back_to_a_corrupt_artifact_is_refused_and_the_live_version_stays(
    a_version, corrupt
):
    first, second = a_version(), a_version()
    registry.promote(version=first, by="admin")
    registry.promote(version=second, by="admin")
    corrupt(first)

    with pytest.raises(CorruptArtifact):
        registry.roll_back(pathway="depression", by="admin")

    assert status(first, second) == ["retired", "live"]


def test_two_people_who_take_back_the_same_version_go_back_one_step(a_version):
    first, second, third = a_version(), a_version(), a_version()
    for version in (first, second, third):
        registry.promote(version=version, by="admin")
    registry.roll_back(pathway="depression", by="one", taken_back=third)

    with pytest.raises(Refused, match="isn't live any more"):
        registry.roll_back(pathway="depression", by="the other", taken_back=third)

    assert status(second) == ["live"]


def test_a_version_is_found_by_id_by_number_and_as_the_live_one(a_version):
    version = a_version()
    registry.promote(version=version, by="admin")

    assert registry.find(str(version.pk)) == version
    assert registry.find("depression/1") == version
    assert registry.find("live", pathway="depression") == version


@pytest.mark.parametrize(
    "reference", ["depression/9", "elsewhere/1", "1", "", "live", "depression/²"]
)
def test_an_unknown_version_is_refused_with_how_to_name_one(a_version, reference):
    a_version()

    with pytest.raises(UnknownName):
        registry.find(reference)
