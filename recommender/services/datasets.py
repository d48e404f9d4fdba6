"""Data sets: imported all or nothing, published, so that they can't change, and withdrawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.clinical.evidence import CONTROL
from recommender.exceptions import BadInput, Refused
from recommender.formats.anonymity import anonymity
from recommender.formats.content import Content, Known
from recommender.formats.description import described
from recommender.services import audit, dataset_rows, unmapped_codes
from recommender.services.dataset_changes import changes
from recommender.services.names import known_names

DRAFT, PUBLISHED, WITHDRAWN = (
    models.DataSet.Status.DRAFT,
    models.DataSet.Status.PUBLISHED,
    models.DataSet.Status.WITHDRAWN,
)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """An import's report, and the data set it made; none after a dry run."""

    report: dict[str, Any]
    dataset: models.DataSet | None


def import_dataset(
    *,
    content: Content,
    name: str,
    pathway: str,
    by: str,
    publish_at_once: bool = False,
    tell: Tell = lambda _: None,
) -> Imported:
    """Write a checked content as the next version of the data set; all of it or nothing."""
    report = report_on(content)
    tell("Writing to the database")
    with transaction.atomic():
        area = _pathway(pathway)
        dataset = _next_version(area, name, content, report, by=by)
        dataset_rows.write(content, dataset=dataset)
        _compare(dataset)
        _add_rules(area, content)
        unmapped_codes.count(content.missed)
        audit.record(
            action="dataset.imported",
            target=f"{pathway}/{name}",
            by=by,
            version=str(dataset.version),
            digest=dataset.content_hash,
        )
        if publish_at_once:
            dataset = publish(dataset=dataset, by=by)
    return Imported(report, dataset)


@transaction.atomic
def publish(*, dataset: models.DataSet, by: str) -> models.DataSet:
    """Make a draft available to training; from now on it can't change."""
    dataset = models.DataSet.objects.select_for_update().get(pk=dataset.pk)
    if dataset.status != DRAFT:
        raise Refused(f"The data set {dataset} is {dataset.status}; only a draft is published.")
    dataset.status = PUBLISHED
    dataset.published_at, dataset.published_by = timezone.now(), by
    dataset.save(update_fields=["status", "published_at", "published_by"])
    _announce("dataset.published", dataset, by=by)
    return dataset


@transaction.atomic
def withdraw(*, dataset: models.DataSet, reason: str, by: str) -> models.DataSet:
    """Keep later training runs from a published data set, and say why."""
    if not reason.strip():
        raise BadInput("Say why the data set is withdrawn.", field="reason")
    dataset = models.DataSet.objects.select_for_update().get(pk=dataset.pk)
    if dataset.status != PUBLISHED:
        raise Refused(f"The data set {dataset} is {dataset.status}; only a published one goes.")
    dataset.status, dataset.withdrawn_reason = WITHDRAWN, reason.strip()
    dataset.withdrawn_at, dataset.withdrawn_by = timezone.now(), by
    dataset.save(update_fields=["status", "withdrawn_reason", "withdrawn_at", "withdrawn_by"])
    _announce("dataset.withdrawn", dataset, by=by)
    return dataset


def report_on(content: Content) -> dict[str, Any]:
    """What an import took in, how it lies and how anonymous it is; figures only."""
    told = content.responses.filter(content.responses["response"].is_not_null())
    return {
        "cases": content.cases.height,
        "findings": content.findings.height,
        "concepts": content.findings["concept"].n_unique(),
        "responses": content.responses.height,
        "responses_known": told.height,
        "responded": round(float((told["response"] >= 0.5).mean() or 0.0), 4),  # type: ignore[arg-type]
        "therapies": content.responses["therapy"].n_unique(),
        "sites": content.cases["site"].n_unique(),
        "simulated": content.descriptor.simulated,
        "anonymity": anonymity(content).as_document(),
        **described(content),
        "evidence": {
            "studies": content.evidence["study"].n_unique(),
            "arms": content.evidence.height,
            "therapies": len(set(content.evidence["therapy"]) - {CONTROL}),
        },
        "safety_rules": len(content.safety_rules),
        "notes": list(content.notes),
    }


def _announce(action: str, dataset: models.DataSet, *, by: str) -> None:
    audit.record(
        action=action,
        target=f"{dataset.pathway}/{dataset.name}",
        by=by,
        version=str(dataset.version),
        digest=dataset.content_hash,
    )


def _pathway(slug: str) -> models.Pathway:
    title = slug.replace("-", " ").capitalize()
    pathway, _ = models.Pathway.objects.get_or_create(slug=slug, defaults={"title": title})
    # Two imports of one name must not make the same version.
    return models.Pathway.objects.select_for_update().get(pk=pathway.pk)


def _next_version(
    pathway: models.Pathway, name: str, content: Content, report: dict[str, Any], *, by: str
) -> models.DataSet:
    newest = models.DataSet.objects.filter(pathway=pathway, name=name).order_by("-version").first()
    described = content.descriptor
    return models.DataSet.objects.create(
        pathway=pathway,
        name=name,
        version=newest.version + 1 if newest else 1,
        title=described.title,
        description=described.description,
        licences=[dict(licence) for licence in described.licences],
        sources=[dict(source) for source in described.sources],
        source_version=described.version,
        simulated=described.simulated,
        content_hash=content.digest(),
        case_count=content.cases.height,
        finding_count=content.findings.height,
        response_count=content.responses.height,
        report=report,
        created_by=by,
    )


def _compare(dataset: models.DataSet) -> None:
    """Put into the report what changed from the version before."""
    same = models.DataSet.objects.filter(pathway=dataset.pathway, name=dataset.name)
    before = same.filter(version__lt=dataset.version).order_by("-version").first()
    if before is not None:
        dataset.report["changes"] = changes(dataset, since=before)
        dataset.save(update_fields=["report"])


def _add_rules(pathway: models.Pathway, content: Content) -> None:
    for rule in content.safety_rules:
        models.SafetyRuleRecord.objects.update_or_create(
            pathway=pathway,
            code=rule.code,
            defaults={
                "therapy": rule.therapy,
                "therapy_class": rule.therapy_class,
                "kind": rule.kind,
                "finding": rule.finding,
                "min_value": rule.min_value,
                "severity": rule.severity,
                "reason": rule.reason,
                "source": rule.source,
                "verification": rule.verification,
            },
        )


def known(pathway: str) -> Known:
    """What codes mean already: in the catalogue, and on this pathway."""
    concepts = models.ConceptRecord.objects.filter(retired=False)
    therapies = models.TherapyRecord.objects.filter(retired=False)
    return Known(
        catalogue_concepts={
            (one.kind, one.code): one.to_value() for one in concepts.filter(pathway=None)
        },
        catalogue_therapies={one.code: one.to_value() for one in therapies.filter(pathway=None)},
        own_concepts={
            (one.kind, one.code): one.to_value() for one in concepts.filter(pathway__slug=pathway)
        },
        own_therapies={one.code: one.to_value() for one in therapies.filter(pathway__slug=pathway)},
        names=known_names(pathway),
    )
