"""Cut the theme's icon font down to the icons that its pages and ours name (`make icons`).

All of the font is 290 kB on every first visit; these icons are a twentieth of it.
"""

import re
import sys
from pathlib import Path

import unfold
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[1]
THEME = Path(unfold.__file__).parent
FONT = Path("fonts") / "material-symbols" / "Material-Symbols-Outlined.woff2"
OURS = ROOT / "recommender" / "admin" / "static" / "unfold" / FONT
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
NAMED = (
    re.compile(r'\bicon="([a-z0-9_]+)"'),
    re.compile(r"site_symbol %}[^{]*{{[^}]*}}{% else %}([a-z_]+)"),
)
SHOWN = re.compile(r"material-symbols-outlined[^>]*>([^<]*)<")
DECISION = re.compile(r"{%.*?%}|{{.*?}}")
WORD = re.compile(r"[a-z0-9_]+")
ENTRY = re.compile(r'(?:Entry\("\w+", "[^"]+"|_item\(.+?), "([a-z0-9_]+)"')


def icons() -> set[str]:
    """The names of every icon that a page may show."""
    found = set()
    for folder in (THEME / "templates", ROOT / "recommender" / "admin" / "templates"):
        for file in folder.rglob("*.html"):
            found.update(_named_in(file.read_text(encoding="utf-8")))
    found.update(_named_in((THEME / "widgets.py").read_text(encoding="utf-8").replace("\\", "")))
    sidebar = (ROOT / "recommender" / "admin" / "sidebar.py").read_text(encoding="utf-8")
    return found | set(ENTRY.findall(sidebar))


def _named_in(text: str) -> set[str]:
    """Those of a page: a name may stand in either branch of a decision."""
    named = {name for pattern in NAMED for name in pattern.findall(text)}
    shown = " ".join(DECISION.sub(" ", inside) for inside in SHOWN.findall(text))
    return named | set(WORD.findall(shown))


def ligatures(font: TTFont) -> dict[str, str]:
    """The glyph of each icon, by the word that is written for it."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            real = getattr(table, "ExtSubTable", table)
            for first, sets in getattr(real, "ligatures", {}).items():
                for one in sets:
                    word = "".join(letters.get(each, "?") for each in (first, *one.Component))
                    found[word] = one.LigGlyph
    return found


def cut(names: set[str]) -> None:
    """Write the font with these icons."""
    font = TTFont(THEME / "static" / "unfold" / FONT)
    glyphs = ligatures(font)
    if missing := sorted(names - set(glyphs)):
        sys.exit(f"The theme's font has no icon called {', '.join(missing)}.")
    options = subset.Options(flavor="woff2", layout_closure=False, layout_features=["*"])
    cutter = subset.Subsetter(options)
    cutter.populate(glyphs=[glyphs[name] for name in names], text=LETTERS)
    cutter.subset(font)
    OURS.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(OURS), options)


if __name__ == "__main__":
    cut(icons())
    print(f"{OURS.relative_to(ROOT)}: {OURS.stat().st_size} bytes, {len(icons())} icons")
