"""The registry: which trained recommender clinicians see, and the way there and back."""

from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import GateNotPassed, NoLiveVersion, Refused, UnknownName
from recommender.ml.outcome import TrainingOutcome
from recommender.services import audit, pathways
from recommender.services.live_models import forget, live_model, load_model
from recommender.services.storage import Stored

__all__ = ["find", "forget", "live_model", "load_model", "promote", "register", "roll_back"]

CANDIDATE = models.ModelVersion.Status.CANDIDATE
LIVE = models.ModelVersion.Status.LIVE
RETIRED = models.ModelVersion.Status.RETIRED


@transaction.atomic
def register(
    *, run: models.TrainingRun, outcome: TrainingOutcome, stored: Stored, simulated: bool
) -> models.ModelVersion:
    """Enter what a run made as a candidate; its artifact is in the storage already."""
    _lock(run.pathway_id)
    versions = models.ModelVersion.objects.filter(pathway_id=run.pathway_id)
    newest = versions.aggregate(newest=Max("number"))["newest"] or 0
    version = models.ModelVersion.objects.create(
        pathway_id=run.pathway_id,
        number=newest + 1,
        training_run=run,
        artifact=stored.name,
        artifact_sha256=stored.sha256,
        artifact_bytes=stored.size,
        evaluation=outcome.evaluation,
        gates=[asdict(line) for line in outcome.gates],
        gates_passed=outcome.gates_passed,
        personalised=outcome.personalised,
        calibrated=outcome.calibrated,
        simulated=simulated,
    )
    audit.record(
        action="model_version.registered",
        target=str(version.pk),
        by=run.requested_by,
        version=str(version),
        digest=stored.sha256,
    )
    return version


@transaction.atomic
def propose(*, version: models.ModelVersion, by: str) -> models.ModelVersion:
    """Ask that a version goes live, where two people decide: somebody else then promotes it."""
    _lock(version.pathway_id)
    chosen = _version(pk=version.pk)
    if not chosen.pathway.promotion_by_two:
        raise Refused(f"On {chosen.pathway} one person promotes; there's nothing to propose.")
    _refuse_unfit(chosen)
    if chosen.proposed_by:
        raise Refused(f"{chosen} was proposed by {chosen.proposed_by}; somebody else promotes it.")
    models.ModelVersion.objects.filter(pk=chosen.pk).update(proposed_by=by, proposed_at=Now())
    _announce("model_version.proposed", chosen, by=by)
    return _version(pk=chosen.pk)


def may_promote(version: models.ModelVersion, *, by: str) -> bool:
    """Whether this person may promote it now: where two decide, not who proposed it."""
    return not version.pathway.promotion_by_two or version.proposed_by not in {"", by}


@transaction.atomic
def promote(*, version: models.ModelVersion, by: str) -> models.ModelVersion:
    """Make this version the one clinicians see; the version before it retires."""
    _lock(version.pathway_id)
    chosen = _version(pk=version.pk)
    _refuse_unfit(chosen)
    if not may_promote(chosen, by=by):
        raise Refused(
            f"On {chosen.pathway} two people decide: one proposes {chosen}, another promotes it. "
            + (f"{by} proposed it." if chosen.proposed_by else "Nobody has proposed it yet.")
        )
    load_model(chosen)

    models.ModelVersion.objects.filter(pathway_id=chosen.pathway_id, status=LIVE).update(
        status=RETIRED, retired_at=Now()
    )
    models.ModelVersion.objects.filter(pk=chosen.pk).update(
        status=LIVE,
        promoted_at=Now(),
        promoted_by=by,
        proposed_by=chosen.proposed_by if chosen.pathway.promotion_by_two else "",
        retired_at=None,
        rolled_back_at=None,
    )
    _announce("model_version.promoted", chosen, by=by)
    return _version(pk=chosen.pk)


