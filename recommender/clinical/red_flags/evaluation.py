"""Asking every red flag about a case, and what the answers together do to the list."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from recommender.clinical.judgement import Input, Verdict
from recommender.clinical.red_flags.flag import EffectKind, RedFlag, Urgency
from recommender.clinical.snapshot import Snapshot
from recommender.clinical.therapy import Therapy

_LIST_EFFECTS = (EffectKind.BLOCK_LIST, EffectKind.HOLD_LIST, EffectKind.SHOW_BANNER)
VERDICTS = (Verdict.HOLDS, Verdict.NOT_ASSESSED, Verdict.DOES_NOT_HOLD)
"""The order in which they are read."""
_VERDICT_ORDER = {verdict: place for place, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True, slots=True)
class RedFlagResult:
    """One flag's verdict on a case, with what made it fire or what is missing to tell."""

    flag: RedFlag
    verdict: Verdict
    because: tuple[Input, ...] = ()
    missing: tuple[Input, ...] = ()

    @property
    def fires(self) -> bool:
        """Whether the flag is up."""
        return self.verdict is Verdict.HOLDS

    @property
    def message(self) -> str:
        """The words for the clinician; with the item's answer where an item made it fire."""
        if "{" not in self.flag.message:
            return self.flag.message
        values = [each.value for each in self.because if each.kind == "instrument"]
        if not values or "{value}" not in self.flag.message:
            return self.flag.message_without_value
        return self.flag.message.replace("{value}", str(values[0]))


def evaluate(flags: Iterable[RedFlag], snapshot: Snapshot) -> tuple[RedFlagResult, ...]:
    """Every flag's verdict: those that fire first, then those not assessed; urgent ones first."""
    return in_order(judge(flag, snapshot) for flag in flags)


def judge(flag: RedFlag, snapshot: Snapshot) -> RedFlagResult:
    """One flag's verdict, each input named once."""
    verdict, because, missing = flag.condition.judge(snapshot)
    return RedFlagResult(
        flag, verdict, tuple(dict.fromkeys(because)), tuple(dict.fromkeys(missing))
    )


def in_order(results: Iterable[RedFlagResult]) -> tuple[RedFlagResult, ...]:
    """Those that fire first, then those not assessed; of each the urgent ones first."""
    return tuple(sorted(results, key=_place))


def fired(results: Iterable[RedFlagResult]) -> tuple[RedFlagResult, ...]:
    """The flags that are up."""
    return tuple(result for result in results if result.fires)


def not_assessed(results: Iterable[RedFlagResult]) -> tuple[RedFlagResult, ...]:
    """The flags that nobody can tell about yet; never to be shown as absent."""
    return tuple(result for result in results if result.verdict is Verdict.NOT_ASSESSED)


def list_effect(
    results: Iterable[RedFlagResult], *, acknowledged: Collection[str] = ()
) -> EffectKind | None:
    """What the flags that are up do to the list as a whole: block, hold, or a banner above it.

    The strongest wins. An acknowledged flag (by its code) no longer holds the list but keeps its
    banner; a block stays, whoever acknowledges it.
    """
    kinds = {_list_effect_of(result, acknowledged) for result in results if result.fires}
    return next((kind for kind in _LIST_EFFECTS if kind in kinds), None)


def is_urgent(results: Iterable[RedFlagResult]) -> bool:
    """Whether somebody has to look today, before any suggestion."""
    urgent = {Urgency.EMERGENCY, Urgency.URGENT_SAME_DAY}
    return any(result.flag.urgency in urgent for result in results if result.fires)


def stop_something(results: Iterable[RedFlagResult]) -> tuple[RedFlagResult, ...]:
    """The flags that are up and keep some therapy or class off the list."""
    return tuple(
        result
        for result in results
        if result.fires and any(effect.kind.needs_a_name for effect in result.flag.effects)
    )


def stops(results: Iterable[RedFlagResult], therapy: Therapy) -> tuple[RedFlagResult, ...]:
    """The flags that are up and keep this therapy off the list, by its code or its class."""
    return tuple(result for result in results if result.fires and _stops(result.flag, therapy))


def _stops(flag: RedFlag, therapy: Therapy) -> bool:
    return any(
        (effect.kind is EffectKind.BLOCK_THERAPY and effect.name == therapy.code)
        or (effect.kind is EffectKind.BLOCK_CLASS and effect.name in therapy.classes)
        for effect in flag.effects
    )


def _list_effect_of(result: RedFlagResult, acknowledged: Collection[str]) -> EffectKind:
    kinds = {effect.kind for effect in result.flag.effects}
    if EffectKind.BLOCK_LIST in kinds:
        return EffectKind.BLOCK_LIST
    if EffectKind.HOLD_LIST in kinds and result.flag.code not in acknowledged:
        return EffectKind.HOLD_LIST
    return EffectKind.SHOW_BANNER


def _place(result: RedFlagResult) -> tuple[int, int, int, str]:
    return (
        _VERDICT_ORDER[result.verdict],
        result.flag.urgency.order,
        min(effect.kind.order for effect in result.flag.effects),
        result.flag.id,
    )
