"""The live recommenders in this process's memory, never more than a second behind the registry."""

import logging
import threading
import time
from dataclasses import dataclass, replace
from uuid import UUID

from recommender import models
from recommender.exceptions import CorruptArtifact, NoLiveVersion
from recommender.ml.serving import ServingModel
from recommender.services import pathways, storage

FRESH_FOR_SECONDS = 0.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Serving:
    """What a pathway is served with, and when the registry was last asked.

    `broken` is the live version whose artifact can't be loaded, while the one before it serves.
    """

    version: models.ModelVersion
    model: ServingModel
    asked: float
    broken: UUID | None = None


_serving: dict[str, _Serving] = {}
_loading = threading.Lock()


def live_model(pathway: str) -> tuple[models.ModelVersion, ServingModel]:
    """The live version of a pathway with its recommender; its data sets are at hand.

    Raises when there's none: another recommender is never silently used instead.
    """
    known = _serving.get(pathway)
    if known is None or time.monotonic() - known.asked > FRESH_FOR_SECONDS:
        known = _refreshed(pathway)
    return known.version, known.model


def load_model(version: models.ModelVersion) -> ServingModel:
    """The recommender of any version, its artifact checked against the registered digest."""
    return ServingModel.load(storage.fetch(version), sha256=version.artifact_sha256)


def forget(pathway: str | None = None) -> None:
    """Ask the database at the next call which version is live; without a pathway, forget all."""
    if pathway is None:
        _serving.clear()
        return
    known = _serving.get(pathway)
    if known is not None:
        _serving[pathway] = replace(known, asked=-FRESH_FOR_SECONDS)


def _refreshed(pathway: str) -> _Serving:
    with _loading:
        asked = time.monotonic()
        known = _serving.get(pathway)
        live_id = _live_id(pathway)
        if known is not None and known.version.pk == live_id:
            known = replace(known, asked=asked, broken=None)
        else:
            known = _loaded(live_id, known, asked)
        _serving[pathway] = known
        return known


def _live_id(pathway: str) -> UUID:
    live = models.ModelVersion.objects.filter(
        pathway__slug=pathway, status=models.ModelVersion.Status.LIVE
    )
    live_id = live.values_list("pk", flat=True).first()
    if live_id is not None:
        return live_id
    _serving.pop(pathway, None)
    area = pathways.named(pathway)
    raise NoLiveVersion(f"{area} has no live model version. Train one and promote it.")


def _loaded(live_id: UUID, before: _Serving | None, asked: float) -> _Serving:
    version = (
        models.ModelVersion.objects.select_related("pathway", "training_run")
        .prefetch_related("training_run__datasets")
        .get(pk=live_id)
    )
    try:
        return _Serving(version, load_model(version), asked)
    except CorruptArtifact:
        if before is None or not _may_go_on(before.version.pk):
            raise
        # Its artifact was whole when it was promoted and is broken now. The version before it is
        # in memory and was good enough until a moment ago; its name is in every answer.
        if before.broken != live_id:
            logger.exception("live artifact is corrupt; the version before it keeps serving")
        return replace(before, asked=asked, broken=live_id)


def _may_go_on(version_id: UUID) -> bool:
    """Whether a version retired in the ordinary way; one that was taken back must not serve."""
    return models.ModelVersion.objects.filter(
        pk=version_id, status=models.ModelVersion.Status.RETIRED, rolled_back_at__isnull=True
    ).exists()
