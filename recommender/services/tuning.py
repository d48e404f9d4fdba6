"""Searches for better parameters: asked for, moved from rung to rung, finished, cancelled.

The rows are the truth and the queue only a hint: a rung closes when none of its trials waits or
runs, whoever looks first, and closing it twice changes nothing.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import Refused
from recommender.ml import tuning as ml_tuning
from recommender.ml.bootstrap import Interval
from recommender.ml.recipes import Recipe
from recommender.ml.tuning import Judged, Rung
from recommender.services import audit, pathways, recipes, training
from recommender.services.progress import with_line

BASE = 0
SEARCH = models.ParameterSearch.Status
TRIAL = models.SearchTrial.Status
UNFINISHED = (TRIAL.QUEUED, TRIAL.RUNNING)


@transaction.atomic
def request(
    *,
    pathway: str,
    base: Recipe,
    by: str,
    datasets: Sequence[str] = (),
    trials: int = ml_tuning.DEFAULT_TRIALS,
    seed: int | None = None,
    name: str = "",
    on_worker: bool = True,
) -> models.ParameterSearch:
    """Write down that better parameters of a recipe are to be searched, and the first trials."""
    area = pathways.named(pathway)
    chosen = training.published(area, datasets)
    used_seed = training.seed_of(base, seed)
    # Two searches that ask at the same moment must not both find a name free.
    models.Pathway.objects.select_for_update().get(pk=area.pk)
    if name:
        recipes.require_free(name, pathway=area)
    drawn = ml_tuning.candidates(base, trials=trials, seed=used_seed)
    plan = ml_tuning.rungs(cases=sum(one.case_count for one in chosen), trials=trials)
    search = models.ParameterSearch.objects.create(
        pathway=area,
        base_name=base.name,
        base=base.to_json(),
        name=name or recipes.free_name(base.name, pathway=area),
        seed=used_seed,
        trial_count=trials,
        rungs=[{"candidates": one.candidates, "share": str(one.share)} for one in plan],
        requested_by=by,
        on_worker=on_worker,
        log=with_line([], f"Asked for by {by}"),
    )
    search.datasets.set(chosen)
    _begin_rung(search, dict(enumerate((base, *drawn))))
    audit.record(
        action="search.requested", target=str(search.pk), by=by, version=f"{trials} of {base.name}"
    )
    search.refresh_from_db()
    return search


@transaction.atomic
def cancel(*, search: models.ParameterSearch, by: str) -> models.ParameterSearch:
    """Stop a search: trials that wait never begin, those under way stop at their next report."""
    locked = _locked(search.pk)
    if locked.is_final:
        raise Refused(f"The search has already ended: it is {locked.status}.")
    locked.log = with_line(locked.log, f"Cancelled by {by}")
    _end(locked, SEARCH.CANCELLED)
    audit.record(action="search.cancelled", target=str(search.pk), by=by)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def advance(search_id: UUID) -> models.ParameterSearch:
    """Close the rung if all its trials have ended: the best go on, or the search is finished.

    Safe to call at any time by anybody; answers the search as it then stands.
    """
    search = _locked(search_id)
    if search.is_final:
        return search
    trials = {one.number: one for one in search.trials.filter(rung=search.rung)}
    if trials[BASE].status == TRIAL.FAILED:
        fail(search, trials[BASE].failure, code=trials[BASE].failure_code)
    elif all(one.is_final for one in trials.values()):
        _close_rung(search, trials)
    search.refresh_from_db()
    return search


@transaction.atomic
def stop(*, search: models.ParameterSearch) -> None:
    """End a search whose command was stopped."""
    locked = _locked(search.pk)
    if not locked.is_final:
        locked.log = with_line(locked.log, "The command that carried it out was stopped.")
        _end(locked, SEARCH.CANCELLED)


def under_way() -> Sequence[UUID]:
    """The searches that somebody may have to move on."""
    return list(
        models.ParameterSearch.objects.filter(status__in=(SEARCH.QUEUED, SEARCH.RUNNING))
        .order_by("created")
        .values_list("pk", flat=True)
    )


def share_done(search: models.ParameterSearch) -> float:
    """How far the search is, by what its trials cost; what failed counts as done."""
    if search.status == SEARCH.SUCCEEDED:
        return 1.0
    rows = search.trials.values_list("status", "share", "share_done")
    done = sum(
        share * (0.0 if status == TRIAL.QUEUED else part if status == TRIAL.RUNNING else 1.0)
        for status, share, part in rows
    )
    return float(done / sum(one.cost for one in plan_of(search)))


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
    _end(search, SEARCH.FAILED, failure=reason, result={"failure_code": code} if code else {})


def _locked(search_id: UUID) -> models.ParameterSearch:
    return models.ParameterSearch.objects.select_for_update(of=("self",)).get(pk=search_id)


def _begin_rung(search: models.ParameterSearch, candidates: dict[int, Recipe]) -> None:
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


def _close_rung(search: models.ParameterSearch, trials: dict[int, models.SearchTrial]) -> None:
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
        number = ml_tuning.winner(found)
        _mark(judged, () if number is None else (number,))
        _finish(search, trials[BASE], None if number is None else judged[number])
        return
    goes_on = plan_of(search)[search.rung + 1].candidates
    losses = {number: trial.log_loss or 0.0 for number, trial in judged.items()}
    kept = ml_tuning.best(losses, among=goes_on)
    _mark(judged, kept)
    base = Recipe.from_json(search.base)
    search.rung += 1
    _begin_rung(
        search, {BASE: base, **{number: judged[number].to_recipe(base) for number in sorted(kept)}}
    )


def _compare(
    search: models.ParameterSearch, base: models.SearchTrial, judged: dict[int, models.SearchTrial]
) -> dict[int, Interval]:
    """Write down what each saves beside the base, with bounds that hold for all together."""
    intervals = ml_tuning.gains(
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
    _end(search, SEARCH.SUCCEEDED, result=result)


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


def _end(
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
