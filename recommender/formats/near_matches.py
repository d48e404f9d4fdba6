"""Entries that a name nobody knows comes close to: for a person to choose from, never taken."""

from functools import lru_cache

from rapidfuzz import fuzz, process

from recommender.clinical.names import THERAPY, Names, spelt, substance

SHOWN = 3
CLOSE = 86
# Parts of so short a name are in too many others, so it has to be close as a whole.
SHORT = 6
SHORTEST = 4


@lru_cache(maxsize=8)
def _choices(names: Names, kind: str) -> dict[str, str]:
    """Every spelling of the kind with its entry's code."""
    own = {name: code for (of, name), code in names.spellings.items() if of == kind}
    every = {**names.substances, **own} if kind == THERAPY else own
    return {name: code for name, code in every.items() if len(name) >= SHORTEST}


@lru_cache(maxsize=1024)
def near(names: Names, kind: str, text: str) -> tuple[str, ...]:
    """The codes of the entries whose names are closest, the closest first; mostly none."""
    query = (substance(text) if kind == THERAPY else "") or spelt(text)
    if len(query) < SHORTEST:
        return ()
    choices = _choices(names, kind)
    found = process.extract(
        query,
        choices.keys(),
        scorer=fuzz.ratio if len(query) < SHORT else fuzz.WRatio,
        score_cutoff=CLOSE,
        limit=4 * SHOWN,
    )
    return tuple(dict.fromkeys(choices[name] for name, _, _ in found))[:SHOWN]
