"""What the docs say of the API and of operating it is what is there."""

import re
from pathlib import Path

from prometheus_client.registry import REGISTRY

from api import errors, metrics
from recommender import exceptions
from recommender.services.access import Role

DOCS = Path(__file__).parents[2] / "docs"
REST = (DOCS / "integrating-by-rest.md").read_text(encoding="utf-8")
OPERATING = (DOCS / "operating.md").read_text(encoding="utf-8")
# They end commands, never requests.
NOT_ON_THE_WIRE = {
    "error",
    "audit-chain-broken",
    "lease-lost",
    "training-failed",
    "search-failed",
    "not-trusted",
}


def test_every_problem_code_is_named():
    kinds = {value.code for value in vars(errors).values() if isinstance(value, errors.Kind)}
    ours = {
        value.code
        for value in vars(exceptions).values()
        if isinstance(value, type) and issubclass(value, exceptions.RecommenderError)
    }

    missing = {code for code in (kinds | ours) - NOT_ON_THE_WIRE if f"`{code}`" not in REST}

    assert missing == set()


def test_every_metric_is_named_with_its_labels():
    counted = [family for family in REGISTRY.collect() if family.name.startswith("recommender_")]
    assert counted
    assert metrics.REQUESTS
    for family in counted:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        row = next(line for line in OPERATING.splitlines() if f"`{name}`" in line)
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert all(f"`{label}`" in row for label in labels), name


def test_every_role_is_named():
    assert all(f"`{role}`" in REST for role in Role)


def test_the_limits_in_the_table_are_the_settings():
    named = set(re.findall(r"^\| `([A-Z_]+)` \| ", OPERATING, re.MULTILINE))

    assert named >= {"MAX_BODY_BYTES", "BODY_SECONDS", "MAX_UPLOAD_BYTES", "THROTTLE_PER_MINUTE"}
