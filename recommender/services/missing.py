"""What a case leaves out that would matter: to the order, to safety, to red flags."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender import models
from recommender.clinical.coding import Concept, Stopped
from recommender.clinical.red_flags import RedFlag
from recommender.exceptions import CorruptArtifact, NoLiveVersion
from recommender.services import live_models
from recommender.services.shipped_safety import shipped_safety
from recommender.services.suggestion_store import case_from

ConceptKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Missing:
    """What nobody recorded, and what hangs on it.

    `helpful` would move the therapies of the list apart most; `withholding` counts the therapies
    that a finding withholds until somebody records that it isn't there; `in_use` are therapies of
    which nobody knows whether they are still taken.
    """

    helpful: Concept | None
    withholding: Mapping[ConceptKey, int]
    in_use: tuple[str, ...]
    flags: tuple[RedFlag, ...]


def missing_of(found: models.SuggestionList) -> Missing:
    """What the list's case leaves out."""
    silent = {each["code"] for each in found.answer["red_flags_not_assessed"]}
    return Missing(
        helpful=_helpful(found),
        withholding=_withholding(found),
        in_use=tuple(
            tried["therapy"]
            for tried in found.case["responses"]
            if tried.get("in_use") is None
            and tried.get("days_since_stop") is None
            and tried["stopped"] == Stopped.UNKNOWN
        ),
        flags=tuple(
            sorted(
                (flag for flag in shipped_safety().red_flags if flag.code in silent),
                key=lambda flag: flag.urgency.order,
            )
        ),
    )


def _withholding(found: models.SuggestionList) -> dict[ConceptKey, int]:
    """A finding that withholds and that the case doesn't have withholds by being unknown."""
    recorded = {(each["kind"], each["code"]) for each in found.case["findings"]}
    counted: dict[ConceptKey, int] = {}
    for withheld in found.answer["withheld"]:
        for key in {(each["kind"], each["code"]) for each in withheld["because"]}:
            if key[0] == "background" and key not in recorded:
                counted[key] = counted.get(key, 0) + 1
    return counted


def _helpful(found: models.SuggestionList) -> Concept | None:
    """Asked of the version that made the list, while it's the one in memory."""
    codes = {each["therapy"]["code"] for each in found.answer["suggestions"]}
    if len(codes) < 2:
        return None
    try:
        version, model = live_models.live_model(found.pathway.slug)
    except (NoLiveVersion, CorruptArtifact):
        return None
    if version.pk != found.model_version_id:
        return None
    allowed = np.array([therapy.code in codes for therapy in model.therapies])
    return model.most_helpful(model.score(case_from(found.case)), allowed=allowed)
