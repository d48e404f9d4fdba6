"""Reading `dataset.json`, the Data Package descriptor of a data set."""

import json
from collections.abc import Mapping
from typing import Any

from recommender.formats.content import Descriptor
from recommender.formats.problems import Problems, shown

FILE = "dataset.json"
MAX_BYTES = 1_000_000

_TEXTS = {"name": 100, "title": 300, "version": 100, "description": 10_000}
# What a Data Package may say besides; it's nothing that the product uses.
_OTHERS = frozenset(
    {"resources", "profile", "id", "homepage", "image", "keywords", "created", "contributors"}
    | {"$schema", "schema"}
)
_EXPECTED = (*_TEXTS, "licenses", "sources", "simulated")


def read_descriptor(payload: bytes, *, problems: Problems) -> Descriptor:
    """Read the descriptor; what's wrong is added to the problems."""
    if len(payload) > MAX_BYTES:
        problems.add(FILE, None, None, "too-long", f"is longer than {MAX_BYTES:,} bytes")
        return Descriptor()
    try:
        document = json.loads(payload.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        problems.add(FILE, None, None, "not-json", "isn't JSON in UTF-8; correct or remove it")
        return Descriptor()
    if not isinstance(document, dict):
        problems.add(FILE, None, None, "not-an-object", "isn't a JSON object")
        return Descriptor()
    return described(document, file=FILE, problems=problems)


def described(document: Mapping[str, Any], *, file: str, problems: Problems) -> Descriptor:
    """The descriptor in a document, which may be a mapping file's `[dataset]` as well."""
    for place, key in enumerate(document, start=1):
        if key not in _EXPECTED and key not in _OTHERS:
            message = f"isn't a field of a descriptor; it has {', '.join(_EXPECTED)}"
            problems.add(file, None, shown(key, f"field {place}"), "unknown-field", message)
    simulated = document.get("simulated", False)
    if not isinstance(simulated, bool):
        problems.add(file, None, "simulated", "wrong-type", "is either true or false")
        simulated = False
    texts = {key: _text(document, key, file=file, problems=problems) for key in _TEXTS}
    return Descriptor(
        title=texts["title"],
        version=texts["version"],
        description=texts["description"],
        licences=_list(document, "licenses", file=file, problems=problems),
        sources=_list(document, "sources", file=file, problems=problems),
        simulated=simulated,
    )


def _text(document: Mapping[str, Any], key: str, *, file: str, problems: Problems) -> str:
    text = document.get(key, "")
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or len(text) > _TEXTS[key] or "\0" in text:
        problems.add(file, None, key, "wrong-type", f"is a text of at most {_TEXTS[key]} letters")
        return ""
    return text


def _list(
    document: Mapping[str, Any], key: str, *, file: str, problems: Problems
) -> tuple[Mapping[str, str], ...]:
    entries = document.get(key, [])
    is_good = isinstance(entries, list) and all(
        isinstance(entry, dict)
        and all(isinstance(text, str) and "\0" not in text for text in entry.values())
        for entry in entries
    )
    if not is_good:
        problems.add(file, None, key, "wrong-type", 'is a list such as [{"name": "CC-BY-4.0"}]')
        return ()
    return tuple(entries)
