"""Answers as JSON, written by orjson."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList


def _plain(value: object) -> Any:  # noqa: ANN401
    """What orjson doesn't know by itself."""
    if isinstance(value, ReturnDict | Mapping):
        return dict(value)
    if isinstance(value, ReturnList | tuple | set | frozenset):
        return list(value)
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "__str__") and type(value).__module__.startswith("django.utils"):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def to_json(value: object) -> bytes:
    """The bytes of an answer; a number that JSON doesn't have (NaN) becomes null."""
    return orjson.dumps(value, default=_plain)


class JsonRenderer(BaseRenderer):
    """application/json, and what accepts anything."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The answer's bytes; empty for an answer without a body."""
        del accepted_media_type, renderer_context
        return b"" if data is None else to_json(data)
