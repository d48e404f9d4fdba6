"""Every variable that is read is documented, and every one that is documented is read."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ = re.compile(r"""(?:env_(?:text|bool|int|list)|environ\.get)\(\s*"([A-Z_]+)\"""")
DOCUMENTED = re.compile(r"^([A-Z_]+)=", re.MULTILINE)


def test_the_example_lists_exactly_the_variables_that_are_read():
    sources = [
        ROOT / "recommender" / "settings.py",
        *(ROOT / "recommender" / "management").rglob("*.py"),
    ]

    read = {name for source in sources for name in READ.findall(source.read_text())}

    assert read == set(DOCUMENTED.findall((ROOT / ".env.example").read_text()))
