"""Every error as a problem document (RFC 9457) with a stable code, the field and the remedy."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.core import exceptions as django_exceptions
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as rest_exceptions

from recommender import exceptions

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one field of a request; never its value."""

    field: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What all problems of a status or code share."""

    status: int
    code: str
    title: str
    remedy: str


class HttpError(Exception):
    """A problem that only the protocol knows, such as a body that is too large."""

    def __init__(self, kind: Kind, detail: str = "", *, field: str | None = None) -> None:
        super().__init__(detail or kind.title)
        self.kind = kind
        self.detail = detail or kind.title
        self.field = field


_RETRY = "Try again in a few seconds; if it stays, tell the operator."

BAD_INPUT = Kind(400, "bad-input", "The request can't be used.", "Correct it and send it again.")
MALFORMED = Kind(
    400, "malformed-body", "The body can't be read.", "Send a body as /api/docs/ describes it."
)
NOT_AUTHENTICATED = Kind(
    401,
    "not-authenticated",
    "The request doesn't say who sends it.",
    "Send a valid API token as `Authorization: Bearer …`, or log in.",
)
FORBIDDEN = Kind(
    403, "forbidden", "Your role doesn't allow this.", "Ask an administrator for the role."
)
NOT_FOUND = Kind(404, "not-found", "There is nothing here.", "Check the address and the id.")
WRONG_METHOD = Kind(
    405, "method-not-allowed", "This address doesn't take that method.", "See the Allow header."
)
NOT_ACCEPTABLE = Kind(406, "not-acceptable", "The answer is JSON only.", "Accept application/json.")
TOO_SLOW = Kind(408, "request-timeout", "The body came too slowly.", "Send the whole body at once.")
CONFLICT = Kind(
    409, "refused", "A rule or the present state forbids this.", "Read the detail, then decide."
)
IN_PROGRESS = Kind(
    409,
    "request-in-progress",
    "A request with this Idempotency-Key is still being worked on.",
    _RETRY,
)
TOO_LARGE = Kind(413, "too-large", "The body is too large.", "Send less at a time.")
WRONG_MEDIA_TYPE = Kind(
    415,
    "unsupported-media-type",
    "The body is of a kind that isn't read here.",
    "Send the Content-Type that /api/docs/ names.",
)
KEY_REUSED = Kind(
    422,
    "idempotency-key-reused",
    "This Idempotency-Key came with another request before.",
    "Use a new key for a new request.",
)
THROTTLED = Kind(429, "throttled", "Too many requests.", "Wait as Retry-After says.")
INTERNAL = Kind(
    500,
    "internal-error",
    "Something failed here.",
    "Tell the operator the X-Request-ID of this answer.",
)
UNAVAILABLE = Kind(503, "out-of-reach", "A service that this needs doesn't answer.", _RETRY)
BUSY = Kind(503, "busy", "The server has more to do than it can.", _RETRY)

BY_STATUS = {
    kind.status: kind
    for kind in (
        BAD_INPUT, NOT_AUTHENTICATED, FORBIDDEN, NOT_FOUND, WRONG_METHOD, NOT_ACCEPTABLE, TOO_SLOW,
        CONFLICT, TOO_LARGE, WRONG_MEDIA_TYPE, KEY_REUSED, THROTTLED, INTERNAL, UNAVAILABLE,
    )
}  # fmt: skip

# From the special to the general: the first that fits tells the status.
STATUS_OF: tuple[tuple[type[exceptions.RecommenderError], int], ...] = (
    (exceptions.UnknownName, 404),
    (exceptions.BadInput, 400),
    (exceptions.NoLiveVersion, 503),
    (exceptions.CorruptArtifact, 503),
    (exceptions.NoSafetyRules, 503),
    (exceptions.OutOfReach, 503),
    (exceptions.Refused, 409),
    (exceptions.Cancelled, 409),
    (exceptions.RecommenderError, 500),
)
REMEDY_OF = {
    exceptions.NoLiveVersion.code: "Train and promote a model version for this pathway.",
    exceptions.CorruptArtifact.code: "Roll the pathway back, or train and promote again.",
    exceptions.NoSafetyRules.code: "Load the catalogue: manage.py load_catalogue.",
    exceptions.RefusedImport.code: "Correct the file as `errors` says and hand it in again.",
    exceptions.GateNotPassed.code: "Read the version's evaluation; train on more or better data.",
}

# The framework's own sentences for these repeat what was sent, which may be a case's.
_SENTENCES = {
    "invalid_choice": "This isn't one of the accepted words.",
    "does_not_exist": "There is no such object.",
    "not_a_list": "Give a list.",
    "not_a_dict": "Give an object.",
    "incorrect_type": "This is of the wrong type.",
    "invalid": "This isn't valid here.",
    "datetime": "Give a time such as 2026-01-31T12:00:00Z.",
}

# From the special to the general, too.
_FOREIGN: tuple[tuple[type[Exception], Kind], ...] = (
    (Http404, NOT_FOUND),
    (django_exceptions.ObjectDoesNotExist, NOT_FOUND),
    (django_exceptions.PermissionDenied, FORBIDDEN),
    (django_exceptions.RequestDataTooBig, TOO_LARGE),
    (django_exceptions.TooManyFieldsSent, TOO_LARGE),
    (django_exceptions.TooManyFilesSent, TOO_LARGE),
    (django_exceptions.SuspiciousOperation, MALFORMED),
    (django_exceptions.BadRequest, MALFORMED),
    (django_exceptions.ValidationError, BAD_INPUT),
    (OperationalError, UNAVAILABLE),
    (InterfaceError, UNAVAILABLE),
)


def answer(
    kind: Kind,
    detail: str = "",
    *,
    field: str | None = None,
    complaints: tuple[Complaint, ...] = (),
    retry_after: int | None = None,
) -> HttpResponse:
    """The problem document as a response."""
    body = {
        "type": "about:blank",
        "title": kind.title,
        "status": kind.status,
        "code": kind.code,
        "detail": detail or kind.title,
        "field": field,
        "remedy": kind.remedy,
        "errors": [asdict(complaint) for complaint in complaints],
    }
    response = HttpResponse(orjson.dumps(body), content_type=CONTENT_TYPE, status=kind.status)
    if kind.status == NOT_AUTHENTICATED.status:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    if retry_after is None and kind.status == UNAVAILABLE.status:
        retry_after = RETRY_SECONDS
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """What an exception in a view is answered with; None hands it to the 500 page."""
    del context
    return answer_to(error)


def answer_to(error: Exception) -> HttpResponse | None:
    """The problem an exception stands for, or None when nobody expected it."""
    if isinstance(error, exceptions.RecommenderError):
        return _answer_to_ours(error)
    if isinstance(error, HttpError):
        return answer(error.kind, error.detail, field=error.field)
    if isinstance(error, rest_exceptions.ValidationError):
        complaints = tuple(_complaints(error.get_full_details()))
        first = complaints[0] if complaints else Complaint(None, "invalid", "")
        return answer(BAD_INPUT, first.message, field=first.field, complaints=complaints)
    if isinstance(error, rest_exceptions.APIException):
        return _answer_to_framework(error)
    for foreign, kind in _FOREIGN:
        if isinstance(error, foreign):
            return answer(kind)
    return None


def _answer_to_ours(error: exceptions.RecommenderError) -> HttpResponse:
    status = next(status for kind, status in STATUS_OF if isinstance(error, kind))
    shared = BY_STATUS[status]
    kind = Kind(status, error.code, shared.title, REMEDY_OF.get(error.code, shared.remedy))
    if isinstance(error, exceptions.RefusedImport):
        return answer(kind, "The data set was refused.", complaints=_import_complaints(error))
    field = error.field if isinstance(error, exceptions.BadInput) else None
    complaints = (Complaint(field, error.code, str(error)),) if field else ()
    return answer(kind, str(error), field=field, complaints=complaints)


def _import_complaints(error: exceptions.RefusedImport) -> tuple[Complaint, ...]:
    return tuple(Complaint(problem.field, problem.code, str(problem)) for problem in error.problems)


def _answer_to_framework(error: rest_exceptions.APIException) -> HttpResponse:
    if isinstance(error, rest_exceptions.ParseError):
        return answer(MALFORMED)
    kind = BY_STATUS.get(error.status_code, INTERNAL)
    wait = getattr(error, "wait", None)
    return answer(kind, retry_after=None if wait is None else max(1, int(wait)))


def _complaints(details: Any, path: str = "") -> Iterator[Complaint]:  # noqa: ANN401
    """Flatten the framework's nested errors into field paths such as `datasets[0]`."""
    if isinstance(details, list):
        for place, detail in enumerate(details):
            is_leaf = isinstance(detail, dict) and {"message", "code"} == detail.keys()
            yield from _complaints(detail, path if is_leaf else f"{path}[{place}]")
    elif {"message", "code"} == details.keys():
        code = str(details["code"])
        yield Complaint(path or None, code, _SENTENCES.get(code, str(details["message"])))
    else:
        for name, detail in details.items():
            yield from _complaints(detail, _below(path, name))


def _below(path: str, name: str | int) -> str:
    if name == "non_field_errors":
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 400 page."""
    del request
    return answer_to(exception) or answer(MALFORMED)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 403 page."""
    del request, exception
    return answer(FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page."""
    del request, exception
    return answer(NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page."""
    del request
    return answer(INTERNAL)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that didn't come from here."""
    del request, reason
    return answer(FORBIDDEN, "The CSRF token is missing or wrong. Load the page again.")
