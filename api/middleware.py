"""What happens to every request, whatever it asks for: an id, a log line, a problem document."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

from api import errors, metrics
from api.authentication import Caller

GetResponse = Callable[[HttpRequest], HttpResponse]

REQUEST_ID = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Pages for people keep their own errors; everywhere else a program reads the answer.
OWN_ANSWERS = (errors.CONTENT_TYPE, "application/json")
PAGES = ("/admin/", "/login/", "/static/", "/review/", "/ask/", "/try/", "/ehr/", "/smart/")
PROGRAMS = ("/api/", "/livez", "/readyz", "/metrics")
# A published standard says how errors look there.
BY_STANDARD = ("/cds-services", "/oauth/", "/.well-known/")

logger = logging.getLogger("api.requests")


def request_log(get_response: GetResponse) -> GetResponse:
    """Give every request an id and exactly one log line; count it."""

    def logged(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        # An exception's line, which Django writes, is found by it.
        request.request_id = request_id  # type: ignore[attr-defined]
        response = get_response(request)
        response.headers[REQUEST_ID] = request_id
        seconds = time.perf_counter() - started
        method = request.method if request.method in KNOWN_METHODS else "other"
        route = route_of(request)
        metrics.count_request(
            method=method, route=route, status=response.status_code, seconds=seconds
        )
        logger.info(
            "request",
            extra={
                "request_id": request_id,
                "method": method,
                "route": route,
                "status": response.status_code,
                "ms": round(seconds * 1000, 2),
                "role": role_of(request),
            },
        )
        return response

    return logged


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(request: HttpRequest) -> str:
    """The template of the address, such as `api/v1/datasets/<int:pk>/`; never what stood in it."""
    if request.resolver_match is not None:
        return request.resolver_match.route
    return "static" if request.path_info.startswith("/static/") else "unknown"


def role_of(request: HttpRequest) -> str:
    """What the sender was recognised as, without a name."""
    caller = getattr(request, "auth", None)
    if isinstance(caller, Caller):
        return "+".join(sorted(caller.roles)) or "none"
    return "anonymous"


def is_page(request: HttpRequest) -> bool:
    """Whether a person reads the answer: on a page, or at an unknown address in a browser."""
    if request.path_info.startswith(PAGES):
        return True
    for_programs = request.path_info.startswith((*PROGRAMS, *BY_STANDARD))
    return not for_programs and "text/html" in request.headers.get("Accept", "")


def problem_documents(get_response: GetResponse) -> GetResponse:
    """Whatever failed on the way to a program's address is told as a problem document."""

    def answered(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.answer(errors.MALFORMED, "Leave out the character NUL.")
        response = get_response(request)
        if (
            response.status_code < 400
            or is_page(request)
            or request.path_info.startswith(BY_STANDARD)
        ):
            return response
        if response.headers.get("Content-Type", "").startswith(OWN_ANSWERS):
            return response
        problem = errors.answer(errors.BY_STATUS.get(response.status_code, errors.MALFORMED))
        problem.status_code = response.status_code
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                problem.headers[name] = response.headers[name]
        return problem

    return answered


# The admin's theme evaluates expressions in its pages; nothing else here may.
_ADMIN_POLICY = {"script-src": ["'unsafe-eval'"]}


def content_policy(get_response: GetResponse) -> GetResponse:
    """Say what a page may load: the admin's what their theme needs, a view's own where it has one.

    Nearly every answer has one of two policies, so they aren't spelt anew for each.
    """
    ours, desks = build_policy(), build_policy(update=_ADMIN_POLICY)

    def answered(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.DEBUG and response.status_code in {404, 500}:
            return response  # Django's own pages for developers
        is_desk = request.path_info.startswith("/admin/")
        policy = desks if is_desk else ours
        if (own := getattr(response, "_csp_config", None)) is not None:
            policy = build_policy(config=own, update=_ADMIN_POLICY if is_desk else None)
        response.headers.setdefault(HEADER, policy)
        return response

    return answered


# What the desk's theme brings along is five times smaller on the wire when it's compressed.
COMPRESSED = ("/admin/", "/static/")


def compressed(get_response: GetResponse) -> GetResponse:
    """Compress the desk's pages and the files of all pages; programs' answers stay as they are."""
    compress = GZipMiddleware(get_response)

    def answered(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(COMPRESSED):
            return compress(request)  # type: ignore[return-value]
        return get_response(request)

    return answered
