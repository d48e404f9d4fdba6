"""Who may begin an upload: asked before a large body is read, and again in full when it's whole."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, close_old_connections
from django.http import parse_cookie
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from api import errors
from api.authentication import caller_of
from api.bodies import UPLOADS
from api.errors import Kind
from api.permissions import may

Headers = Iterable[tuple[bytes, bytes]]


def refusal_of_upload(path: str, headers: Headers) -> Kind | None:
    """Why the upload isn't even read, or None. A token needs the role; a session has to exist."""
    close_old_connections()
    texts = {name: value.decode("latin1") for name, value in headers}
    try:
        recognised = caller_of(texts.get(b"authorization", ""))
        if recognised is not None:
            allowed = may(recognised[1].roles, UPLOADS[path], "POST")
            return None if allowed else errors.FORBIDDEN
        return None if _has_session(texts.get(b"cookie", "")) else errors.NOT_AUTHENTICATED
    except AuthenticationFailed:
        return errors.NOT_AUTHENTICATED
    except OperationalError:
        return errors.UNAVAILABLE


def _has_session(cookies: str) -> bool:
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    return (
        bool(key)
        and Session.objects.filter(session_key=key, expire_date__gt=timezone.now()).exists()
    )
