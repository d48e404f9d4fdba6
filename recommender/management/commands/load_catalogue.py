"""Bring the shipped therapies, vocabulary and safety rules into the database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from recommender.management.output import ReportingCommand
from recommender.services import catalogue
from recommender.services.catalogue import CatalogueLoad


class Command(ReportingCommand):
    """Loads the catalogue; runs by itself at start and does nothing when nothing changed."""

    help = "Bring the therapies, vocabulary and safety rules of a folder into the database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the folder and `--force`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--folder",
            type=Path,
            default=settings.FIXTURES_DIR,
            help="the catalogue's folder (the shipped one)",
        )
        parser.add_argument(
            "--force", action="store_true", help="compare every record, not only the digest"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load it and say what changed."""
        load = catalogue.load(folder=options["folder"], by="command line", force=options["force"])
        if load is None:
            self.say("The catalogue is up to date.")
        else:
            self._describe(load)
        self.report(_as_document(load))

    def _describe(self, load: CatalogueLoad) -> None:
        kinds = {
            "therapies": load.therapies,
            "findings": load.concepts,
            "conditions": load.conditions,
            "rules": load.rules,
        }
        self.table(
            "Catalogue",
            ["", "in the catalogue", "added", "changed", "retired"],
            [
                [name, change.total, change.added, change.changed, change.retired]
                for name, change in kinds.items()
            ],
        )


def _as_document(load: CatalogueLoad | None) -> dict[str, Any]:
    if load is None:
        return {"changed": False}
    changes = {
        "therapies": load.therapies,
        "vocabulary": load.concepts,
        "conditions": load.conditions,
        "rules": load.rules,
    }
    return {
        "changed": any(changes.values()),
        "digest": load.digest,
        **{
            name: {
                "total": change.total,
                "added": change.added,
                "changed": change.changed,
                "retired": change.retired,
            }
            for name, change in changes.items()
        },
    }
