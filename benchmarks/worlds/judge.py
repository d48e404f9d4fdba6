"""The judge: sees a suggestion file and the truth, and nothing of how either was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

HARM = 0.05
"""A choice is harmful where its true value is this much under usual care."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What following the first suggestions would lead to; shares of cases, 0 to 1.

    `gap_closed` is 0 for usual care and 1 for the best choice. `overestimate` is how far the first
    suggestion's probability lies above the truth on average; None where none was shown.
    `group_coverage` is the share of later attempts whose group's true rate its interval holds.
    `worst_subgroup` is the least of the subgroups' own gaps closed, less that of all cases.
    """

    gap_closed: float
    harmed: float
    overestimate: float | None
    without_suggestion: float
    group_coverage: float | None = None
    worst_subgroup: float | None = None


def judge(suggestions: Path, truth: Path) -> Judgement:
    """Judge a suggestion file (CSV) by the truth of its cases."""
    first = pl.read_csv(suggestions, infer_schema=False).filter(
        pl.col("rank").is_null() | (pl.col("rank") == "1")
    )
    known = pl.read_parquet(truth)
    if first["case"].to_list() != known["case"].to_list():
        raise SystemExit("The suggestion file and the truth aren't of the same cases.")
    probability = first["probability"].cast(pl.Float64).to_numpy()
    return judge_choices(known, first["therapy"].to_list(), probability)


def judge_choices(
    truth: pl.DataFrame,
    chosen: list[str | None],
    shown: np.ndarray,
    subgroups: Mapping[str, np.ndarray] | None = None,
) -> Judgement:
    """Judge one choice a case, None for none, and the probability shown with it (NaN for none).

    A case without a choice gets usual care; one that a rule forbids counts as no response.
    `subgroups` tell by name which cases (booleans) belong to each.
    """
    therapies = [name for name in truth.columns if name not in {"case", "usual_care"}]
    place = {code: number for number, code in enumerate(therapies)}
    chances = truth.select(therapies).to_numpy().astype(float)
    usual = truth["usual_care"].to_numpy().astype(float)
    has_choice = np.array([code is not None for code in chosen])
    columns = np.array([place[code] if code is not None else 0 for code in chosen])
    value = np.nan_to_num(chances[np.arange(len(usual)), columns], nan=0.0)
    value = np.where(has_choice, value, usual)
    best = np.nanmax(chances, axis=1)
    over = (shown - value)[has_choice & ~np.isnan(shown)]
    gain, room = value - usual, best - usual
    closed = gain.mean() / room.mean()
    apart = [gain[of].mean() / room[of].mean() - closed for of in (subgroups or {}).values()]
    return Judgement(
        gap_closed=float(closed),
        harmed=float((value < usual - HARM).mean()),
        overestimate=float(over.mean()) if len(over) else None,
        without_suggestion=float(1 - has_choice.mean()),
        worst_subgroup=float(min(apart)) if apart else None,
    )
