"""People to log in as on a machine that isn't in production; everybody knows their passwords."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from recommender.exceptions import Refused
from recommender.services import access
from recommender.services.access import Role


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A log-in that is printed on the screen."""

    username: str
    password: str
    roles: frozenset[Role]
    is_superuser: bool = False


DEMO_USERS = (
    DemoUser("admin", "demo-admin", frozenset(), is_superuser=True),
    DemoUser("dataset-admin", "demo-dataset-admin", frozenset({Role.DATASET_ADMIN})),
    DemoUser("clinician", "demo-clinician", frozenset({Role.CLINICIAN})),
    DemoUser("auditor", "demo-auditor", frozenset({Role.AUDITOR})),
    DemoUser("ehr-client", "demo-ehr-client", frozenset({Role.EHR_CLIENT})),
)


@transaction.atomic
def create(*, by: str) -> tuple[DemoUser, ...]:
    """Make those that aren't there yet; those that are stay as they were left."""
    if settings.PRODUCTION:
        raise Refused("Demo users have passwords that everybody knows: not in production.")
    for demo in DEMO_USERS:
        _create(demo, by=by)
    return DEMO_USERS


def _create(demo: DemoUser, *, by: str) -> None:
    user, created = User.objects.get_or_create(
        username=demo.username,
        defaults={
            # Whoever works with data or the audit chain has a desk in the admin.
            "is_staff": not demo.roles.isdisjoint({Role.DATASET_ADMIN, Role.AUDITOR})
            or demo.is_superuser,
            "is_superuser": demo.is_superuser,
        },
    )
    if not created:
        return
    user.set_password(demo.password)
    user.save(update_fields=["password"])
    if demo.roles:
        access.grant_roles(user=user, roles=demo.roles, by=by)
