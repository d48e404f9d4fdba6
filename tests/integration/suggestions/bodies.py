"""Requests of a few named cases."""

from copy import deepcopy
from typing import Any

ADDRESS = "/api/v1/suggestions/"

SLEEPLESS: dict[str, Any] = {
    "pathway": "depression",
    "case": {
        "findings": [
            {"kind": "symptom", "code": "insomnia", "value": 3},
            {"kind": "symptom", "code": "worry", "value": 0},
        ]
    },
}


def sleepless(*, findings=(), responses=(), **body):
    """The sleepless case, with these findings and therapies tried beside."""
    request = {**deepcopy(SLEEPLESS), **body}
    request["case"]["findings"] += findings
    request["case"]["responses"] = list(responses)
    return request
