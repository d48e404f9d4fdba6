"""The model card: what a version is, what it was made from, and how far to trust it."""

from typing import Any

from recommender import models
from recommender.services.source_attributes import REGULATION, source_attributes


def card_of(version: models.ModelVersion) -> dict[str, Any]:
    """The card of a version, from what was stored when it was made."""
    run = version.training_run
    return {
        "id": version.pk,
        "name": str(version),
        "pathway": {"slug": version.pathway.slug, "title": version.pathway.title},
        "status": version.status,
        "intended_use": (
            "Puts therapies forward for a clinician to review. It suggests; a clinician decides. "
            "Not a medical device until assessed as one."
        ),
        "simulated": version.simulated,
        "personalised": version.personalised,
        "calibrated": version.calibrated,
        "trained_on": [
            {
                "dataset": dataset.name,
                "version": str(dataset.version),
                "title": dataset.title,
                "licences": dataset.licences,
                "sources": dataset.sources,
                "simulated": dataset.simulated,
                "status": dataset.status,
                "cases": dataset.case_count,
                "responses": dataset.response_count,
                "content_hash": dataset.content_hash,
            }
            for dataset in run.datasets.all()
        ],
        "training": {
            "run": run.pk,
            "recipe": run.recipe,
            "seed": run.seed,
            "data_hash": run.data_hash,
            "library_versions": run.library_versions,
            "finished": run.finished,
        },
        "artifact": {"sha256": version.artifact_sha256, "bytes": version.artifact_bytes},
        "evaluation": version.evaluation,
        "evidence": version.evaluation.get("evidence"),
        "source_attributes": {
            "regulation": REGULATION,
            "attributes": source_attributes(version),
        },
        "gates": {"passed": version.gates_passed, "lines": version.gates},
        "created": version.created,
        "promoted_at": version.promoted_at,
        "retired_at": version.retired_at,
    }
