"""Servers of their own for tests that kill them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from recommender import embedded

ROOT = Path(__file__).parents[3]
NOBODY = 65534
START = (
    "import sys, pathlib, recommender.embedded as e; e.ensure_running(pathlib.Path(sys.argv[1]))"
)


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """An empty state directory; whatever a test started in it is stopped."""
    yield tmp_path / "state"
    embedded.stop(tmp_path / "state")


@pytest.fixture
def open_to_others() -> Iterator[Path]:
    """A directory that other accounts can pass through; pytest's own are closed to them."""
    with TemporaryDirectory(prefix="recommender-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def connect() -> Callable[[Path], psycopg.Connection]:
    """Connect as the product does."""

    def as_the_product(state: Path) -> psycopg.Connection:
        entry = embedded.connection(state)
        return psycopg.connect(
            host=entry["HOST"],
            port=entry["PORT"],
            user=entry["USER"],
            dbname=entry["NAME"],
            autocommit=True,
        )

    return as_the_product


@pytest.fixture
def start_command() -> list[str]:
    """A command of its own that starts the server in the directory it's given, then ends."""
    return [sys.executable, "-c", START]


@pytest.fixture
def as_nobody() -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run a line of Python as an ordinary user; `e` is the embedded server's package."""

    def run(line: str, python: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-c", f"import pathlib, recommender.embedded as e; {line}"],
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )

    # This environment's Python may lie in a home directory; the system's own reads the same
    # packages where it's of the same version.
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            if run("", python).returncode == 0:
                return partial(run, python=python)
        except (PermissionError, FileNotFoundError):
            continue
    pytest.skip("no Python here that an ordinary user may run")
