"""What ships and no site can switch off: red flags, combinations, rules with a condition."""

import hashlib
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from recommender.clinical.catalogue import TherapyEntry
from recommender.clinical.combinations import CombinationRule
from recommender.clinical.condition_rules import ConditionRule
from recommender.clinical.red_flags import RedFlag, read_red_flags
from recommender.clinical.therapy import Therapy
from recommender.exceptions import BadInput, NoSafetyRules
from recommender.formats import condition_rule_file
from recommender.formats.combination_files import (
    read_comedications,
    read_interactions,
    read_medicines,
)

_RED_FLAGS = "red_flags/red_flags.toml"
_INTERACTIONS = "safety_rules/interactions.csv"
_COMEDICATIONS = "safety_rules/comedications.csv"
_CONDITIONS = condition_rule_file.FILE
_MEDICINES = "safety_rules/medicines.csv"
_FILES = (_RED_FLAGS, _INTERACTIONS, _COMEDICATIONS, _MEDICINES, _CONDITIONS)


@dataclass(frozen=True, slots=True)
class ShippedSafety:
    """The shipped red flags, combinations and rules with a condition; a digest of their files.

    `medicines` are those that rules speak of beside the catalogue: in use, never suggested.
    """

    red_flags: tuple[RedFlag, ...]
    combinations: tuple[CombinationRule, ...]
    conditional: tuple[ConditionRule, ...]
    medicines: tuple[TherapyEntry, ...]
    digest: str

    @property
    def outside(self) -> dict[str, Therapy]:
        """The medicines beside the catalogue, by code."""
        return {entry.therapy.code: entry.therapy for entry in self.medicines}


@cache
def shipped_safety() -> ShippedSafety:
    """Read once a process; what can't be read stops every list rather than being left out."""
    try:
        texts = {name: _text(name) for name in _FILES}
        return ShippedSafety(
            red_flags=read_red_flags(texts[_RED_FLAGS]),
            combinations=(
                *read_comedications(texts[_COMEDICATIONS]),
                *read_interactions(texts[_INTERACTIONS]),
            ),
            conditional=condition_rule_file.read_condition_rules(texts[_CONDITIONS]),
            medicines=read_medicines(texts[_MEDICINES]),
            digest=hashlib.sha256("\0".join(texts.values()).encode()).hexdigest(),
        )
    except (OSError, UnicodeDecodeError, BadInput, KeyError) as problem:
        raise NoSafetyRules(
            "The shipped red flags or combination rules can't be read, so no list may be given. "
            "Install the release again."
        ) from problem


def _text(name: str) -> str:
    return (settings.FIXTURES_DIR / name).read_text(encoding="utf-8")