def _refuse_unfit(version: models.ModelVersion) -> None:
    """Raise what keeps a version from going live, whoever asks."""
    if version.status == LIVE:
        raise Refused(f"{version} is live already.")
    if not version.gates_passed:
        raise GateNotPassed(f"{version} may not go live.\n" + "\n".join(failing_gates(version)))
    if withdrawn := _withdrawn(version):
        raise Refused(
            f"{version} was trained on data that has been withdrawn ({withdrawn}). "
            "Train again without it."
        )


@transaction.atomic
def roll_back(
    *, pathway: str, by: str, taken_back: models.ModelVersion | None = None
) -> models.ModelVersion:
    """Bring back the version that was live before, in one step; again goes further back.

    A version that was taken back itself is passed over, or two roll-backs would swap the same two.
    Naming the version that is `taken_back` keeps two people from going back two steps at once.
    """
    area = pathways.named(pathway)
    _lock(area.pk)
    versions = models.ModelVersion.objects.select_related("pathway").filter(pathway=area)
    current = versions.filter(status=LIVE).first()
    if current is None:
        raise NoLiveVersion(f"{area} has no live version to roll back from.")
    if taken_back is not None and taken_back.pk != current.pk:
        raise Refused(f"{taken_back} isn't live any more, so there's nothing to take back.")
    earlier = (
        versions.filter(
            status=RETIRED, rolled_back_at__isnull=True, promoted_at__lt=current.promoted_at
        )
        .order_by("-promoted_at")
        .first()
    )
    if earlier is None:
        raise Refused(f"No version of {area} was live before {current}: nothing to go back to.")
    load_model(earlier)

    models.ModelVersion.objects.filter(pk=current.pk).update(
        status=RETIRED, retired_at=Now(), rolled_back_at=Now()
    )
    # It keeps the time of its promotion, so that a second roll-back knows what came before it.
    models.ModelVersion.objects.filter(pk=earlier.pk).update(status=LIVE, retired_at=None)
    _announce("model_version.rolled_back", earlier, by=by)
    return _version(pk=earlier.pk)


def find(reference: str, *, pathway: str = "") -> models.ModelVersion:
    """The version of this id, `PATHWAY/NUMBER`, or `live` of the given pathway."""
    if reference == "live":
        if not pathway:
            raise UnknownName("Say which pathway's live version you mean.", field="pathway")
        area = pathways.named(pathway)
        version = _first(pathway=area, status=LIVE)
        if version is None:
            raise NoLiveVersion(f"{area} has no live version. Train one and promote it.")
        return version

    slug, _, number = reference.rpartition("/")
    if slug and number.isdecimal() and len(number) < 10:
        version = _first(pathway__slug=slug, number=int(number))
    else:
        version = _first(pk=id_) if (id_ := _as_uuid(reference)) else None
    if version is None:
        raise UnknownName(
            "There is no such model version. Give its id, PATHWAY/NUMBER, or `live`.",
            field="version",
        )
    return version


def failing_gates(version: models.ModelVersion) -> list[str]:
    """What keeps a version from going live, one line a gate."""
    return [
        f"{line['code']}: {line['message']}"
        for line in version.gates
        if line["blocking"] and not line["passed"]
    ]


def _lock(pathway_id: int) -> None:
    """One change of a pathway's registry at a time; suggestions, which refer to it, don't wait."""
    models.Pathway.objects.select_for_update(no_key=True).get(pk=pathway_id)


def _version(*, pk: UUID) -> models.ModelVersion:
    return models.ModelVersion.objects.select_related("pathway").get(pk=pk)


def _first(**conditions: object) -> models.ModelVersion | None:
    return models.ModelVersion.objects.select_related("pathway").filter(**conditions).first()


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _withdrawn(version: models.ModelVersion) -> str:
    withdrawn = version.training_run.datasets.filter(status=models.DataSet.Status.WITHDRAWN)
    return ", ".join(str(dataset) for dataset in withdrawn)


def _announce(action: str, version: models.ModelVersion, *, by: str) -> None:
    """Record the change, and let this process ask again which version is live."""
    audit.record(
        action=action,
        target=str(version.pk),
        by=by,
        version=str(version),
        digest=version.artifact_sha256,
    )
    slug = version.pathway.slug
    transaction.on_commit(lambda: forget(slug))
