"""Requests in the shape that real clients send them, tolerant and hostile, and what they get.

`recorded.json` has them with made-up content: the specification's example, a browser sandbox, two
platforms, EHRs with failed queries, a client of the next version, and two attacks.
"""

import json
from pathlib import Path

import pytest

from recommender import models

pytestmark = pytest.mark.django_db
RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())


@pytest.fixture(autouse=True)
def insomnia(live_version):
    models.ConceptRecord.objects.update_or_create(
        pathway=None,
        kind="symptom",
        code="insomnia",
        defaults={"codes": {"snomed_ct": "193462001"}},
    )


@pytest.mark.parametrize("one", RECORDED, ids=[each["client"] for each in RECORDED])
def test_what_real_clients_send_gets_its_answer(ehr, one):
    response = ehr.post(f"/cds-services/{one['body']['hook']}-depression", one["body"])

    assert response.status_code == one["status"], response.content
    if one["status"] == 200:
        assert bool(response.json()["cards"]) == one["cards"]
    else:
        assert response.json()["resourceType"] == "OperationOutcome"
