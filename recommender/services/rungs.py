"""Rungs of a search: begun with their trials, closed once, and the end that the last one makes."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from django.db.models.functions import Now

from recommender import models
from recommender.ml import halving
from recommender.ml.bootstrap import Interval
from recommender.ml.halving import Judged, Rung
from recommender.ml.recipes import Recipe
from recommender.services import recipes
from recommender.services.progress import with_line

BASE = 0
"""The number of the base recipe's trials; candidates count from 1."""
SEARCH = models.ParameterSearch.Status
TRIAL = models.SearchTrial.Status


def plan_of(search: models.ParameterSearch) -> tuple[Rung, ...]:
    """The search's rungs as they were planned."""
    shares = [Fraction(0), *(Fraction(one["share"]) for one in search.rungs)]
    return tuple(
        Rung(one["candidates"], shares[number + 1], shares[number])
        for number, one in enumerate(search.rungs)
    )


def fail(search: models.ParameterSearch, reason: str, *, code: str = "") -> None:
    """End a search that can't go on; the caller holds its row."""
    search.log = with_line(search.log, reason, level="error")
    end(search, SEARCH.FAILED, failure=reason, result={"failure_code": code} if code else {})


def begin(search: models.ParameterSearch, candidates: dict[int, Recipe]) -> None:
    """Write down the trials of the rung that the search is on, by candidate."""
    rung = plan_of(search)[search.rung]
    models.SearchTrial.objects.bulk_create(
        models.SearchTrial(
            search=search,
            rung=search.rung,
            number=number,
            parameters=recipe.to_json()["parameters"],
            share=float(rung.share),
        )
        for number, recipe in candidates.items()
    )
    message = (
        f"Rung {search.rung + 1} of {len(search.rungs)}: {len(candidates) - 1} candidates and "
        f"the base on {'all' if rung.share == 1 else rung.share} of the cases"
    )
    search.log = with_line(search.log, message)
    search.save(update_fields=["rung", "log"])


def close(search: models.ParameterSearch, trials: dict[int, models.SearchTrial]) -> None:
    """Let the best go on, or finish; all trials of the rung have ended, the base's well."""
    judged = {
        number: trial
        for number, trial in trials.items()
        if number != BASE and trial.status == TRIAL.SUCCEEDED
    }
    if not judged:
        first = next(one for one in trials.values() if one.status == TRIAL.FAILED)
        fail(search, f"No candidate could be tried. {first.failure}", code=first.failure_code)
        return
    found = _compare(search, trials[BASE], judged)
    if search.rung + 1 == len(search.rungs):
        number = halving.winner(found)
        _mark(judged, () if number is None else (number,))
        _finish(search, trials[BASE], None if number is None else judged[number])
        return
    goes_on = plan_of(search)[search.rung + 1].candidates
    losses = {number: trial.log_loss or 0.0 for number, trial in judged.items()}
    kept = halving.best(losses, among=goes_on)
    _mark(judged, kept)
    base = Recipe.from_json(search.base)
    search.rung += 1
    begin(
        search, {BASE: base, **{number: judged[number].to_recipe(base) for number in sorted(kept)}}
    )


def _compare(
    search: models.ParameterSearch, base: models.SearchTrial, judged: dict[int, models.SearchTrial]
) -> dict[int, Interval]:
    """Write down what each saves beside the base, with bounds that hold for all together."""
    intervals = halving.gains(
        _judged(base), [_judged(one) for one in judged.values()], seed=search.seed
    )
    for trial, gain in zip(judged.values(), intervals, strict=True):
        trial.gain, trial.gain_lower, trial.gain_upper = gain.value, gain.lower, gain.upper
    return dict(zip(judged, intervals, strict=True))


def _judged(trial: models.SearchTrial) -> Judged:
    return Judged(
        cases=trial.judged_cases or 0,
        attempts=trial.judged_attempts or 0,
        log_loss=trial.log_loss or 0.0,
        losses=np.array(trial.sums["losses"]),
        sizes=np.array(trial.sums["sizes"]),
    )


def _mark(judged: dict[int, models.SearchTrial], kept: Sequence[int]) -> None:
    for number, trial in judged.items():
        trial.kept = number in kept
    models.SearchTrial.objects.bulk_update(
        judged.values(), ["gain", "gain_lower", "gain_upper", "kept"]
    )


def _finish(
    search: models.ParameterSearch, base: models.SearchTrial, won: models.SearchTrial | None
) -> None:
    """Keep the winner as a named recipe; without one the name stands for the base."""
    recipe = Recipe.from_json(search.base)
    if won is not None:
        recipe = won.to_recipe(recipe)
    recipe = Recipe.from_json({**recipe.to_json(), "name": search.name})
    note = _note(search, won)
    recipes.store(search=search, recipe=recipe, note=note, by=search.requested_by)
    search.log = with_line(search.log, note)
    result: dict[str, Any] = {
        "recipe": search.name,
        "better": won is not None,
        "winner": BASE if won is None else won.number,
        "base_log_loss": base.log_loss,
        "log_loss": base.log_loss if won is None else won.log_loss,
        "gain": None
        if won is None
        else {"value": won.gain, "lower": won.gain_lower, "upper": won.gain_upper},
        "note": note,
    }
    end(search, SEARCH.SUCCEEDED, result=result)


def _note(search: models.ParameterSearch, won: models.SearchTrial | None) -> str:
    if won is None:
        return (
            f"None of {search.trial_count} trials forecasts unseen cases better than "
            f"{search.base_name} beyond chance: {search.name} is {search.base_name} under "
            "another name."
        )
    return (
        f"Trial {won.number} of {search.trial_count} forecasts unseen cases better than "
        f"{search.base_name}: log-loss {won.gain:.4f} lower ({won.gain_lower:.4f} to "
        f"{won.gain_upper:.4f})."
    )


def end(
    search: models.ParameterSearch,
    status: models.ParameterSearch.Status,
    *,
    failure: str = "",
    result: dict[str, Any] | None = None,
) -> None:
    """Write the end; trials that wait are cancelled, and what pairs trials isn't kept."""
    search.status, search.failure, search.result = status, failure, result or {}
    search.finished = Now()
    search.save(update_fields=["status", "failure", "result", "finished", "log"])
    search.trials.filter(status=TRIAL.QUEUED).update(status=TRIAL.CANCELLED, finished=Now())
    search.trials.update(sums={})
