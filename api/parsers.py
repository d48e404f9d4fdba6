"""Bodies from the wire: read within limits, and never repeated in an error."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import orjson
from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser

from api.errors import MALFORMED, TOO_LARGE, HttpError
from recommender.exceptions import BadInput

MAX_DEPTH = 16
T = TypeVar("T")

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
# msgspec repeats what was sent in these; the rest of its sentences speak of types and limits.
_REPEATS = (
    ("Invalid enum value", "This isn't one of the accepted words."),
    ("Invalid value", "This isn't one of the accepted words."),
    ("Object contains unknown field", "There is a field here that isn't known."),
)


def bytes_of(stream: HttpRequest | Any) -> bytes:  # noqa: ANN401
    """The whole body, if it isn't larger than `MAX_BODY_BYTES`."""
    limit: int = settings.MAX_BODY_BYTES
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise HttpError(TOO_LARGE, f"Send at most {limit} bytes.")
    # PostgreSQL's text can't hold the character NUL, and no code or sentence needs it.
    if b"\\u0000" in body:
        raise HttpError(MALFORMED, "Leave out the character NUL.")
    return body


def decode(body: object, kind: type[T]) -> T:
    """The body as a msgspec type; what is wrong is told by its field path, never its value."""
    if not isinstance(body, bytes):  # the framework's stand-in for no body at all
        raise HttpError(MALFORMED, "Send a JSON body.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _bad_input(str(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise HttpError(MALFORMED, "The body isn't JSON.") from None


def _bad_input(sentence: str) -> BadInput:
    found = _PLACE.match(sentence)
    what, path = (found["what"], found["path"]) if found else (sentence, None)
    for start, instead in _REPEATS:
        if what.startswith(start):
            what = instead
    return BadInput(what, field=path or None)


class RawJsonParser(BaseParser):
    """application/json left as bytes, for a view that decodes them by type itself."""

    media_type = "application/json"

    def parse(  # type: ignore[override]
        self,
        stream: Any,  # noqa: ANN401
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The body's bytes."""
        del media_type, parser_context
        return bytes_of(stream)


class JsonParser(BaseParser):
    """application/json as an object, not nested too deeply."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,  # noqa: ANN401
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The body's object."""
        del media_type, parser_context
        try:
            value = orjson.loads(bytes_of(stream))
        except orjson.JSONDecodeError:
            raise HttpError(MALFORMED, "The body isn't JSON.") from None
        if not isinstance(value, dict):
            raise HttpError(MALFORMED, "Send a JSON object.")
        if is_deeper_than(value, MAX_DEPTH):
            raise HttpError(MALFORMED, f"Nest at most {MAX_DEPTH} levels.")
        return value


def is_deeper_than(value: object, levels: int) -> bool:
    """Whether objects and lists are nested more than so many levels."""
    layer = [value]
    for _ in range(levels + 1):
        layer = [
            child
            for node in layer
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not layer:
            return False
    return True
