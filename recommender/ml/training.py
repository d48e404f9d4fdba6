"""Training: from data and a recipe to an artifact, its evaluation and the gates' decision."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.clinical.safety import SafetyRule
from recommender.exceptions import BadInput
from recommender.ml import artifacts, gates
from recommender.ml.artifacts import Artifact
from recommender.ml.assembly import Assembly, assemble
from recommender.ml.crossfit import cross_fit
from recommender.ml.evaluation import evaluate
from recommender.ml.evidence import pool
from recommender.ml.feature_fitting import fit_encoder
from recommender.ml.gates import DEFAULT_LIMITS, Limits
from recommender.ml.interactions import TrainingData
from recommender.ml.outcome import TrainingOutcome
from recommender.ml.recipes import Recipe
from recommender.ml.sample import Sample, sample_of
from recommender.ml.serving import GROUP_ARRAYS
from recommender.ml.verdicts import verdicts
from recommender.ml.widening import widen

FEWEST_ATTEMPTS = 20
FEWEST_CASES_A_FOLD = 4

Progress = Callable[[str, float], None]
"""Told the stage and the share done, 0 to 1; it may raise Cancelled."""


def carry_out(
    data: TrainingData,
    recipe: Recipe,
    *,
    seed: int,
    rules: tuple[SafetyRule, ...],
    simulated: bool,
    progress: Progress,
    limits: Limits = DEFAULT_LIMITS,
) -> TrainingOutcome:
    """Train, judge on unseen cases, and pack what would be served."""
    refuse_too_little(data, recipe)
    # The matrices are small: on two cores, threads waited for each other five times as long as
    # one needs; and how they share sums out would show in an artifact's last bits.
    with threadpool_limits(limits=1, user_api="blas"):
        return _carried_out(
            data,
            recipe,
            seed=seed,
            rules=rules,
            simulated=simulated,
            progress=progress,
            limits=limits,
        )


def _carried_out(
    data: TrainingData,
    recipe: Recipe,
    *,
    seed: int,
    rules: tuple[SafetyRule, ...],
    simulated: bool,
    progress: Progress,
    limits: Limits,
) -> TrainingOutcome:
    progress("reading the findings", 0.0)
    encoder = fit_encoder(data)
    widened = widen(
        sample_of(data, encoder),
        encoder,
        recipe,
        seed=seed,
        progress=lambda done: progress("looking for pairs of findings", 0.05 + 0.15 * done),
    )
    sample, encoder = widened.sample, widened.encoder
    crossed, final = cross_fit(
        sample,
        recipe,
        seed=seed,
        tell=lambda stage, done: progress(stage, 0.2 + 0.6 * done),
        left_out=widened.left_out,
    )
    progress("comparing with the incumbent", 0.8)
    assembly = assemble(crossed, final, recipe.recommenders, seed=seed)
    progress("evaluating", 0.85)
    evaluation = evaluate(
        data,
        crossed,
        assembly,
        recipe=recipe,
        encoder=encoder,
        rules=rules,
        seed=seed,
        tell=lambda done: progress("evaluating", 0.85 + 0.14 * done),
    )
    pooled = pool(data.evidence)
    evaluation["evidence"] = studies = pooled.to_json() if pooled else None
    evaluation["verdicts"] = verdicts(evaluation, limits)
    lines = gates.decide(evaluation, limits)
    calibrated = all(line.passed for line in lines if line.code == "calibrated")
    manifest = {
        "recipe": recipe.to_json(),
        "seed": seed,
        "therapies": [asdict(therapy) for therapy in data.therapies],
        "concepts": [asdict(concept) for concept in data.concepts],
        "encoder": encoder.to_json(),
        "stack": assembly.head.to_json(),
        "personalised": assembly.personalised,
        "calibrated": calibrated,
        "simulated": simulated,
        "cases": data.cases,
        "attempts": len(data.attempts),
        "farthest": assembly.likeness.farthest,
        "studies": studies,
    }
    payload = artifacts.pack(Artifact(_arrays(sample, assembly), manifest))
    progress("done", 1.0)
    return TrainingOutcome(
        artifact=payload,
        sha256=artifacts.sha256(payload),
        evaluation=evaluation,
        gates=lines,
        gates_passed=gates.passed(lines),
        personalised=assembly.personalised,
        calibrated=calibrated,
    )


def refuse_too_little(data: TrainingData, recipe: Recipe) -> None:
    """Say what is missing before an hour is spent."""
    attempts = data.attempts
    if len(attempts) < FEWEST_ATTEMPTS:
        raise BadInput(
            f"The data has {len(attempts)} attempts with a known response and needs "
            f"{FEWEST_ATTEMPTS}: publish a data set with more responses.",
            field="responses",
        )
    if len(np.unique(attempts.therapy)) < 2:
        raise BadInput(
            "Only one therapy has a known response, so there is nothing to put in order: "
            "publish a data set with two therapies or more.",
            field="therapy",
        )
    if attempts.responded.all() or not attempts.responded.any():
        raise BadInput(
            "Every attempt has the same response, so there is nothing to learn: check what "
            "counts as a response in the mapping.",
            field="response",
        )
    if len(np.unique(attempts.case)) < recipe.folds * FEWEST_CASES_A_FOLD:
        raise BadInput(
            f"There are too few cases for {recipe.folds} folds: publish more cases or choose "
            "fewer folds in the recipe.",
            field="folds",
        )


def _arrays(sample: Sample, assembly: Assembly) -> dict[str, np.ndarray]:
    groups = {f"group_{name}": getattr(assembly.groups, name) for name in GROUP_ARRAYS}
    usual = {f"usual_{name}": getattr(assembly.usual, name) for name in GROUP_ARRAYS}
    return {
        "intercept": assembly.table.intercept,
        "weights": assembly.table.weights.astype(np.float32),
        "mix": assembly.mix,
        "tried": sample.tried,
        "shared_noise": assembly.evidence.shared,
        "own_noise": assembly.evidence.own,
        "unsure": assembly.unsure.astype(np.float32),
        "column_centre": assembly.likeness.centre,
        "column_spread": assembly.likeness.spread,
        **groups,
        **usual,
    }
