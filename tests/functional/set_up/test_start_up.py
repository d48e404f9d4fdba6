"""What a web worker or an ordinary command loads before it does anything."""

import subprocess
import sys

from tests.conftest import ROOT

WORKERS_ONLY = [
    "scipy",
    "sklearn",
    "statsmodels",
    "pandas",
    "lightfm",
    "matplotlib",
    "fhir.resources",
    "ijson",
]
START = """
import importlib, sys
import django
from django.conf import settings
django.setup()
importlib.import_module(settings.ROOT_URLCONF)
importlib.import_module("tasks.celery")
print(*sys.modules)
"""


def test_starting_loads_nothing_that_only_workers_need(environment):
    started = subprocess.run(
        [sys.executable, "-c", START],
        env={**environment, "DJANGO_SETTINGS_MODULE": "recommender.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(started.stdout.split())
    assert {"recommender.admin", "api.v1.urls", "tasks.training"} <= loaded
    assert loaded.isdisjoint(WORKERS_ONLY)
