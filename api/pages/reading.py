"""A stored suggestion list in a clinician's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.case_words import CaseWords
from api.pages.suggestion_words import ReadSuggestion, read_suggestion
from recommender import models
from recommender.clinical.coding import FindingKind
from recommender.clinical.red_flags import EffectKind, RedFlag, Urgency
from recommender.services.missing import Missing

_GROUPS = (
    (FindingKind.SYMPTOM, "Symptoms"),
    (FindingKind.TRIGGER, "Triggers"),
    (FindingKind.BACKGROUND, "Background"),
)
URGENCIES = {
    Urgency.EMERGENCY: "emergency, now",
    Urgency.URGENT_SAME_DAY: "urgent, today",
    Urgency.SOON: "soon",
    Urgency.REVIEW: "at this review",
    Urgency.INFO: "for information",
}
_EFFECTS = {
    EffectKind.BLOCK_LIST: "No list is given while it is up.",
    EffectKind.HOLD_LIST: "Holds the whole list until it is acknowledged.",
    EffectKind.BLOCK_CLASS: "Keeps a class off the list",
    EffectKind.BLOCK_THERAPY: "Keeps a therapy off the list",
    EffectKind.HOLD_THERAPY: "Keeps back the therapy that it is about.",
    EffectKind.SHOW_BANNER: "Holds nothing back.",
}


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """The findings of one kind."""

    title: str
    lines: tuple[str, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadMissing:
    """What isn't recorded and would matter, one line each; red flags apart, as they are many."""

    lines: tuple[str, ...]
    flags: tuple[RedFlag, ...]


@dataclass(frozen=True, slots=True)
class ReadList:
    """What the review page shows of a list, beside what the answer says itself."""

    answer: dict[str, Any]
    words: CaseWords
    groups: tuple[ReadGroup, ...]
    suggestions: tuple[ReadSuggestion, ...]
    is_held: bool
    is_blocked: bool

    @property
    def red_flags(self) -> list[dict[str, Any]]:
        """The flags that are up: their urgency and what they hold, in words."""
        return [
            {
                **flag,
                "urgency": URGENCIES[Urgency(flag["urgency"])],
                "holds": [_effect(each) for each in flag["effects"]],
            }
            for flag in self.answer["red_flags"]
        ]

    @property
    def are_all_tied(self) -> bool:
        """Whether the data can tell none of them from any other."""
        others = len(self.suggestions) - 1
        return others > 0 and all(
            len(each.given["tied_with"]) >= others for each in self.suggestions
        )

    @property
    def has_numbers(self) -> bool:
        """Whether any suggestion may be shown with a probability."""
        return any(each.strip for each in self.suggestions)


def read(
    found: models.SuggestionList, *, catalogue: Mapping[str, models.TherapyRecord] | None = None
) -> ReadList:
    """The list in words; others of a suggestion's class are named from the catalogue."""
    words, answer = CaseWords(found), found.answer
    waiting = _effects_waiting(answer)
    return ReadList(
        answer=answer,
        words=words,
        groups=tuple(
            ReadGroup(title, words.present(kind), words.absent(kind)) for kind, title in _GROUPS
        ),
        suggestions=tuple(
            read_suggestion(words, each, answer=answer, catalogue=catalogue or {})
            for each in answer["suggestions"]
        ),
        is_held="hold_list" in waiting and "block_list" not in waiting,
        is_blocked="block_list" in waiting,
    )


def read_missing(words: CaseWords, missing: Missing) -> ReadMissing:
    """What would matter if it were recorded."""
    lines = []
    if missing.helpful is not None:
        name = missing.helpful.display
        lines.append(f"{name[:1].upper()}{name[1:]}: would tell these suggestions apart the most.")
    for key, count in missing.withholding.items():
        therapies = "1 therapy is" if count == 1 else f"{count} therapies are"
        lines.append(f"{words.name(key)}: until it is recorded, {therapies} withheld.")
    lines += [
        f"{words.therapy_name(code)}: whether it is still in use. Until then safety takes it as "
        "in use."
        for code in missing.in_use
    ]
    if words.allergies is None:
        lines.append("Allergies: nobody recorded whether there are any.")
    return ReadMissing(tuple(lines), missing.flags)


def _effects_waiting(answer: dict[str, Any]) -> set[str]:
    """What the flags that nobody acknowledged do."""
    said = {each["code"] for each in answer["acknowledged"]}
    return {each["action"] for each in answer["red_flags"] if each["code"] not in said}


def _effect(effect: str) -> str:
    kind, _, name = effect.partition(":")
    words = _EFFECTS[EffectKind(kind)]
    return f"{words}: {name.replace('-', ' ').replace('_', ' ')}." if name else words
