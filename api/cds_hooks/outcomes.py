"""Errors as a FHIR OperationOutcome, as CDS Hooks has them."""

import orjson
from django.http import HttpResponse

CONTENT_TYPE = "application/fhir+json"


def outcome(status: int, code: str, text: str) -> HttpResponse:
    """An error as a FHIR OperationOutcome."""
    issue = {"severity": "error", "code": code, "diagnostics": text}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE)
