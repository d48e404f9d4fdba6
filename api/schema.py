"""The OpenAPI document: what the views don't say by themselves."""

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api import errors, idempotency

Document = dict[str, Any]

PROBLEM = "Problem"
_STATUSES = {
    "get": (400, 401, 403, 404, 429, 503),
    "post": (400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    "delete": (400, 401, 403, 404, 409, 429, 503),
    "patch": (400, 401, 403, 404, 409, 413, 415, 429, 503),
}
_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_COMPLAINT = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {"field": _TEXT_OR_NULL, "code": _TEXT, "message": _TEXT},
}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong, by a stable code, and what to do (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "field", "remedy", "errors"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": _TEXT,
        "detail": _TEXT,
        "field": {**_TEXT_OR_NULL, "description": "Where in the request, such as `datasets[0]`."},
        "remedy": _TEXT,
        "errors": {"type": "array", "items": _COMPLAINT},
    },
}

# msgspec types that a view reads or answers with, by the name of their component.
_structs: dict[str, Any] = {}


def described(kind: type[Any]) -> Document:
    """A reference to a msgspec type, for `extend_schema(request=…)` or `responses=…`."""
    _structs[kind.__name__] = kind
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


class Schema(AutoSchema):
    """Adds the idempotency key where it's honoured."""

    def get_override_parameters(self) -> list[Any]:
        """The view's own parameters and the key."""
        parameters = list(super().get_override_parameters())
        handler = getattr(self.view, self.method.lower(), None)
        if hasattr(handler, "honours_idempotency_key"):
            parameters.append(_KEY)
        return parameters


_KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Sent again with the same request, the first answer is given again, for a day.",
    pattern=r"^[\x21-\x7e]{1,100}$",
)


class _Token(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Document:
        del auto_schema
        return {"type": "http", "scheme": "bearer"}


class _Session(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> Document:
        del auto_schema
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def add_problems(result: Document, **_: Any) -> Document:  # noqa: ANN401
    """Give every operation its problem documents, and the msgspec types their components."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas[PROBLEM] = _PROBLEM
    references = "#/components/schemas/{name}"
    schemas.update(msgspec.json.schema_components(_structs.values(), ref_template=references)[1])
    content = {errors.CONTENT_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status in _STATUSES.get(method, ()):
                operation["responses"].setdefault(
                    str(status),
                    {"description": errors.BY_STATUS[status].title, "content": content},
                )
    return result
