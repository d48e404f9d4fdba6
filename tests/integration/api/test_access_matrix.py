"""Every address × every role × none, and every method: the table says who may, nobody else can."""

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from api.permissions import ACCESS, PAGE_ACCESS, PUBLIC, SIGNED, may
from recommender.services.access import Role

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ARGUMENTS = {
    "service": {"string": "nowhere"},
    "pk": {"int": 1, "uuid": uuid.UUID(int=1)},
    "change": {"int": 1},
    "slug": {"slug": "nowhere"},
}

# The contract, written out by hand: what the table has to say.
CONTRACT = [
    ("v1:suggestions", "POST", {Role.CLINICIAN, Role.EHR_CLIENT}),
    ("v1:suggestion", "GET", {Role.CLINICIAN, Role.EHR_CLIENT}),
    ("v1:reviews", "POST", {Role.CLINICIAN}),
    ("v1:review-second", "POST", {Role.CLINICIAN}),
    ("v1:alerts", "GET", {Role.CLINICIAN}),
    ("v1:alert-acknowledge", "POST", {Role.CLINICIAN}),
    ("v1:datasets", "GET", {Role.DATASET_ADMIN}),
    ("v1:dataset-upload", "POST", {Role.DATASET_ADMIN}),
    ("v1:dataset-publish", "POST", {Role.DATASET_ADMIN}),
    ("v1:dataset-withdraw", "POST", {Role.DATASET_ADMIN}),
    ("v1:dataset-report", "GET", {Role.DATASET_ADMIN}),
    ("v1:training-runs", "GET", {Role.DATASET_ADMIN}),
    ("v1:training-runs", "POST", {Role.DATASET_ADMIN}),
    ("v1:training-run-cancel", "POST", {Role.DATASET_ADMIN}),
    ("v1:training-run-events", "GET", {Role.DATASET_ADMIN}),
    ("v1:model-versions", "GET", {Role.DATASET_ADMIN}),
    ("v1:model-version-promote", "POST", {Role.DATASET_ADMIN}),
    ("v1:model-version-roll-back", "POST", {Role.DATASET_ADMIN}),
    ("v1:model-version-evaluation", "GET", {Role.DATASET_ADMIN}),
    ("v1:model-version-report", "GET", {Role.DATASET_ADMIN}),
    ("v1:model-version-study", "POST", {Role.DATASET_ADMIN}),
    ("v1:therapies", "GET", set(Role)),
    ("v1:vocabulary", "GET", set(Role)),
    ("v1:instruments", "GET", set(Role)),
    ("v1:safety-rules", "GET", set(Role)),
    ("v1:pathways", "GET", set(Role)),
    ("v1:pathways", "POST", {Role.DATASET_ADMIN}),
    ("v1:therapies", "POST", {Role.DATASET_ADMIN}),
    ("v1:therapy", "PATCH", {Role.DATASET_ADMIN}),
    ("v1:vocabulary", "POST", {Role.DATASET_ADMIN}),
    ("v1:safety-rules", "POST", {Role.DATASET_ADMIN}),
    ("v1:safety-rule", "PATCH", {Role.DATASET_ADMIN}),
    ("v1:catalogue-versions", "GET", set(Role)),
    ("v1:catalogue-versions", "POST", {Role.DATASET_ADMIN}),
    ("v1:catalogue-version-sign", "POST", {Role.DATASET_ADMIN}),
    ("v1:catalogue-version-publish", "POST", {Role.DATASET_ADMIN}),
    ("v1:stops", "GET", set(Role)),
    ("v1:stops", "POST", {Role.DATASET_ADMIN}),
    ("v1:stop-lift", "POST", {Role.DATASET_ADMIN}),
    ("v1:audit-events", "GET", {Role.AUDITOR}),
]


def _addresses() -> dict[str, dict[str, object]]:
    """Every named address outside the admin, with arguments to reach it by."""
    found: dict[str, dict[str, object]] = {}

    def walk(patterns, space):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace != "admin":
                    walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else "")
            elif isinstance(pattern, URLPattern):
                found[f"{space}{pattern.name}"] = {
                    name: ARGUMENTS[name][type(converter).__name__[:-9].lower()]
                    for name, converter in pattern.pattern.converters.items()
                }

    walk(get_resolver().url_patterns, "")
    return found


ADDRESSES = _addresses()
# Pages know people who logged in, not tokens: tests/integration/pages has their matrix.
# EHRs sign their calls: tests/integration/cds_hooks has what is refused there.
GUARDED = sorted(set(ADDRESSES) - PUBLIC - SIGNED - set(PAGE_ACCESS))


def test_every_address_is_in_the_table_or_public():
    assert set(ADDRESSES) == set(ACCESS) | set(PAGE_ACCESS) | PUBLIC | SIGNED


@pytest.mark.parametrize(("address", "method", "roles"), CONTRACT)
def test_the_table_says_what_the_contract_says(address, method, roles):
    assert set(ACCESS[address][method]) == roles


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_the_table_gives_it_and_nothing_else(caller, role):
    client = caller(role)
    wrong = []

    for address in GUARDED:
        for method in METHODS:
            path = reverse(address, kwargs=ADDRESSES[address])
            status = client.generic(method, path).status_code
            if method not in ACCESS[address]:
                as_said = status == 405
            elif may(frozenset({role}), address, method):
                as_said = status not in {401, 403, 405} and status < 500
            else:
                as_said = status == 403
            if not as_said:
                wrong.append((method, path, status))

    assert wrong == []


@pytest.mark.django_db
def test_nobody_gets_in_without_saying_who_they_are(anonymous):
    reached = [
        (method, address)
        for address in GUARDED
        for method in METHODS
        if anonymous.generic(method, reverse(address, kwargs=ADDRESSES[address])).status_code != 401
    ]

    assert reached == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", sorted(PUBLIC - {"logout", "readyz"}))
def test_public_addresses_answer_anybody(anonymous, address):
    assert anonymous.get(reverse(address)).status_code == 200


def test_a_caller_with_two_roles_may_do_what_either_may(caller):
    client = caller(Role.AUDITOR, Role.DATASET_ADMIN)

    assert client.get(reverse("v1:audit-events")).status_code == 200
    assert client.get(reverse("v1:datasets")).status_code == 200
