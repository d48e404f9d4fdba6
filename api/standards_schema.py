"""The OpenAPI document of the addresses that published standards define: CDS Hooks, SMART, health.

Their bodies are read tolerantly, so the schemas say what is needed and what is answered, and leave
room for whatever else a standard's later version brings.
"""

from typing import Any

from api.cds_hooks.catalogue import HOOKS, PREFETCH
from api.cds_hooks.requests import USERS
from recommender.services.cds_clients import ALGORITHMS
from recommender.services.oauth import ASSERTION, GRANT, SCOPES

Document = dict[str, Any]

JSON, FHIR, FORM = "application/json", "application/fhir+json", "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"
SIGNED = "signedCall"
_TEXT = {"type": "string"}
_WORDS = {"type": "string", "minLength": 1}
_URL = {"type": "string", "format": "uri"}
_UUID = {"type": "string", "format": "uuid"}
_ANY = {"type": "object"}
_CODING = {
    "type": "object",
    "required": ["system", "code"],
    "properties": {"system": _WORDS, "code": _WORDS, "display": _WORDS},
}


def _object(required: dict[str, Any], **optional: Any) -> Document:  # noqa: ANN401
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
    }


def _list(of: Document, **more: Any) -> Document:  # noqa: ANN401
    return {"type": "array", "items": of, **more}


_ACTION = _object({"type": {"const": "create"}, "description": _WORDS, "resource": _ANY})
_SUGGESTION = _object(
    {"uuid": _UUID, "label": _WORDS, "actions": _list(_ACTION, minItems=1, maxItems=1)}
)
_LINK = _object(
    {"label": _WORDS, "url": _URL, "type": {"enum": ["absolute", "smart"]}}, appContext=_UUID
)
_CARD = _object(
    {
        "uuid": _UUID,
        "summary": {"type": "string", "minLength": 1, "maxLength": 139},
        "indicator": {"enum": ["info", "warning", "critical"]},
        "source": _object({"label": _WORDS, "url": _URL, "topic": _CODING}),
        "detail": {**_WORDS, "description": "GitHub-flavoured Markdown."},
    },
    suggestions=_list(_SUGGESTION, minItems=1, maxItems=5),
    selectionBehavior={"const": "at-most-one"},
    overrideReasons=_list(_CODING, minItems=1),
    links=_list(_LINK, minItems=1),
)
_SERVICE = _object(
    {
        "hook": {"enum": list(HOOKS)},
        "id": _WORDS,
        "title": _WORDS,
        "description": _WORDS,
        "prefetch": _object(dict.fromkeys(PREFETCH, _WORDS)),
        "usageRequirements": _WORDS,
    }
)
_CONTEXT = _object(
    {
        "userId": {
            **_TEXT,
            "pattern": rf"^({'|'.join(USERS)})/[A-Za-z0-9._-]{{1,64}}$",
            "description": "Of order hooks a practitioner only.",
        },
        "patientId": {**_TEXT, "pattern": r"^[A-Za-z0-9.-]{1,64}$"},
    },
    encounterId=_TEXT,
    selections=_list(_TEXT),
    draftOrders={**_ANY, "description": "A Bundle; of order hooks, where it's required."},
)
_AUTHORIZATION = _object(
    {"access_token": _TEXT}, token_type=_TEXT, expires_in={"type": "integer"}, scope=_TEXT
)
_ENTRY = _object(
    {"card": _UUID, "outcome": {"enum": ["accepted", "overridden"]}},
    acceptedSuggestions=_list(_object({"id": _UUID})),
    overrideReason=_object({}, reason=_CODING, userComment=_TEXT),
    outcomeTimestamp=_TEXT,
)

