"""A version whose order depends on the case, quickly learned from made-up cases.

CBT does well with worry and mirtazapine with insomnia; sertraline and exercise do as well with
everyone. `serving_model()` is for tests without a database, `a_live_version()` for those with one.
"""

import random
from dataclasses import replace
from functools import cache

import numpy as np
from django.utils import timezone

from recommender import models
from recommender.clinical.coding import Concept, FindingKind, TherapyKind, ValueType
from recommender.clinical.evidence import CONTROL, TrialArm
from recommender.clinical.therapy import Therapy
from recommender.ml import training
from recommender.ml.interactions import Attempts, Findings, TrainingData
from recommender.ml.recipes import RECIPES
from recommender.ml.serving import ServingModel
from recommender.services import registry, storage
from tests import published

RIDGE, REPEATING = "crossed-effects", "repeating"
_RECIPES = {
    RIDGE: RECIPES[RIDGE],
    REPEATING: replace(RECIPES[RIDGE], name=REPEATING, repeat_failed="Doses were too low before."),
}
CONCEPTS = tuple(
    Concept(FindingKind.SYMPTOM, code, code, ValueType.SEVERITY) for code in published.SYMPTOMS
)
THERAPIES = tuple(
    Therapy(code, code.title(), TherapyKind.MEDICATION, "ssri" if code == "sertraline" else "")
    for code in published.THERAPIES
)
CASES = 1_200
STUDIES = tuple(
    TrialArm(study, therapy, responders, 40, "depression", "adults", "", high, "Trials (trials v1)")
    for study, high, arms in (
        ("Beck 1990", False, {"cbt": 30, CONTROL: 20}),
        ("Rush 1994", True, {"cbt": 22, CONTROL: 20}),
        ("Weissman 1996", None, {"exercise": 25, CONTROL: 15}),
    )
    for therapy, responders in arms.items()
)
"""Published studies of two of the therapies, made up."""


@cache
def outcome(recipe=RIDGE, *, simulated=True, evidence=()) -> training.TrainingOutcome:
    """What a training on the made-up cases comes to."""
    return training.carry_out(
        replace(data(), evidence=evidence),
        _RECIPES[recipe],
        seed=2,
        rules=(),
        simulated=simulated,
        progress=lambda _stage, _share: None,
    )


@cache
def serving_model(recipe=RIDGE) -> ServingModel:
    """The version as it's served."""
    made = outcome(recipe)
    return ServingModel.load(made.artifact, sha256=made.sha256)


def a_live_version(
    recipe=RIDGE, *, pathway="depression", simulated=True, evidence=(), made=None, **fields
):
    """The version, registered and live, on a data set by the name of `made-up`."""
    published.a_safety_rule()
    area, _ = models.Pathway.objects.get_or_create(slug=pathway, defaults={"title": pathway})
    dataset, _ = models.DataSet.objects.get_or_create(
        pathway=area,
        name="made-up",
        version=1,
        defaults={
            "content_hash": "0" * 64,
            "simulated": simulated,
            "created_by": "tests",
            "status": "published",
            "published_at": timezone.now(),
            "published_by": "tests",
        },
    )
    run = models.TrainingRun.objects.create(
        pathway=area,
        recipe_name=recipe,
        recipe=_RECIPES[recipe].to_json(),
        seed=1,
        requested_by="tests",
        status="succeeded",
    )
    run.datasets.add(dataset)
    made = made or outcome(recipe, simulated=simulated, evidence=evidence)
    stored = storage.store(made.artifact, sha256=made.sha256)
    version = registry.register(run=run, outcome=made, stored=stored, simulated=simulated)
    registry.promote(version=version, by="tests")
    models.ModelVersion.objects.filter(pk=version.pk).update(**fields) if fields else None
    registry.forget()
    version.refresh_from_db()
    return version


@cache
def data() -> TrainingData:
    """The made-up cases."""
    chance = random.Random(3)
    findings: list[tuple[int, int, float]] = []
    attempts: list[tuple[int, int, float]] = []
    for case in range(CASES):
        shown = {code: chance.randint(0, 3) for code in range(5) if chance.random() < 0.8}
        findings += [(case, code, value) for code, value in shown.items()]
        therapy = chance.randrange(len(THERAPIES))
        likely = 0.4 + 0.2 * (therapy == 1) * (shown.get(2, 0) - 1.2)
        likely += 0.2 * (therapy == 2) * (shown.get(0, 0) - 1.2)
        attempts.append((case, therapy, float(chance.random() < likely)))
    of_case, concept, number = zip(*findings, strict=True)
    tried_by, therapy_of, response = zip(*attempts, strict=True)
    return TrainingData(
        concepts=CONCEPTS,
        therapies=THERAPIES,
        findings=Findings(
            _whole(of_case), _whole(concept), np.array(number), _whole([-1] * len(concept)), ()
        ),
        attempts=Attempts(
            _whole(tried_by), _whole(therapy_of), np.array(response), _whole([1] * CASES)
        ),
        site=_whole([-1] * CASES),
        year=_whole([0] * CASES),
    )


def _whole(values):
    return np.array(values, np.int32)
