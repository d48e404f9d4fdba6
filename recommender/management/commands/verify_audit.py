"""Walk the audit chain and say whether it was tampered with."""

import sys
from typing import Any, NoReturn

from django.core.management.base import CommandParser

from recommender.exceptions import AuditChainBroken
from recommender.management.output import ReportingCommand
from recommender.services import audit
from recommender.services.audit import ChainState


class Command(ReportingCommand):
    """`verify_audit`: exit 0 and the head of an intact chain, or 3 and the first broken link."""

    help = "Recompute every hash of the audit chain; exit 3 at the first broken link."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--expect`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--expect",
            metavar="NUMBER:HASH",
            help="a head that was printed before and kept elsewhere; shows a cut-off tail too",
        )

    def handle(self, *_: Any, expect: str | None = None, **__: Any) -> None:
        """Walk the chain, and print its head or where it breaks."""
        expected = audit.ChainHead.parse(expect) if expect else None
        with self.progress("Walking the audit chain"):
            state = audit.verify(expected=expected)
        if not state.intact:
            self._refuse(state)
        self.report(_as_document(state))
        self.say(f"The audit chain is intact: {state.events:,} events.")
        self.say(f"Head {state.head}")
        if expected is None:
            self.say("Keep the head elsewhere and give it back with --expect: without it, events")
            self.say("cut off the end of the chain can't be noticed.")

    def _refuse(self, state: ChainState) -> NoReturn:
        if self._json:
            self.report(_as_document(state))
            sys.exit(AuditChainBroken.exit_code)
        raise AuditChainBroken(
            f"The audit chain is broken at event {state.broken_at}: {state.problem}. "
            f"The {state.events:,} events before it hold. Keep the database as it is and "
            "compare it with a backup."
        )


def _as_document(state: ChainState) -> dict[str, Any]:
    return {
        "intact": state.intact,
        "events": state.events,
        "head": str(state.head),
        "broken_at": state.broken_at,
        "problem": state.problem,
    }
