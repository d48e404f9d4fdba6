"""What a training leaves, for the registry to keep."""

from dataclasses import dataclass

from recommender.ml.gates import GateLine


@dataclass(frozen=True)
class TrainingOutcome:
    """What a training run leaves: a version's bytes, and what is known of it."""

    artifact: bytes
    sha256: str
    evaluation: dict[str, object]
    gates: tuple[GateLine, ...]
    gates_passed: bool
    personalised: bool
    calibrated: bool
