"""How a command ends whose work failed elsewhere: as if the command itself had met the error."""

from recommender.exceptions import (
    BadInput,
    CorruptArtifact,
    NoSafetyRules,
    RecommenderError,
    Refused,
    UnknownName,
)

_EXIT_CODES = {
    error.code: error.exit_code
    for error in (BadInput, UnknownName, Refused, NoSafetyRules, CorruptArtifact)
}


def exit_code_of(failure_code: str) -> int:
    """The exit code of the error that a row holds by its code."""
    return _EXIT_CODES.get(failure_code, RecommenderError.exit_code)
