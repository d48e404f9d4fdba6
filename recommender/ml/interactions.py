"""The training data as arrays: who showed what, what was tried and how it went."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.case import RESPONDED
from recommender.clinical.coding import Concept
from recommender.clinical.evidence import TrialArm
from recommender.clinical.therapy import Therapy

Ints = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Findings:
    """The findings of n cases in coordinate form; one entry a recorded finding.

    `case` and `concept` index into the cases and the concepts; `number` is NaN where the finding
    has no number; `category` indexes into `categories` and is -1 where it has none. An entry with
    neither is present, without a value.
    """

    case: Ints
    concept: Ints
    number: Floats
    category: Ints
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Attempts:
    """The therapies that were tried, one entry an attempt with a known response.

    `response` is 0 to 1; `sequence` counts a case's attempts from 1. `row` is the order in which
    the attempts came in, empty when that isn't known. It is for looking for leaks only.
    """

    case: Ints
    therapy: Ints
    response: Floats
    sequence: Ints
    row: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def responded(self) -> NDArray[np.bool_]:
        """Whether each attempt counts as a response."""
        return self.response >= RESPONDED

    def __len__(self) -> int:
        return len(self.case)


@dataclass(frozen=True)
class TrainingData:
    """Everything a recommender learns from; `site` and `year` are for splitting only.

    `site` indexes into `sites`, -1 when not recorded; `year` is 0 when not recorded; `row` is the
    order in which the cases came in, empty when that isn't known. It is for looking for leaks only.
    `evidence` is what published studies say of therapies. `copies` is how many cases were left out
    because they came in before.
    """

    concepts: tuple[Concept, ...]
    therapies: tuple[Therapy, ...]
    findings: Findings
    attempts: Attempts
    site: Ints
    year: Ints
    sites: tuple[str, ...] = ()
    row: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    evidence: tuple[TrialArm, ...] = ()
    copies: int = 0

    @property
    def cases(self) -> int:
        """How many cases there are, with or without an attempt."""
        return len(self.site)
