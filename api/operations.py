"""How the service says how it is: alive, ready, counted."""

import hmac
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError

from api import errors, metrics
from recommender import models
from tasks.celery import app

BROKER_TIMEOUT_SECONDS = 2


@csrf_exempt  # nothing changes here, and a wrong method should hear that it's the method
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    del request
    return JsonResponse({"status": "alive"})


@csrf_exempt  # nothing changes here, and a wrong method should hear that it's the method
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether a suggestion could be asked for now, and if not, what is missing."""
    del request
    parts = {name: check() for name, check in CHECKS.items()}
    missing = [f"{name}: {problem}" for name, problem in parts.items() if problem]
    return JsonResponse(
        {
            "status": "not ready" if missing else "ready",
            "checks": {name: problem or "ok" for name, problem in parts.items()},
            "missing": missing,
            "pathways_without_live_version": _unserved(),
        },
        status=503 if missing else 200,
    )


@csrf_exempt  # nothing changes here, and a wrong method should hear that it's the method
@never_cache
@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Prometheus's text; with METRICS_TOKEN set, for those who send it as a bearer token."""
    if not may_read_metrics(request.META.get("HTTP_AUTHORIZATION", "")):
        return errors.answer(
            errors.NOT_AUTHENTICATED, "Send METRICS_TOKEN as a bearer token to read the metrics."
        )
    return HttpResponse(
        metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


def may_read_metrics(authorization: str) -> bool:
    """Production without a token of its own keeps its metrics to itself."""
    if not settings.METRICS_TOKEN:
        return not settings.PRODUCTION
    return hmac.compare_digest(authorization.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "the database doesn't answer"
    return ""


def _broker() -> str:
    if not settings.BROKER_URL:
        return _database()  # the queue is in the same server
    return broker_problem(settings.BROKER_URL)


def broker_problem(url: str) -> str:
    """Why the broker at this address can't be used; empty when it can."""
    try:
        with app.connection_for_write(url, connect_timeout=BROKER_TIMEOUT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)
    except (BrokerError, OSError):
        return "the broker doesn't answer"
    return ""


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "can't be read without the database"
    return f"{len(waiting)} not applied; run manage.py migrate" if waiting else ""


def _live_versions() -> str:
    try:
        served = models.ModelVersion.objects.filter(status=models.ModelVersion.Status.LIVE).exists()
    except Error:
        return "can't be read without the database"
    return "" if served else "no pathway has a live model version; train and promote one"


def _unserved() -> list[str]:
    """Pathways that can't give suggestions yet. One of them doesn't keep the others waiting."""
    try:
        slugs = models.Pathway.objects.exclude(model_versions__status="live").order_by("slug")
        return list(slugs.values_list("slug", flat=True))
    except Error:
        return []


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "model_versions": _live_versions,
}
