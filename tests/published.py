"""A small published data set, quickly made, and model versions that were trained on it."""

import random

from django.utils import timezone

from recommender import models
from recommender.ml import training as ml_training
from recommender.ml.outcome import TrainingOutcome
from recommender.ml.recipes import RECIPES
from recommender.services import dataset_rows, registry, safety, storage

RATES = RECIPES["response-rate"]
_outcomes: dict[tuple[str, int], TrainingOutcome] = {}

THERAPIES = ("sertraline", "cbt", "mirtazapine", "exercise")
SYMPTOMS = ("insomnia", "low-mood", "worry", "fatigue", "guilt")


def a_safety_rule():
    """Without one shipped rule nothing may be trained or suggested."""
    models.SafetyRuleRecord.objects.get_or_create(
        pathway=None,
        code="test-rule",
        defaults={
            "therapy": "mirtazapine",
            "kind": "symptom",
            "finding": "fatigue",
            "min_value": 3,
            "severity": "withhold",
            "reason": "A rule for tests.",
            "source": "tests",
        },
    )


def a_published_dataset(pathway="depression", name="small", *, cases=240, seed=1, version=1):
    """Cases who do better on CBT with worry and on mirtazapine with insomnia."""
    a_safety_rule()
    area, _ = models.Pathway.objects.get_or_create(slug=pathway, defaults={"title": pathway})
    dataset = models.DataSet.objects.create(
        pathway=area,
        name=name,
        version=version,
        content_hash=f"{cases:032x}{seed:032x}",
        case_count=cases,
        created_by="tests",
    )
    chance = random.Random(seed)
    symptoms, therapies = _concepts(), _therapies()
    people = models.CaseRecord.objects.bulk_create(
        models.CaseRecord(
            dataset=dataset, pseudonym=f"{seed:016x}{number:016x}", site=f"clinic-{number % 3}"
        )
        for number in range(cases)
    )
    findings, responses = [], []
    for person in people:
        shown = {code: chance.randint(0, 3) for code in SYMPTOMS if chance.random() < 0.8}
        findings += [
            models.FindingRecord(case=person, concept=symptoms[code], number=value)
            for code, value in shown.items()
        ]
        therapy = chance.choice(THERAPIES)
        likely = 0.4 + 0.15 * (therapy == "cbt") * (shown.get("worry", 0) - 1)
        likely += 0.15 * (therapy == "mirtazapine") * (shown.get("insomnia", 0) - 1)
        responses.append(
            models.TherapyResponse(
                case=person,
                therapy=therapies[therapy],
                sequence=1,
                response=float(chance.random() < likely),
            )
        )
    models.FindingRecord.objects.bulk_create(findings)
    models.TherapyResponse.objects.bulk_create(responses)
    models.DataSet.objects.filter(pk=dataset.pk).update(
        status="published",
        published_at=timezone.now(),
        published_by="tests",
        finding_count=len(findings),
        response_count=len(responses),
    )
    dataset.refresh_from_db()
    return dataset


def a_version(dataset, *, seed=1, **fields):
    """Register one more version of the data set's pathway; its gates have passed.

    Trained once a run of the suite and seed, with nothing but response rates. Equal seeds make
    equal bytes, and so one artifact for both versions.
    """
    key = (dataset.content_hash, seed)
    if key not in _outcomes:
        data, _ = dataset_rows.training_data([dataset])
        _outcomes[key] = ml_training.carry_out(
            data,
            RATES,
            seed=seed,
            rules=safety.active_rules(dataset.pathway).rules,
            simulated=False,
            progress=lambda _stage, _share: None,
        )
    run = models.TrainingRun.objects.create(
        pathway=dataset.pathway,
        recipe_name=RATES.name,
        recipe=RATES.to_json(),
        seed=seed,
        requested_by="tests",
        status="succeeded",
    )
    run.datasets.add(dataset)
    outcome = _outcomes[key]
    stored = storage.store(outcome.artifact, sha256=outcome.sha256)
    version = registry.register(run=run, outcome=outcome, stored=stored, simulated=False)
    models.ModelVersion.objects.filter(pk=version.pk).update(gates_passed=True, **fields)
    version.refresh_from_db()
    return version


def _concepts():
    for code in SYMPTOMS:
        models.ConceptRecord.objects.get_or_create(
            pathway=None,
            kind="symptom",
            code=code,
            defaults={"display": code, "value_type": "severity"},
        )
    found = models.ConceptRecord.objects.filter(pathway=None, kind="symptom", code__in=SYMPTOMS)
    return {concept.code: concept for concept in found}


def _therapies():
    for code in THERAPIES:
        models.TherapyRecord.objects.get_or_create(
            pathway=None, code=code, defaults={"name": code, "kind": "medication"}
        )
    found = models.TherapyRecord.objects.filter(pathway=None, code__in=THERAPIES)
    return {therapy.code: therapy for therapy in found}
