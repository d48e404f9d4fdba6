"""A live version of ordinary size, learned from simulated cases of the shipped catalogue."""

from django.utils import timezone

from benchmarks.worlds.in_memory import cases_of, training_data
from recommender import models
from recommender.ml import training
from recommender.ml.recipes import RECIPES
from recommender.services import registry, safety, simulations, storage

PATHWAY = "depression"
CASES = 6_000
BY = "benchmark"
_RECIPE = RECIPES["crossed-effects"]
_SIMULATED = simulations.build(pathway=PATHWAY, world="strong", seed=1)


def make_live() -> models.ModelVersion:
    """Learn the version and promote it."""
    pathway, _ = models.Pathway.objects.get_or_create(slug=PATHWAY, defaults={"title": PATHWAY})
    outcome = training.carry_out(
        training_data(_SIMULATED, list(_SIMULATED.logged(CASES))),
        _RECIPE,
        seed=1,
        rules=safety.active_rules(pathway).rules,
        simulated=True,
        progress=lambda _stage, _share: None,
    )
    run = models.TrainingRun.objects.create(
        pathway=pathway,
        recipe_name=_RECIPE.name,
        recipe=_RECIPE.to_json(),
        seed=1,
        requested_by=BY,
        status=models.TrainingRun.Status.SUCCEEDED,
    )
    run.datasets.add(_dataset(pathway))
    stored = storage.store(outcome.artifact, sha256=outcome.sha256)
    version = registry.register(run=run, outcome=outcome, stored=stored, simulated=True)
    return registry.promote(version=version, by=BY)


def request() -> dict[str, object]:
    """An ordinary question: an unseen case with all its findings, and two therapies tried."""
    case = next(cases_of(_SIMULATED, next(_SIMULATED.unseen(1))))
    first, second = (_SIMULATED.therapies[place].code for place in (0, 5))
    return {
        "pathway": PATHWAY,
        # The case has thoughts of death, which would hold the list and so spare the work.
        "acknowledged": ["suicidal_thoughts_phq9"],
        "case": {
            "findings": [
                {"kind": finding.kind, "code": finding.code, "value": finding.value}
                for finding in case.findings
            ],
            "responses": [
                {"therapy": first, "response": "none"},
                {"therapy": second, "response": "partial"},
            ],
        },
    }


def _dataset(pathway: models.Pathway) -> models.DataSet:
    return models.DataSet.objects.create(
        pathway=pathway,
        name="simulated",
        version=1,
        simulated=True,
        content_hash="0" * 64,
        created_by=BY,
        status=models.DataSet.Status.PUBLISHED,
        published_at=timezone.now(),
        published_by=BY,
    )
