"""The desk's icon font is cut to what its pages name, so a page that names another one says so."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from fontTools.ttLib import TTFont

SCRIPT = Path(__file__).parents[3] / "requirements" / "icons.py"


def test_every_icon_that_a_page_names_is_in_the_font():
    spec = spec_from_file_location("icons", SCRIPT)
    script = module_from_spec(spec)
    spec.loader.exec_module(script)

    missing = script.icons() - set(script.ligatures(TTFont(script.OURS)))

    assert missing == set(), "run `make icons`"
