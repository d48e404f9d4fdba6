"""Every safety rule and red flag gone wrong in every way: how many faults no example notices."""

import os
import sys

import django


def main() -> int:
    """Count; 0 when every fault is noticed."""
    from django.conf import settings  # noqa: PLC0415 - after django.setup()

    from recommender.services import rule_checks  # noqa: PLC0415

    mutants = rule_checks.checked(settings.FIXTURES_DIR).mutants()
    caught = sum(each.caught for each in mutants)
    share = caught / len(mutants)
    print(f"{len(mutants)} faults in rules, {caught} noticed: {share:.1%} (floor 100 %)")
    print("PASS" if caught == len(mutants) else "FAIL")
    return 0 if caught == len(mutants) else 1


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "recommender.settings"
    os.environ.setdefault("DATABASE_URL", "postgresql://none/none")
    django.setup()
    sys.exit(main())
