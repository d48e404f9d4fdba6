"""The document that describes the API: correct, complete, and readable without the internet."""

import re
from html.parser import HTMLParser

import pytest
import schemathesis
from django.contrib.staticfiles import finders
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.permissions import ACCESS
from recommender.services import access
from recommender.services.access import Role
from tests.wsgi import closing

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
REST = "/api/"
described = schemathesis.openapi.from_wsgi("/api/schema/", closing).include(path_regex=f"^{REST}")


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_document_is_made_without_a_warning():
    GENERATOR_STATS.reset()

    with GENERATOR_STATS.silence():
        document = SchemaGenerator().get_schema(request=None, public=True)

    assert (list(GENERATOR_STATS._warn_cache), list(GENERATOR_STATS._error_cache)) == ([], [])
    validate_schema(document)
    assert document["openapi"].startswith("3.1")


def test_every_address_and_method_is_described(document):
    described_methods = {
        path: {method.upper() for method in operations} - {"PARAMETERS"}
        for path, operations in document["paths"].items()
    }

    for address, methods in ACCESS.items():
        assert described_methods[_template_of(address)] == set(methods), address


def _template_of(address):
    """`v1:dataset` as `/api/v1/datasets/{id}/`, the way the document spells it."""
    space, _, name = address.partition(":")
    prefix, resolver = get_resolver().namespace_dict[space]
    (template, _), *_ = resolver.reverse_dict.getlist(name)[0][0]
    return re.sub(r"%\((\w+)\)s", r"{\1}", f"/{prefix}{template}").replace("{pk}", "{id}")


def rest(document):
    """The addresses that are ours; how the others fail is said by standards."""
    return [each for each in document["paths"].items() if each[0].startswith(REST)]


def test_every_operation_says_how_it_fails(document):
    for path, operations in rest(document):
        for method, operation in operations.items():
            answer = operation["responses"]["401"]
            assert "application/problem+json" in answer["content"], (method, path)


def test_every_post_that_creates_takes_an_idempotency_key(document):
    without = [
        path
        for path, operations in rest(document)
        if "post" in operations
        and not path.endswith("/score/")  # it stores nothing, so nothing can happen twice
        and "Idempotency-Key"
        not in {one["name"] for one in operations["post"].get("parameters", ())}
    ]

    assert without == []


@pytest.mark.django_db
def test_the_docs_load_nothing_from_elsewhere(client):
    page = client.get("/api/docs/").content.decode()
    loaded = _loaded_by(page)

    assert loaded
    assert not re.search(r"<script>|<style>| style=| on\w+=", page)
    for address in loaded:
        assert address.startswith("/"), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
        else:
            assert client.get(address).status_code == 200, address


def _loaded_by(page):
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.extend(value for name, value in attrs if name in {"src", "href"})

    Reader().feed(page)
    return found


@pytest.mark.django_db
@described.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_api_does_what_the_document_says(case, secret):
    case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)


@pytest.fixture
def secret(db):
    """A token of every role. The rolled-back transaction of the test has to outlive requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield access.create_client(name="all-roles", roles=frozenset(Role), by="test").secret
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
