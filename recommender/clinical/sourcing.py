"""Where a clinical fact was read, and how far it has been checked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Verification(StrEnum):
    """How far a fact has been checked; what isn't verified says so all the way to the screen."""

    VERIFIED = "verified"
    PARTLY = "partly verified"
    SECOND_HAND = "second-hand"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T_co]):
    """A fact with the place where it was read; without a place it can only be unverified."""

    value: T_co
    source: str = ""
    verification: Verification = Verification.UNVERIFIED
    note: str = ""

    def __post_init__(self) -> None:
        if not self.source and self.verification is not Verification.UNVERIFIED:
            raise ValueError("A fact without a source is unverified.")


def verified(value: T, source: str, note: str = "") -> Sourced[T]:
    """A fact that was found in the named source."""
    return Sourced(value, source, Verification.VERIFIED, note)


def second_hand(value: T, source: str, note: str = "") -> Sourced[T]:
    """A fact that the named source quotes from somewhere else."""
    return Sourced(value, source, Verification.SECOND_HAND, note)


def unverified(value: T, source: str = "", note: str = "") -> Sourced[T]:
    """A fact that nobody has checked against a source yet."""
    return Sourced(value, source, Verification.UNVERIFIED, note)
