"""Register an EHR that may call the CDS Hooks services, or change one that is."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recommender.exceptions import BadInput
from recommender.management.output import ReportingCommand
from recommender.services import cds_clients

ACTOR = "command line"


class Command(ReportingCommand):
    """`register_cds_client "Ward EHR" --issuer https://ehr.example --keys jwks.json`."""

    help = "Register an EHR for the CDS Hooks services by its issuer and public keys."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who it is, what it signs with, where its browsers come from."""
        super().add_arguments(parser)
        parser.add_argument("name", help="what to call it; a known name is changed")
        parser.add_argument("--issuer", required=True, help="the `iss` of its tokens")
        parser.add_argument("--keys", type=Path, help="a JWK Set, public keys only")
        parser.add_argument("--jwks-url", default="", help="or the address where it publishes them")
        parser.add_argument(
            "--smart-client-id",
            default="",
            metavar="ID",
            help="our client id at its authorisation server, to launch from it",
        )
        parser.add_argument("--tenant", default="", help="the `tenant` of its tokens, if any")
        parser.add_argument(
            "--origin",
            action="append",
            default=[],
            dest="origins",
            metavar="ORIGIN",
            help="a web origin of its browser clients; give it again for more",
        )
        parser.add_argument(
            "--fhir-server",
            action="append",
            default=[],
            dest="fhir_servers",
            metavar="URL",
            help="a FHIR base address to read from what it didn't prefetch; again for more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Register it."""
        del args
        keys = _read(options["keys"]) if options["keys"] else None
        client = cds_clients.register(
            name=options["name"],
            issuer=options["issuer"],
            keys=keys,
            jwks_url=options["jwks_url"],
            smart_client_id=options["smart_client_id"],
            tenant=options["tenant"],
            origins=options["origins"],
            fhir_servers=options["fhir_servers"],
            by=ACTOR,
        )
        self.report({"client": client.name, "issuer": client.issuer})
        self.say(f"{client.name} may call /cds-services now, signing as {client.issuer}.")


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadInput("Give a file with a JWK Set in JSON.", field="keys") from None
