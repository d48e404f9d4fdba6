"""Check that the safety rules keep their examples, and that a fault in any would be noticed."""

from collections import Counter
from typing import Any

from django.conf import settings

from recommender.exceptions import Refused
from recommender.management.output import ReportingCommand
from recommender.services import rule_checks

SHOWN = 20


class Command(ReportingCommand):
    """`check_safety_rules`: every rule on its examples, then every rule gone wrong in turn."""

    help = (
        "Run each shipped safety rule and red flag on its examples, then turn each off and swap "
        "each of its parts in turn: at least one example has to notice. Ends with 3 if none does."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        """Check, count, and say what slipped through."""
        found = rule_checks.checked(settings.FIXTURES_DIR)
        broken, lacking, mutants = found.broken(), found.without_two_examples(), found.mutants()
        missed = [each for each in mutants if not each.caught]
        ways = Counter(each.what for each in mutants)
        unnoticed = Counter(each.what for each in missed)
        self.table(
            "Faults made on purpose",
            ["what was done", "times", "noticed"],
            [[what, count, count - unnoticed[what]] for what, count in sorted(ways.items())],
        )
        self.say(
            f"{len(found.rules)} rules and {len(found.flags)} red flags, "
            f"{len(found.examples)} examples of rules; {len(mutants)} faults, "
            f"{len(mutants) - len(missed)} noticed."
        )
        self.report(
            {
                "rules": len(found.rules),
                "red_flags": len(found.flags),
                "examples": len(found.examples),
                "examples_not_kept": [each.rule for each in broken],
                "rules_without_two_examples": lacking,
                "faults": len(mutants),
                "faults_unnoticed": [f"{each.code}: {each.what}" for each in missed],
            }
        )
        problems = [
            *(f"{each.rule} doesn't keep an example on {each.therapy}." for each in broken),
            *(f"{code} hasn't both examples." for code in lacking),
            *(f"{each.code} {each.what}: no example notices." for each in missed),
        ]
        if problems:
            raise Refused("\n".join(problems[:SHOWN]))
