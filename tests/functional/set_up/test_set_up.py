"""`requirements/set_up.py`: quick when all is there, and clear about what is missing."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "requirements" / "set_up.py"


def older_python():
    """A Python before 3.11 that runs; a name may be there for one that isn't installed."""
    for minor in (10, 9, 8, 7):
        found = shutil.which(f"python3.{minor}")
        asked = found and subprocess.run([found, "--version"], capture_output=True, check=False)
        if asked and asked.returncode == 0:
            return found
    return None


OLD = older_python()


@pytest.fixture
def venv(tmp_path):
    """An environment of this Python with nothing in it, not even pip."""
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder


def set_up(*arguments, python=sys.executable, **variables):
    return subprocess.run(
        [python, str(SCRIPT), *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def stamp(venv, name):
    """Note that a set was installed, as the script does."""
    digest = runpy.run_path(str(SCRIPT))["digest"](name)
    (venv / f"installed-{name}.sha256").write_text(digest)


@pytest.mark.parametrize("asked", ["runtime", "demo", "test"])
def test_what_was_installed_is_not_installed_again(venv, asked):
    stamp(venv, "test")

    again = set_up(asked, VENV=str(venv))

    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_smaller_set_does_not_stand_for_a_larger_one(venv):
    stamp(venv, "runtime")

    asked = set_up("demo", VENV=str(venv), PATH="/nonexistent")

    assert asked.returncode == 1


def test_a_changed_lock_is_installed(venv):
    (venv / "installed-test.sha256").write_text("another")

    asked = set_up("test", VENV=str(venv), PATH="/nonexistent")

    assert asked.returncode == 1


def test_a_missing_compiler_is_named_with_the_package_that_brings_it(venv):
    missing = set_up("test", VENV=str(venv), PATH="/nonexistent")

    assert missing.returncode == 1
    assert "a C compiler" in missing.stderr
    assert "apt install gcc" in missing.stderr
    assert "Traceback" not in missing.stderr


def test_a_failed_installation_says_what_to_check(venv):
    (venv / "lib" / "python3" / "site-packages" / "rectools_lightfm-1.dist-info").mkdir(
        parents=True
    )

    failed = set_up("test", VENV=str(venv))

    assert failed.returncode == 1
    assert "check the network" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_set_that_is_none_is_refused():
    assert set_up("everything").returncode == 2


@pytest.mark.skipif(OLD is None, reason="no older Python here")
def test_a_python_too_old_is_told_which_to_take(tmp_path):
    refused = set_up("test", python=OLD, VENV=str(tmp_path / "venv"))

    assert "Traceback" not in refused.stderr
    assert refused.returncode == 1
    assert "3.11, 3.12 or 3.13" in refused.stderr
