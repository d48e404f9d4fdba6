"""Make a model version the one clinicians see."""

from typing import Any

from recommender.management.reports import version_document
from recommender.management.version_option import VersionCommand
from recommender.services import registry


class Command(VersionCommand):
    """`promote --version ID`: exit 3, and what the gates say, when it may not go live."""

    help = "Make a model version live, if its gates passed and its artifact is whole."

    def handle(self, *_: Any, model_version: str, **__: Any) -> None:
        """Promote it."""
        version = registry.promote(version=registry.find(model_version), by="command line")
        self.say(f"{version} is live.")
        self.report(version_document(version))
