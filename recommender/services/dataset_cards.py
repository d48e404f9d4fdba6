"""The data-set card: what a data set is, where it's from, what it holds, what learned from it."""

from typing import Any

from recommender import models


def card_of(dataset: models.DataSet) -> dict[str, Any]:
    """The card of a data set, from what was stored when it was imported."""
    return {
        "id": dataset.pk,
        "name": dataset.name,
        "version": str(dataset.version),
        "pathway": {"slug": dataset.pathway.slug, "title": dataset.pathway.title},
        "title": dataset.title,
        "description": dataset.description,
        "licences": dataset.licences,
        "sources": dataset.sources,
        "source_version": dataset.source_version,
        "simulated": dataset.simulated,
        "status": dataset.status,
        "intended_use": "To learn from and to evaluate on, for this pathway only.",
        "content_hash": dataset.content_hash,
        "cases": dataset.case_count,
        "findings": dataset.finding_count,
        "responses": dataset.response_count,
        "report": dataset.report,
        "learned_from_it": [
            {"id": version.pk, "name": str(version), "status": version.status}
            for version in learned_from(dataset)
        ],
        "created": dataset.created,
        "created_by": dataset.created_by,
        "published_at": dataset.published_at,
        "published_by": dataset.published_by,
        "withdrawn_at": dataset.withdrawn_at,
        "withdrawn_by": dataset.withdrawn_by,
        "withdrawn_reason": dataset.withdrawn_reason,
    }


def learned_from(dataset: models.DataSet) -> list[models.ModelVersion]:
    """The model versions that were trained on it, newest first."""
    found = models.ModelVersion.objects.filter(training_run__datasets=dataset)
    return list(found.select_related("pathway").defer("evaluation").order_by("-number"))
