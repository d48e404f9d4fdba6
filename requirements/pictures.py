"""Take screenshots into the guides, as small as they can be without looking otherwise.

`make screenshots` calls it: FOLDER NAME… takes FOLDER/NAME.png to docs/images.
"""

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "docs" / "images"
MOST_BYTES = 200_000
COLOURS = 256
"""Pages have few colours beside the shades at the edges of letters, which this many hold."""


def take(picture: Path) -> int:
    """Write the picture with a palette; answers its size. A reader loads ten of them at once.

    The palette covers all colours, since the rarest are borders and warnings.
    """
    taken = GUIDES / picture.name
    with Image.open(picture) as whole:
        few = whole.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
        few.save(taken, optimize=True)
    if (size := taken.stat().st_size) > MOST_BYTES:
        sys.exit(f"{picture.name} has {size:,} bytes, more than {MOST_BYTES:,}: show less of it.")
    return size


def main(folder: str, *names: str) -> None:
    """Take each of the named pictures."""
    GUIDES.mkdir(parents=True, exist_ok=True)
    total = sum(take(Path(folder) / f"{name}.png") for name in names)
    print(f"{len(names)} pictures, {total:,} bytes together")


if __name__ == "__main__":
    main(*sys.argv[1:])
