"""`Idempotency-Key`: a POST that is sent again gets its first answer again, for a day."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.errors import BAD_INPUT, IN_PROGRESS, KEY_REUSED, HttpError
from api.renderers import to_json
from recommender.services import idempotency
from recommender.services.idempotency import Answer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
WAIT_SECONDS = 10

_IN_META = "HTTP_IDEMPOTENCY_KEY"  # where all headers needn't be read for the one
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
P = ParamSpec("P")
Handler = Callable[Concatenate[Any, Request, P], HttpResponse]


def idempotent(handler: Handler[P]) -> Handler[P]:
    """Honour the key on a view's `post`. A request that fails doesn't use the key up."""

    @wraps(handler)
    def answer_once(
        view: APIView, request: Request, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        key = request.META.get(_IN_META)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise HttpError(
                BAD_INPUT, "Give a key of 1 to 100 visible ASCII characters.", field=HEADER
            )
        digest = digest_of(request)
        with transaction.atomic():
            earlier = _claim(request, key, digest)
            if earlier is not None:
                return _replay(earlier, digest)
            response = handler(view, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
                return response
            idempotency.keep(
                actor=request.user.username, key=key, answer=_answer_in(response, digest)
            )
        return response

    answer_once.honours_idempotency_key = True  # type: ignore[attr-defined]
    return answer_once


def digest_of(request: Request) -> str:
    """SHA-256 of method, address and body; of a form, its fields and its files' content."""
    seal = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if isinstance(request.data, bytes):
        seal.update(request.data)
    elif request.FILES:
        for name, values in sorted(request.POST.lists()):
            seal.update(to_json([name, values]))
        for name, file in sorted(request.FILES.items()):
            seal.update(to_json([name, file.name, _file_digest(file)]))
    else:
        seal.update(to_json(request.data))
    return seal.hexdigest()


def _file_digest(file: "UploadedFile[bytes]") -> str:
    seal = hashlib.sha256()
    for chunk in file.chunks():
        seal.update(chunk)
    file.seek(0)
    return seal.hexdigest()


def _claim(request: Request, key: str, digest: str) -> Answer | None:
    try:
        return idempotency.claim(
            actor=request.user.username, key=key, request_digest=digest, wait_seconds=WAIT_SECONDS
        )
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == "55P03":  # lock not available
            raise HttpError(IN_PROGRESS) from None
        raise


def _replay(earlier: Answer, digest: str) -> HttpResponse:
    if earlier.request_digest != digest:
        raise HttpError(KEY_REUSED, field=HEADER)
    response = HttpResponse(earlier.body, status=earlier.status, content_type="application/json")
    if earlier.location:
        response["Location"] = earlier.location
    response[REPLAYED] = "true"
    return response


def _answer_in(response: HttpResponse, digest: str) -> Answer:
    body = to_json(response.data) if isinstance(response, Response) else response.content
    return Answer(digest, response.status_code, response.headers.get("Location", ""), body)
