"""The admins' door: one module a record. Records are read here; what changes them is an action."""

from recommender.admin import (
    alert,
    api_token,
    audit_event,
    case,
    cds_client,
    dataset,
    model_version,
    pathway,
    people,
    review,
    safety_rule,
    suggestion,
    suggestion_stop,
    therapy,
    training_run,
    vocabulary,
)

__all__ = [
    "alert",
    "api_token",
    "audit_event",
    "case",
    "cds_client",
    "dataset",
    "model_version",
    "pathway",
    "people",
    "review",
    "safety_rule",
    "suggestion",
    "suggestion_stop",
    "therapy",
    "training_run",
    "vocabulary",
]
