"""`python -m benchmarks.worlds --world mid --cases 2000 --seeds 12`: the mean and its error."""

import argparse
import os
import time

import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.settings")

from benchmarks.worlds.in_memory import run
from benchmarks.worlds.judge import Judgement
from recommender.ml.recipes import RECIPES
from recommender.ml.simulation.worlds import WORLDS
from recommender.services import simulations


def main() -> None:
    """Print a line a seed and the summary of each recipe."""
    chosen = _arguments()
    recipes = [RECIPES[name] for name in chosen.recipe]
    found: list[list[Judgement]] = []
    for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
        begun = time.monotonic()
        simulator = simulations.build(pathway="depression", world=chosen.world, seed=seed)
        found.append(run(simulator, recipes, cases=chosen.cases, unseen=chosen.unseen))
        gaps = "  ".join(f"{one.gap_closed:6.3f}" for one in found[-1])
        print(f"seed {seed}: {gaps}   {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{chosen.world}, {chosen.cases:,} cases, {chosen.seeds} seeds (mean ± standard error)")
    for place, recipe in enumerate(recipes):
        of_recipe = [each[place] for each in found]
        paired = [each[place].gap_closed - each[-1].gap_closed for each in found]
        covered = [o.group_coverage for o in of_recipe if o.group_coverage is not None]
        worst = [one.worst_subgroup for one in of_recipe if one.worst_subgroup is not None]
        print(
            f"  {recipe.name:<16} gap {_mean([one.gap_closed for one in of_recipe])}"
            f"  harmed {_mean([one.harmed for one in of_recipe])}"
            f"  over {_mean([o.overestimate for o in of_recipe if o.overestimate is not None])}"
            f"  intervals hold {_mean(covered)}"
            f"  worst subgroup {_mean(worst)}"
            f"  none {np.mean([one.without_suggestion for one in of_recipe]):.3f}"
            f"  to {recipes[-1].name} {_mean(paired)}"
        )


def _mean(values: list[float]) -> str:
    if not values:
        return "   -   "
    error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{np.mean(values):6.3f} ±{error:.3f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", choices=WORLDS, default="mid")
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--unseen", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument(
        "--recipe",
        nargs="+",
        choices=RECIPES,
        default=["default", "response-rate"],
        help="the last is what the others are compared with",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
