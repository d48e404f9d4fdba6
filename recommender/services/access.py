"""Who may come in, and as what: roles, and the API tokens that stand for a user."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.services import audit

# A recognisable start lets secret scanners find a token that leaked into a repository.
TOKEN_PREFIX = "trk_"  # noqa: S105
_USERNAME = re.compile(r"[\w.@+-]{1,150}", re.ASCII)


class Role(StrEnum):
    """What somebody may do; each is a Django group of the same name."""

    CLINICIAN = "clinician"
    DATASET_ADMIN = "dataset_admin"
    AUDITOR = "auditor"
    EHR_CLIENT = "ehr_client"


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whom a token stands for, until when."""

    user: User
    token_id: int
    roles: frozenset[Role]
    expires: datetime | None
    scope: str = ""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: the record, and the secret that is never shown again."""

    token: models.ApiToken
    secret: str


def roles_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[Role]:
    """The user's roles by their groups; a superuser counts as a data set admin."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    names = user.groups.filter(name__in=list(Role)).values_list("name", flat=True)
    roles = {Role(name) for name in names}
    return frozenset(roles | {Role.DATASET_ADMIN} if user.is_superuser else roles)


def digest_of(secret: str) -> str:
    """What is stored of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def owner_of(digest: str) -> TokenOwner | None:
    """Whom the token with this digest stands for, or None when it's unknown, over or revoked."""
    token = (
        models.ApiToken.objects.select_related("user")
        .filter(digest=digest, revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if token is None or (token.expires is not None and token.expires <= timezone.now()):
        return None
    return TokenOwner(token.user, token.pk, roles_of(token.user), token.expires, token.scope)


@transaction.atomic
def grant_roles(*, user: User, roles: frozenset[Role], by: str) -> None:
    """Give the user exactly these roles; other groups are left alone."""
    user.groups.remove(*user.groups.filter(name__in=list(Role)))
    user.groups.add(*(Group.objects.get_or_create(name=role)[0] for role in sorted(roles)))
    audit.record(
        action="user.roles_granted", target=user.username, version=" ".join(sorted(roles)), by=by
    )


@transaction.atomic
def create_token(
    *, user: User, name: str, by: str, expires_in: timedelta | None = None, scope: str = ""
) -> NewToken:
    """A new token of the user. The secret can't be read again."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = models.ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        scope=scope,
        expires=timezone.now() + expires_in if expires_in else None,
    )
    audit.record(action="api_token.created", target=f"{user.username} {token.pk}", by=by)
    return NewToken(token, secret)


@transaction.atomic
def revoke_token(*, token: models.ApiToken, by: str) -> models.ApiToken:
    """Make the token worthless, at once for new processes and within seconds for running ones."""
    if token.revoked_at is not None:
        raise Refused("This token was revoked before; there's nothing left to do.")
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record(action="api_token.revoked", target=f"{token.user.username} {token.pk}", by=by)
    return token


@transaction.atomic
def create_client(
    *, name: str, roles: frozenset[Role], by: str, expires_in: timedelta | None = None
) -> NewToken:
    """A program's user without a password, and its token; an existing client gets a new token."""
    if not _USERNAME.fullmatch(name):
        raise BadInput(
            "Give the client a name of up to 150 letters, digits and . @ + - _.", field="name"
        )
    user, created = User.objects.get_or_create(username=name)
    if not created and user.has_usable_password():
        raise Refused("A person has this name. Choose another for the client.")
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    grant_roles(user=user, roles=roles, by=by)
    return create_token(user=user, name=name, by=by, expires_in=expires_in)


def forget_short_tokens() -> int:
    """Delete the short-lived tokens that ended a day ago or more; answers how many."""
    ended = timezone.now() - timedelta(days=1)
    deleted, _ = models.ApiToken.objects.exclude(scope="").filter(expires__lt=ended).delete()
    return deleted


def role_named(name: str) -> Role:
    """The role of that name, or an error that lists them."""
    try:
        return Role(name)
    except ValueError:
        raise UnknownName(f"No such role. Choose from: {', '.join(Role)}.", field="role") from None
