"""Run every benchmark in turn (`make bench`), or those named on the command line."""

import subprocess
import sys
import time

BENCHMARKS = {
    "suggestion_endpoint": "the suggestion endpoint beside a bare JsonResponse",
    "patient_view": "an EHR's patient-view with 1 MB of prefetch beside a bare view",
    "review_queue": "opening the queue with 100,000 lists beside one list by its key",
    "screening": "the safety layer on every shipped therapy",
    "rule_mutation": "faults made in every safety rule, and whether an example notices",
    "import_share": "an import beside COPY alone",
    "learner_share": "the learners' own fit within a training run",
}


def main(names: list[str]) -> int:
    """Run the benchmarks; 0 when every one reached its floor, 2 for an unknown name."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.")
        return 2
    below = [name for name in names or BENCHMARKS if not reached_its_floor(name)]
    print(f"Below their floor: {', '.join(below)}." if below else "All reached their floor.")
    return 1 if below else 0


def reached_its_floor(name: str) -> bool:
    """Run one benchmark in a process of its own."""
    print(f"── {name}: {BENCHMARKS[name]}", flush=True)
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
    print(f"   {time.monotonic() - begun:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
