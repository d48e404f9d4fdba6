"""A PostgreSQL of the benchmark's own, with the catalogue, gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from recommender import embedded


@contextmanager
def own_services() -> Iterator[Path]:
    """Start it and set Django up; answers the folder that holds its state."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    os.environ.update(
        STATE_DIR=str(folder),
        DATABASE_URL="",
        DJANGO_SETTINGS_MODULE="recommender.settings",
        THROTTLE_PER_MINUTE=str(10**9),
    )
    try:
        embedded.ensure_running(folder)
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 - after django.setup()

        call_command("migrate", verbosity=0)
        call_command("load_catalogue", stdout=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        yield folder
    finally:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
