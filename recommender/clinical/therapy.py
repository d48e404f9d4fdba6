"""A therapy: something that can be put forward for a clinician's review."""

from dataclasses import dataclass

from recommender.clinical.coding import TherapyKind


@dataclass(frozen=True, slots=True)
class Therapy:
    """One entry of the catalogue; `attributes` hold what it targets and does, as codes."""

    code: str
    name: str
    kind: TherapyKind
    therapy_class: str = ""
    attributes: tuple[str, ...] = ()