SCHEMAS: Document = {
    "CdsServices": _object({"services": _list(_SERVICE)}),
    "CdsRequest": _object(
        {"hook": {"enum": list(HOOKS)}, "hookInstance": _UUID, "context": _CONTEXT},
        fhirServer=_URL,
        fhirAuthorization={"anyOf": [_AUTHORIZATION, {"type": "null"}]},
        prefetch={
            "type": ["object", "null"],
            "description": "By the keys of the discovery; there `null` is no data.",
        },
    ),
    "CdsCards": {
        **_object({"cards": _list(_CARD)}),
        "additionalProperties": False,  # no systemActions, ever
    },
    "CdsFeedback": _object({"feedback": _list(_ENTRY, minItems=1)}),
    "OperationOutcome": _object(
        {
            "resourceType": {"const": "OperationOutcome"},
            "issue": _list(
                _object({"severity": {"const": "error"}, "code": _WORDS, "diagnostics": _WORDS}),
                minItems=1,
            ),
        }
    ),
    "TokenRequest": _object(
        {
            "grant_type": {"const": GRANT},
            "client_assertion_type": {"const": ASSERTION},
            "client_assertion": {**_TEXT, "description": "A JWT signed by a registered key."},
            "scope": {**_TEXT, "examples": list(SCOPES)},
        }
    ),
    "TokenAnswer": _object(
        {
            "access_token": _WORDS,
            "token_type": {"const": "bearer"},
            "expires_in": {"type": "integer", "maximum": 300},
            "scope": _WORDS,
        }
    ),
    "TokenError": _object({"error": _WORDS}, error_description=_WORDS),
    "SmartConfiguration": _object(
        {
            "token_endpoint": _URL,
            "token_endpoint_auth_methods_supported": _list(_TEXT),
            "token_endpoint_auth_signing_alg_values_supported": _list({"enum": list(ALGORITHMS)}),
            "grant_types_supported": _list(_TEXT),
            "scopes_supported": _list(_TEXT),
            "code_challenge_methods_supported": _list({"const": "S256"}),
            "capabilities": _list(_TEXT),
        }
    ),
    "Alive": _object({"status": {"const": "alive"}}),
    "Ready": _object(
        {
            "status": {"enum": ["ready", "not ready"]},
            "checks": _ANY,
            "missing": _list(_TEXT),
            "pathways_without_live_version": _list(_TEXT),
        }
    ),
}


def _answer(description: str, schema: str = "", kind: str = JSON) -> Document:
    if not schema:
        return {"description": description}
    return {"description": description, "content": {kind: {"schema": _reference(schema)}}}


def _reference(schema: str) -> Document:
    return {"$ref": f"#/components/schemas/{schema}"}


def _body(schema: str, kind: str = JSON) -> Document:
    return {"required": True, "content": {kind: {"schema": _reference(schema)}}}


_OUTCOMES = {
    "400": "A member is missing or malformed; the diagnostics name it.",
    "404": "There is no such service for this client.",
    "413": "The body is too large.",
    "415": "The body isn't JSON.",
    "429": "More calls a minute than the client may make.",
    "503": "Something that the answer needs is out of reach.",
}


def _signed(answers: Document, *also: str, **more: Any) -> Document:  # noqa: ANN401
    """An operation of a registered client: the answers, and errors by the standard."""
    errors = {
        status: _answer(text, "OperationOutcome", FHIR)
        for status, text in {
            **_OUTCOMES,
            "409": "The list can't be decided on any more.",
            "412": "Data that the service can't do without neither came nor could be read.",
        }.items()
        if status in {"429", "503", *also}
    }
    unsigned = {"401": _answer("Not signed, or not as registered. Says nothing else.")}
    return {
        "tags": ["CDS Hooks"],
        "security": [{SIGNED: []}],
        **more,
        "responses": {**answers, **unsigned, **errors},
    }


def _page(description: str, **answers: str) -> Document:
    """An operation that answers a browser."""
    return {
        "tags": ["SMART"],
        "description": description,
        "responses": {status.removeprefix("_"): _shown(text) for status, text in answers.items()},
    }


def _shown(text: str) -> Document:
    """A page; an address that can't be read is told of as anywhere else."""
    kinds = {"text/html": {"schema": _TEXT}, PROBLEM: {"schema": _reference("Problem")}}
    return {"description": text, "content": kinds}


