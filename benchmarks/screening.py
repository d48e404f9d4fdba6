"""What the safety layer costs a case: every rule, combination and red flag on 128 therapies.

Beside it the scoring of the same case, so that a busy machine slows both.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import django
from django.conf import settings

CASES = 400
ROUNDS = 5
FINDINGS = 40
CEILING_MS = 1.0


def main() -> int:
    """Measure in alternating rounds; 0 when the median case stays below the ceiling."""
    from benchmarks.worlds.in_memory import training_data  # noqa: PLC0415 - after django.setup()
    from recommender.clinical.case import Case, Finding, TriedTherapy  # noqa: PLC0415
    from recommender.clinical.rule_set import RuleSet  # noqa: PLC0415
    from recommender.clinical.snapshot import snapshot_of  # noqa: PLC0415
    from recommender.formats.catalogue_folder import read_catalogue  # noqa: PLC0415
    from recommender.ml.recipes import RECIPES  # noqa: PLC0415
    from recommender.ml.serving import ServingModel  # noqa: PLC0415
    from recommender.ml.training import carry_out  # noqa: PLC0415
    from recommender.services import simulations  # noqa: PLC0415
    from recommender.services.shipped_safety import shipped_safety  # noqa: PLC0415

    catalogue, shipped = read_catalogue(settings.FIXTURES_DIR), shipped_safety()
    therapies = [entry.therapy for entry in catalogue.therapies]
    known = {therapy.code: therapy for therapy in therapies}
    rules = RuleSet(
        "benchmark",
        catalogue.rules,
        shipped.combinations,
        shipped.red_flags,
        conditional=shipped.conditional,
    )
    world = simulations.build(pathway="depression", world="strong", seed=1)
    outcome = carry_out(
        training_data(world, list(world.logged(2_000))),
        RECIPES["crossed-effects"],
        seed=1,
        rules=(),
        simulated=True,
        progress=lambda _stage, _share: None,
    )
    model = ServingModel.load(outcome.artifact, sha256=outcome.sha256)
    chance = random.Random(1)

    def a_case() -> Case:
        entries = chance.sample(catalogue.concepts, FINDINGS)
        return Case(
            tuple(
                Finding(e.concept.kind, e.concept.code, float(chance.randint(0, 3)))
                for e in entries
            ),
            tuple(TriedTherapy(each.code) for each in chance.sample(therapies, 2)),
        )

    cases = [a_case() for _ in range(CASES)]

    def screened(case: Case) -> None:
        snapshot = snapshot_of(case, therapies=known)
        rules.screen(case, therapies, snapshot=snapshot)
        rules.panel.evaluate(snapshot)

    safety, scoring = [], []
    for _ in range(ROUNDS):
        safety.append(_milliseconds(screened, cases))
        scoring.append(_milliseconds(model.score, cases))
    cost, beside = statistics.median(safety), statistics.median(scoring)
    print(
        f"{len(therapies)} therapies, {len(rules.rules)} rules, {len(rules.combinations)} "
        f"combinations, {len(rules.conditional)} conditions, {len(rules.red_flags)} red flags: "
        f"{cost:.3f} ms a case (ceiling {CEILING_MS:g} ms), {cost / beside:.1f} times the scoring "
        f"({beside:.3f} ms)"
    )
    print("PASS" if cost < CEILING_MS else "FAIL")
    return 0 if cost < CEILING_MS else 1


def _milliseconds(work: Callable[[Any], object], cases: Sequence[Any]) -> float:
    # Of the processor, so that what else the machine does isn't counted.
    begun = time.process_time()
    for case in cases:
        work(case)
    return (time.process_time() - begun) / len(cases) * 1000


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.settings")
    django.setup()
    sys.exit(main())
