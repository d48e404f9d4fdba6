"""CDS Hooks, OAuth, SMART and the health checks do what the OpenAPI document says."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings

from api.cds_hooks import urls as cds_urls
from api.cds_hooks.catalogue import HOOKS, PATIENT_VIEW
from api.oauth import urls as oauth_urls
from api.smart import urls as smart_urls
from recommender import models
from tests.integration.api.test_openapi import CHECKS
from tests.integration.cds_hooks.conftest import Ehr, ehr, live_version
from tests.wsgi import closing

pytestmark = pytest.mark.django_db

__all__ = ["ehr", "live_version"]

HOST = "http://localhost"
described = schemathesis.openapi.from_wsgi("/api/schema/", closing).exclude(path_regex="^/api/")


def test_every_address_of_a_standard_is_described():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    routes = [*cds_urls.urlpatterns, *oauth_urls.urlpatterns, *smart_urls.urlpatterns]
    named = {"livez", "readyz", "metrics"} & set(get_resolver().reverse_dict)

    ours = {f"/{route.pattern}".replace("<str:", "{").replace(">", "}") for route in routes}

    assert (ours | {f"/{name}" for name in named}) - set(paths) == set()


@pytest.fixture
def kept_open():
    """The rolled-back transaction of a test has to outlive its requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@described.parametrize()
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_they_do_what_the_document_says(case, ehr: Ehr, live_version, kept_open):
    models.CdsClient.objects.update(calls_per_minute=1_000_000)
    headers = {}
    if "service" in (case.path_parameters or {}):
        # A service that there is, of the hook that the body names.
        hook = case.body.get("hook") if isinstance(case.body, dict) else None
        known = hook if isinstance(hook, str) and hook in HOOKS else PATIENT_VIEW
        case.path_parameters["service"] = f"{known}-depression"
    if case.path.startswith("/cds-services"):
        token = ehr.token("", aud=f"{HOST}{case.formatted_path}")
        headers["Authorization"] = f"Bearer {token}"

    case.call_and_validate(headers=headers, checks=CHECKS)
