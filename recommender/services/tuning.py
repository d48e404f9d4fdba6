"""Searches for better parameters: asked for, moved from rung to rung, finished, cancelled.

The rows are the truth and the queue only a hint: a rung closes when none of its trials waits or
runs, whoever looks first, and closing it twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from recommender import models
from recommender.exceptions import BadInput, Refused
from recommender.ml import halving
from recommender.ml.halving import Rung
from recommender.ml.recipes import Recipe
from recommender.services import audit, pathways, recipes, rungs, training
from recommender.services.progress import with_line

SEARCH = models.ParameterSearch.Status
TRIAL = models.SearchTrial.Status


@dataclass(frozen=True)
class Wanted:
    """What somebody wants searched; without a name the recipe is called after its base."""

    pathway: str
    base: Recipe
    datasets: tuple[str, ...] = ()
    trials: int = halving.DEFAULT_TRIALS
    seed: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Asked:
    """The same, read and found in order."""

    pathway: models.Pathway
    datasets: tuple[models.DataSet, ...]
    candidates: tuple[Recipe, ...]
    seed: int

    @property
    def plan(self) -> tuple[Rung, ...]:
        """The rungs that so many candidates and cases make."""
        cases = sum(one.case_count for one in self.datasets)
        return halving.rungs(cases=cases, trials=len(self.candidates))


def check(wanted: Wanted) -> Asked:
    """Read what is wanted; raises where it can't be searched, naming the field."""
    area = pathways.named(wanted.pathway)
    chosen = training.published(area, wanted.datasets)
    seed = training.seed_of(wanted.base, wanted.seed)
    if wanted.name:
        recipes.require_free(wanted.name, pathway=area)
    drawn = halving.candidates(wanted.base, trials=wanted.trials, seed=seed)
    return Asked(area, tuple(chosen), drawn, seed)


@transaction.atomic
def request(*, wanted: Wanted, by: str, on_worker: bool = True) -> models.ParameterSearch:
    """Write down that better parameters of a recipe are to be searched, and the first trials."""
    # Two searches that ask at the same moment must not both find a name free.
    models.Pathway.objects.select_for_update().filter(slug=wanted.pathway).first()
    asked, base = check(wanted), wanted.base
    search = models.ParameterSearch.objects.create(
        pathway=asked.pathway,
        base_name=base.name,
        base=base.to_json(),
        name=wanted.name or recipes.free_name(base.name, pathway=asked.pathway),
        seed=asked.seed,
        trial_count=len(asked.candidates),
        rungs=[{"candidates": one.candidates, "share": str(one.share)} for one in asked.plan],
        requested_by=by,
        on_worker=on_worker,
        log=with_line([], f"Asked for by {by}"),
    )
    search.datasets.set(asked.datasets)
    rungs.begin(search, dict(enumerate((base, *asked.candidates))))
    audit.record(
        action="search.requested",
        target=str(search.pk),
        by=by,
        version=f"{len(asked.candidates)} of {base.name}",
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
    rungs.end(locked, SEARCH.CANCELLED)
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
    if trials[rungs.BASE].status == TRIAL.FAILED:
        rungs.fail(search, trials[rungs.BASE].failure, code=trials[rungs.BASE].failure_code)
    elif all(one.is_final for one in trials.values()):
        try:
            rungs.close(search, trials)
        except BadInput as error:
            # An upgrade in the middle of it: the recipe's recommenders have changed.
            rungs.fail(search, str(error), code=error.code)
    search.refresh_from_db()
    return search


@transaction.atomic
def stop(*, search: models.ParameterSearch) -> None:
    """End a search whose command was stopped."""
    locked = _locked(search.pk)
    if not locked.is_final:
        locked.log = with_line(locked.log, "The command that carried it out was stopped.")
        rungs.end(locked, SEARCH.CANCELLED)


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
    return float(done / sum(one.cost for one in rungs.plan_of(search)))


def _locked(search_id: UUID) -> models.ParameterSearch:
    return models.ParameterSearch.objects.select_for_update(of=("self",)).get(pk=search_id)
