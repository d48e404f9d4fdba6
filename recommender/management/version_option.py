"""`--version` as the product means it: a model version, not Django's."""

from typing import Any

from django.core.management.base import CommandParser

from recommender.management.output import ReportingCommand


class VersionCommand(ReportingCommand):
    """A command whose `--version` names a model version, as `model_version` in its options."""

    version_required = True

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:  # noqa: ANN401 - Django's own
        """Let our `--version` take the place of Django's."""
        options["conflict_handler"] = "resolve"
        return super().create_parser(prog_name, subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--version`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--version",
            dest="model_version",
            required=self.version_required,
            metavar="ID",
            help="the version's id, or PATHWAY/NUMBER, or `live`",
        )
