"""The learners' own fit as a share of a training run, and the run's peak memory.

Their own fit is the time inside `tuned()` and `fit()` of the recipe's recommenders, cross-fitting
included, and in the search for pairs of findings that they learn from. The rest reads the records,
encodes them, compares, evaluates, packs and stores.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.own_services import own_services

FLOOR = 0.85
MOST_BYTES = 4 * 1024**3
CASES = 50_000
FLOOR_FROM = 500_000


def main() -> int:
    """Measure; 0 when the floor is reached within the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    cases = parser.parse_args().cases
    with own_services():
        dataset_rows = _imported(cases)
        with _fit_timed() as spent:
            begun = time.perf_counter()
            _train()
            whole = time.perf_counter() - begun
    share, peak = spent[0] / whole, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{cases:,} cases, {dataset_rows:,} attempts: {whole:.0f} s, {spent[0]:.0f} s of fitting")
    print(
        f"the learners' own fit: {share:.0%} of the run (floor {FLOOR:.0%} from {FLOOR_FROM:,} on)"
    )
    print(f"peak memory: {peak / 1024**2:,.0f} MiB (at most 4,096)")
    # With fewer cases what a run does once, such as drawing intervals, weighs more.
    reached = (share >= FLOOR or cases < FLOOR_FROM) and peak <= MOST_BYTES
    print("PASS" if reached else "FAIL")
    return 0 if reached else 1


def _imported(cases: int) -> int:
    """Simulate and import in other processes, whose memory isn't the training's."""
    import os  # noqa: PLC0415
    import subprocess  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    folder = Path(os.environ["STATE_DIR"]) / "simulated"
    simulate = ["simulate_dataset", "--cases", str(cases), "--seed", "1", "--format", "parquet"]
    for command in (
        [*simulate, "--output", str(folder)],
        ["import_dataset", str(folder), "--name", "simulated", "--publish"],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--pathway", "depression"],
            check=True,
            capture_output=True,
        )
    from recommender import models  # noqa: PLC0415 - after django.setup()

    return models.TherapyResponse.objects.count()


def _train() -> None:
    from django.core.management import call_command  # noqa: PLC0415 - after django.setup()

    call_command("train", "--pathway", "depression")


@contextmanager
def _fit_timed() -> Iterator[list[float]]:
    """Count the seconds spent learning, without counting one inside another twice."""
    from recommender.ml import widening  # noqa: PLC0415 - after django.setup()
    from recommender.ml.recommenders import RECOMMENDERS  # noqa: PLC0415

    spent, depth = [0.0], [0]

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            depth[0] += 1
            begun = time.perf_counter()
            try:
                return method(*args, **named)
            finally:
                depth[0] -= 1
                if not depth[0]:
                    spent[0] += time.perf_counter() - begun

        return call

    kept: list[tuple[Any, str, Callable[..., Any]]] = [
        (one, name, getattr(one, name))
        for one in RECOMMENDERS.values()
        for name in ("tuned", "fit")
    ]
    kept.append((widening, "find_pairs", widening.find_pairs))
    for one, name, method in kept:
        setattr(one, name, timed(method))
    try:
        yield spent
    finally:
        for one, name, method in kept:
            setattr(one, name, method)


if __name__ == "__main__":
    sys.exit(main())