def _asked(*names: str) -> list[Document]:
    return [{"name": name, "in": "query", "schema": _TEXT} for name in names]


_SERVICE_ID = [{"name": "service", "in": "path", "required": True, "schema": _WORDS}]

PATHS: Document = {
    "/cds-services": {
        "get": _signed(
            {"200": _answer("What there is for this client.", "CdsServices")},
            operationId="cds_services",
        )
    },
    "/cds-services/{service}": {
        "post": _signed(
            {"200": _answer("The cards, none of them pre-selected.", "CdsCards")},
            *("400", "404", "412", "413", "415"),
            operationId="cds_service",
            parameters=_SERVICE_ID,
            requestBody=_body("CdsRequest"),
        ),
    },
    "/cds-services/{service}/feedback": {
        "post": _signed(
            {"200": _answer("Taken; the same again changes nothing.")},
            *("400", "404", "409", "413", "415"),
            operationId="cds_feedback",
            parameters=_SERVICE_ID,
            requestBody=_body("CdsFeedback"),
        ),
    },
    "/oauth/token": {
        "post": {
            "tags": ["SMART"],
            "operationId": "oauth_token",
            "requestBody": _body("TokenRequest", FORM),
            "security": [],
            "responses": {
                "200": _answer("A bearer token for the REST API.", "TokenAnswer"),
                "400": _answer("A fault, named as RFC 6749 does.", "TokenError"),
                "401": _answer("invalid_client: the assertion isn't accepted.", "TokenError"),
            },
        }
    },
    "/.well-known/smart-configuration": {
        "get": {
            "tags": ["SMART"],
            "operationId": "smart_configuration",
            "security": [],
            "responses": {"200": _answer("What there is of SMART.", "SmartConfiguration")},
        }
    },
    "/smart/launch": {
        "get": {
            **_page(
                "From an EHR (`launch`) or standalone, on to its authorisation server.",
                _302="To the EHR's authorisation server (PKCE S256, state, nonce, aud).",
                _400="This EHR isn't registered for launches.",
                _503="The EHR doesn't answer.",
            ),
            "operationId": "smart_launch",
            "parameters": _asked("iss", "launch"),
            "security": [],
        }
    },
    "/smart/callback": {
        "get": {
            **_page(
                "Back from the EHR's authorisation server.",
                _302="To the list that the card named, or the queue.",
                _400="The address can't be read.",
                _403="The EHR's answer isn't accepted.",
                _503="The EHR doesn't answer.",
            ),
            "operationId": "smart_callback",
            "parameters": _asked("code", "state"),
            "security": [],
        }
    },
    "/livez": {
        "get": {
            "tags": ["operations"],
            "operationId": "livez",
            "security": [],
            "responses": {"200": _answer("The process answers.", "Alive")},
        }
    },
    "/readyz": {
        "get": {
            "tags": ["operations"],
            "operationId": "readyz",
            "security": [],
            "responses": {
                "200": _answer("A suggestion could be asked for now.", "Ready"),
                "503": _answer("Something is missing; it is named.", "Ready"),
            },
        }
    },
    "/metrics": {
        "get": {
            "tags": ["operations"],
            "operationId": "metrics",
            "security": [],
            "responses": {
                "200": {
                    "description": "Prometheus's text.",
                    "content": {"text/plain": {"schema": _TEXT}},
                },
                "401": _answer("METRICS_TOKEN isn't sent.", "Problem", PROBLEM),
            },
        }
    },
}

SECURITY: Document = {
    SIGNED: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "One JWT a call, signed by a registered key (docs/integrating-an-ehr.md).",
    }
}


def add_standards(result: Document, **_: Any) -> Document:  # noqa: ANN401
    """Add these addresses to the document that is made from the REST API's views."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(SCHEMAS)
    components.setdefault("securitySchemes", {}).update(SECURITY)
    result["paths"] = {**result["paths"], **PATHS}
    return result
