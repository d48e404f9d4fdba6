"""Builds `docs/safety-case.md` from hazards and rules: `make safety-case`."""

import re
import tomllib
from collections import Counter
from pathlib import Path

from recommender.clinical.red_flags import read_red_flags
from recommender.formats import condition_rule_file
from recommender.formats.catalogue_folder import read_catalogue
from recommender.formats.combination_files import read_comedications, read_interactions
from recommender.formats.rule_examples import FILE, read_examples

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
PAGE = ROOT / "docs" / "safety-case.md"
HAZARDS = tomllib.loads((Path(__file__).parent / "hazards.toml").read_text(encoding="utf-8"))

INTRODUCTION = """\
# Safety case

What could go wrong for a person in care, what stands against it, which test shows that it does,
and what a clinical safety officer still has to decide. This page is built from
`tests/spec/hazards.toml` and the shipped rules by `make safety-case`; a test fails
when it isn't current or names a test that isn't there.

The service suggests; a clinician decides. It isn't a medical device until it has been assessed as
one, and all clinical content is a draft for sign-off."""


def build() -> str:
    """The page."""
    hazards = "\n\n".join(_hazard(number, one) for number, one in enumerate(HAZARDS["hazard"], 1))
    return f"{INTRODUCTION}\n\n## Hazards\n\n{hazards}\n\n{_sign_off()}\n"


def known_tests() -> dict[str, str]:
    """Every test by its name, with its file."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(name, path.relative_to(ROOT).as_posix())
    return found


def _hazard(number: int, hazard: dict) -> str:
    files = known_tests()
    against = "\n".join(f"- {line}" for line in hazard["against"])
    tests = "\n".join(
        f"- {name.removeprefix('test_').replace('_', ' ')} (`{files[name]}`)"
        for name in hazard["tests"]
    )
    return (
        f"### {number}. {hazard['name']}\n\n{hazard['how']}\n\nAgainst it:\n\n{against}\n\n"
        f"Shown by:\n\n{tests}\n\nOpen: {hazard['open']}"
    )


def _sign_off() -> str:
    catalogue = read_catalogue(FIXTURES)
    interactions = read_interactions(_text("safety_rules/interactions.csv"))
    comedications = read_comedications(_text("safety_rules/comedications.csv"))
    conditional = condition_rule_file.read_condition_rules(_text(condition_rule_file.FILE))
    flags = read_red_flags(_text("red_flags/red_flags.toml"))
    rows = [
        ("finding rules", catalogue.rules),
        ("medicines beside others", comedications),
        ("interactions, each in two directions", interactions),
        ("rules with a condition", conditional),
        ("red flags", flags),
    ]
    lines = "\n".join(f"| {name} | {len(found)} | {_verified(found)} |" for name, found in rows)
    examples = len(list(read_examples(_text(FILE))))
    return (
        "## What is to be signed off\n\n"
        f"| what ships | how many | how far the source was read |\n|---|---|---|\n{lines}\n\n"
        f"{examples} worked cases of the rules are in `fixtures/safety_rules/examples.csv`; those "
        "of the red flags stand beside them in `fixtures/red_flags/red_flags.toml`. A psychiatrist "
        "can read and change both; the tests follow."
    )


def _verified(found: tuple) -> str:
    counts = Counter(str(each.verification) for each in found)
    return ", ".join(f"{word}: {count}" for word, count in sorted(counts.items()))


def _text(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    PAGE.write_text(build(), encoding="utf-8")
