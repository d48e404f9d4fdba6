"""Requests as EHRs send them."""

import uuid

PATH = "/cds-services/patient-view-depression"
SYSTEM = "http://snomed.info/sct"


def condition(code):
    return {
        "resource": {
            "resourceType": "Condition",
            "id": "MARKED-condition",
            "subject": {"reference": "Patient/MARKED-patient", "display": "MARKED Name"},
            "text": {"status": "generated", "div": "<div>MARKED narrative</div>"},
            "code": {"coding": [{"system": SYSTEM, "code": code}], "text": "MARKED words"},
        }
    }


def bundle(*codes):
    return {"resourceType": "Bundle", "type": "searchset", "entry": [condition(c) for c in codes]}


def patient_view(*codes, **changes):
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid4()),
        "fhirServer": "https://fhir.MARKED.example",
        "fhirAuthorization": {
            "access_token": "MARKED-token",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "user/Observation.rs",
            "subject": "x",
        },
        "context": {"userId": "Practitioner/MARKED-user", "patientId": "MARKED-patient"},
        "prefetch": {"conditions": bundle(*codes), "observations": None},
        **changes,
    }
