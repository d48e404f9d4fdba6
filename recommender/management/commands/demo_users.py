"""Make one user a role, for a look around. Refused in production."""

from typing import Any

from recommender.management.output import ReportingCommand
from recommender.services import demo_users


class Command(ReportingCommand):
    """`demo_users`: safe to run again."""

    help = "Make one user a role with a known password, for a look around; not in production."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them and print their log-ins."""
        del args, options
        made = demo_users.create(by="command line")
        self.report(
            {
                "users": [
                    {"username": user.username, "password": user.password, "role": _role(user)}
                    for user in made
                ]
            }
        )
        self.table(
            "Demo log-ins",
            ("user", "password", "role"),
            [(user.username, user.password, _role(user)) for user in made],
        )


def _role(user: demo_users.DemoUser) -> str:
    return ", ".join(sorted(user.roles)) or "administrator"
