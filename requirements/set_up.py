"""Make `.venv` hold one of the locked sets of dependencies; the second run installs nothing.

    python3 requirements/set_up.py runtime|demo|test

Runs before anything is installed, so it uses the standard library only. `VENV` names another place
for the environment.
"""

# Without it a Python too old for us would stumble over a type before it's told that it's too old.
from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = Path(__file__).resolve().parent
ENVIRONMENT = Path(os.environ.get("VENV") or LOCKS.parent / ".venv").resolve()
OLDEST, FIRST_TOO_NEW = (3, 11), (3, 14)
# Each set holds those before it.
SETS = ("runtime", "demo", "test")
USAGE = 2
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MINIMAL = ["--no-install-recommends"]


class NotPossibleError(Exception):
    """Something is missing on this machine; the message says what to install."""


def main(arguments: list[str]) -> int:
    """Bring the environment to the asked set."""
    if len(arguments) != 1 or arguments[0] not in SETS:
        print(f"Usage: {Path(__file__).name} {'|'.join(SETS)}", file=sys.stderr)
        return USAGE
    try:
        check_python()
        set_up(arguments[0])
        if arguments[0] == "test":
            bring_chromium()
    except NotPossibleError as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    return 0


def set_up(wanted: str) -> None:
    """Create the environment and install the set, or see that it's all there."""
    if is_there(wanted):
        return
    python = ENVIRONMENT / "bin" / "python"
    if not works(python):
        check_venv()
        with telling(f"Creating {ENVIRONMENT} with Python {platform.python_version()}"):
            run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
    if not has_lightfm():
        check_compiler()
    stamp_path(wanted).unlink(missing_ok=True)
    with telling("Installing what builds LightFM"):
        install(python, "build")
    with telling(f"Installing the {wanted} dependencies (a minute or two the first time)"):
        # LightFM comes as source; it's built with the setuptools just installed, so that its
        # build is as pinned as the rest.
        install(python, wanted, "--no-build-isolation")
    stamp_path(wanted).write_text(digest(wanted), encoding="ascii")


def is_there(wanted: str) -> bool:
    """Whether this set, or one that holds it, was installed from the present lock."""
    if not works(ENVIRONMENT / "bin" / "python"):
        return False
    return any(
        stamp_path(name).exists() and stamp_path(name).read_text(encoding="ascii") == digest(name)
        for name in SETS[SETS.index(wanted) :]
    )


def stamp_path(name: str) -> Path:
    """Where it's noted that a set was installed."""
    return ENVIRONMENT / f"installed-{name}.sha256"


def digest(name: str) -> str:
    """Changes with the lock, the Python and the kind of machine."""
    parts = [platform.python_version(), platform.machine(), sys.platform]
    locks = [(LOCKS / f"{lock}.txt").read_text(encoding="utf-8") for lock in ("build", name)]
    return hashlib.sha256("\n".join([*parts, *locks]).encode()).hexdigest()


def works(python: Path) -> bool:
    """Whether the environment's Python runs and is of the version that runs this."""
    if not python.exists():
        return False
    asked = [str(python), "-c", "import platform; print(platform.python_version())"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == platform.python_version()


def has_lightfm() -> bool:
    """Whether LightFM has been built here."""
    return any(ENVIRONMENT.glob("lib/python*/site-packages/rectools_lightfm-*.dist-info"))


def install(python: Path, lock: str, *options: str) -> None:
    """Install a lock with pip, every file checked against its hash."""
    quiet = () if sys.stdout.isatty() else ("--quiet", "--quiet")
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--require-hashes", *quiet, *options, "-r", str(LOCKS / f"{lock}.txt")]
    if subprocess.run(command, check=False).returncode != 0:
        raise NotPossibleError(
            "pip could not install the dependencies; the reason is above. If it was a download: "
            "check the network, and that HTTPS_PROXY or PIP_INDEX_URL are right where they're "
            "needed. Then run the same command again; what was downloaded is kept."
        )


def bring_chromium() -> None:
    """Debian's Chromium for the browser tests: installed where that's possible, else said."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with telling("Installing Chromium for the browser tests"):
            for step in (["update", "-qq"], ["install", "-qq", "-y", *MINIMAL, "chromium"]):
                subprocess.run(
                    ["apt-get", *step], env=environment, capture_output=True, check=False
                )
    if not any(shutil.which(name) for name in BROWSERS):
        print(
            "There is no Chromium here: the browser tests are NOT RUN. Debian: apt install chromium"
        )


def run(command: list[str]) -> None:
    """Run a step whose output is wanted only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotPossibleError(f"That failed:\n{done.stdout}{done.stderr}")


def check_python() -> None:
    """Refuse a Python that the lock isn't for."""
    if not OLDEST <= sys.version_info[:2] < FIRST_TOO_NEW:
        raise NotPossibleError(
            f"Python {platform.python_version()} can't run this: it takes 3.11, 3.12 or 3.13. "
            "Name one that is installed: make PYTHON=python3.12 …"
        )


def check_venv() -> None:
    """Say which package brings venv where it's split off."""
    try:
        import ensurepip  # noqa: F401, PLC0415 - whether it can be imported is the question
        import venv  # noqa: F401, PLC0415
    except ImportError:
        raise NotPossibleError(
            "This Python can't make virtual environments. Install what is missing: "
            f"Debian/Ubuntu: apt install python{version()}-venv; elsewhere it comes with Python."
        ) from None


def check_compiler() -> None:
    """Say which package brings the compiler or the headers that LightFM is built with."""
    missing = []
    if not any(shutil.which(name) for name in (os.environ.get("CC", "cc"), "gcc", "clang")):
        missing.append("a C compiler")
    headers = {sysconfig.get_path("include"), sysconfig.get_path("platinclude")}
    if not any((Path(folder) / "Python.h").exists() for folder in headers):
        missing.append(f"the headers of Python {version()}")
    if missing:
        raise NotPossibleError(
            f"LightFM is built from source and needs {' and '.join(missing)}. Install "
            f"Debian/Ubuntu: apt install gcc libc6-dev python{version()}-dev; "
            f"Fedora: dnf install gcc python{version()}-devel; "
            "macOS: xcode-select --install."
        )


def version() -> str:
    """The version as packages are named after it."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


@contextmanager
def telling(step: str) -> Iterator[None]:
    """Say what is being done, then how long it took."""
    print(f"{step} …", flush=True)
    begun = time.monotonic()
    yield
    print(f"  {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
