"""A search and its trials in figures: the same on a terminal, on a page and for machines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender import models
from recommender.services import rungs

HEAD = ("trial", "parameters", "state", "log-loss ↓", "gain over the base", "seconds", "outcome")
BY_ITSELF = "chosen by itself"


@dataclass(frozen=True)
class RungTable:
    """The trials of one rung, the best first."""

    title: str
    head: tuple[str, ...]
    rows: list[list[object]]


def tables(search: models.ParameterSearch) -> list[RungTable]:
    """Every trial, rung by rung."""
    plan = rungs.plan_of(search)
    by_rung: dict[int, list[models.SearchTrial]] = {}
    for trial in search.trials.defer("sums"):
        by_rung.setdefault(trial.rung, []).append(trial)
    return [
        RungTable(
            f"Rung {rung + 1} of {len(plan)}, on "
            f"{'all' if plan[rung].share == 1 else plan[rung].share} of the cases"
            f"{_judged_on(of_rung)}",
            HEAD,
            [_row(trial, last=rung + 1 == len(plan)) for trial in sorted(of_rung, key=_place)],
        )
        for rung, of_rung in sorted(by_rung.items())
    ]


def stage(search: models.ParameterSearch) -> str:
    """Where a search is, in a few words."""
    if search.is_final:
        return search.status.capitalize()
    left = search.trials.filter(
        rung=search.rung,
        status__in=(models.SearchTrial.Status.QUEUED, models.SearchTrial.Status.RUNNING),
    ).count()
    whole = rungs.plan_of(search)[search.rung].candidates + 1
    return f"Rung {search.rung + 1} of {len(search.rungs)}: {whole - left} of {whole} trials done"


def in_words(parameters: Mapping[str, Mapping[str, float]]) -> str:
    """Parameters as a person reads them."""
    return "; ".join(
        f"{recommender}: {', '.join(f'{name} {value:g}' for name, value in given.items())}"
        for recommender, given in parameters.items()
        if given
    )


def as_document(search: models.ParameterSearch) -> dict[str, Any]:
    """A search as a machine reads it."""
    return {
        "id": str(search.pk),
        "pathway": search.pathway.slug,
        "status": search.status,
        "base": search.base_name,
        "seed": search.seed,
        "rungs": search.rungs,
        "data_hash": search.data_hash,
        **search.result,
        "trials": [
            {
                "rung": trial.rung + 1,
                "number": trial.number,
                "parameters": trial.parameters,
                "share": trial.share,
                "status": trial.status,
                "log_loss": trial.log_loss,
                "gain": None
                if trial.gain is None
                else {"value": trial.gain, "lower": trial.gain_lower, "upper": trial.gain_upper},
                "judged_cases": trial.judged_cases,
                "judged_attempts": trial.judged_attempts,
                "kept": trial.kept,
                "seconds": trial.seconds,
                "failure": trial.failure,
            }
            for trial in search.trials.defer("sums")
        ],
    }


def _judged_on(trials: list[models.SearchTrial]) -> str:
    attempts = next((one.judged_attempts for one in trials if one.judged_attempts), None)
    return "" if attempts is None else f", judged on {attempts:,} new attempts"


def _place(trial: models.SearchTrial) -> tuple[bool, float, int]:
    return trial.log_loss is None, trial.log_loss or 0.0, trial.number


def _row(trial: models.SearchTrial, *, last: bool) -> list[object]:
    state = str(trial.status)
    if trial.status == models.SearchTrial.Status.RUNNING:
        state = f"running, {trial.share_done:.0%}"
    elif trial.failure:
        state = f"{trial.status}: {trial.failure}"
    return [
        str(trial.number) if trial.number else "base",
        in_words(trial.parameters) or BY_ITSELF,
        state,
        "" if trial.log_loss is None else f"{trial.log_loss:.4f}",
        ""
        if trial.gain is None
        else f"{trial.gain:+.4f} ({trial.gain_lower:+.4f} to {trial.gain_upper:+.4f})",
        "" if trial.seconds is None else f"{trial.seconds:.1f}",
        ("won" if last else "goes on") if trial.kept else "",
    ]
