"""What can go wrong, as one tree. A message says what to do and never holds a value from a case.

RecommenderError
├── BadInput                 exit 2, HTTP 400: what was given can't be used
│   ├── RefusedImport        … with a list of problems by file, row and field
│   └── UnknownName          … a pathway, data set, recipe or version that isn't there (HTTP 404)
├── Refused                  exit 3, HTTP 409: a gate, rule or state forbids it
│   ├── GateNotPassed
│   ├── NoLiveVersion        HTTP 503
│   ├── CorruptArtifact      HTTP 503
│   ├── NoSafetyRules        HTTP 503: without rules there is no list
│   └── AuditChainBroken
├── TrainingFailed           a training run ended without a model version
│   └── SearchFailed         … a search for parameters without a recipe
├── Cancelled                a training run, or a search, was asked to stop
├── LeaseLost                another worker has the work now
├── OutOfReach               exit 4, HTTP 503: a service doesn't answer
└── NotTrusted               HTTP 401: a call whose signature doesn't say who sent it
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


class RecommenderError(Exception):
    """The root; `code` is stable and machine-readable, `exit_code` is a command's."""

    code = "error"
    exit_code = 1


class BadInput(RecommenderError):
    """What was given can't be used; the message names the field and the remedy."""

    code = "bad-input"
    exit_code = 2

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file was refused: the place and the remedy, never the value, which is patient data."""

    file: str
    row: int | None
    field: str | None
    code: str
    message: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.field is not None:
            place.append(f"field '{self.field}'")
        return f"{', '.join(place)}: {self.message}"


class RefusedImport(BadInput):
    """A data set that can't be taken in: the first problems, and how many there are of each kind.

    `counts` says how often each problem's code occurred; without it each counts once. `missed` is
    what no entry knows, for somebody to map; no part of the message.
    """

    code = "import-refused"

    def __init__(
        self,
        problems: tuple[Problem, ...],
        counts: Mapping[str, int] | None = None,
        missed: Mapping[tuple[str, str, str], int] | None = None,
    ) -> None:
        self.problems = problems
        self.missed = dict(missed or {})
        self.counts = dict(counts or Counter(problem.code for problem in problems))
        lines = [str(problem) for problem in problems]
        if sum(self.counts.values()) > len(problems):
            reasons = ", ".join(f"{code} {count:,}" for code, count in self.counts.items())
            lines.append(f"{sum(self.counts.values()):,} problems in all: {reasons}.")
        super().__init__("\n".join(lines))


class UnknownName(BadInput):
    """A name that stands for nothing here; the message lists what there is."""

    code = "not-found"


class Refused(RecommenderError):
    """A gate, a rule or a record's state forbids it."""

    code = "refused"
    exit_code = 3


class GateNotPassed(Refused):
    """A model version that may not go live."""

    code = "gate-not-passed"


class NoLiveVersion(Refused):
    """Nobody has promoted a model version for this pathway yet."""

    code = "no-live-version"


class CorruptArtifact(Refused):
    """An artifact whose bytes are not those that were registered."""

    code = "corrupt-artifact"


class NoSafetyRules(Refused):
    """The safety rules are missing, so no list may be given."""

    code = "no-safety-rules"


class AuditChainBroken(Refused):
    """The audit chain was changed outside the product."""

    code = "audit-chain-broken"


class TrainingFailed(RecommenderError):
    """A training run that ended without a model version; the message is the run's reason."""

    code = "training-failed"

    def __init__(self, message: str, *, exit_code: int = RecommenderError.exit_code) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class SearchFailed(TrainingFailed):
    """A search for parameters that ended without a recipe; the message is the search's reason."""

    code = "search-failed"


class Cancelled(RecommenderError):
    """A training run or a search that somebody asked to stop."""

    code = "cancelled"


class LeaseLost(RecommenderError):
    """Another worker has the row now, or nobody; what this one did for it doesn't count."""

    code = "lease-lost"


class OutOfReach(RecommenderError):
    """A service that doesn't answer."""

    code = "out-of-reach"
    exit_code = 4


class NotTrusted(RecommenderError):
    """A call whose signature doesn't say who sent it; which check failed isn't told."""

    code = "not-trusted"
