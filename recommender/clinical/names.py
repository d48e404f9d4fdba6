"""Names of entries: codes, displays, ingredients and brands, in any spelling, strength and form.

A name stands for an entry only when it is that entry's and nobody else's; what merely looks like
one is left to a person.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from recommender.clinical.therapy import class_code

THERAPY = "therapy"
NAME_OF = {
    THERAPY: "name of a therapy",
    "symptom": "name of a symptom",
    "trigger": "name of a trigger",
    "background": "name of a background factor",
}
"""What stands for the system of a name nobody knows, by the kind that it was given for."""

# What a name may carry beside the substance. A salt changes the weight, not the therapy.
_UNITS = "mg mcg ug g ml l iu unit units meq mmol hr h"
_FORMS = (
    "tablet tablets tab tabs capsule capsules cap caps pill pills oral solution liquid syrup drops "
    "suspension injection injectable film coated chewable dispersible disintegrating orally "
    "extended sustained controlled modified prolonged delayed immediate release retard"
)
_TIMES = "once twice daily bid tid qid qd od bd po prn nocte mane"
_RELEASE = "xr er sr cr xl la ir cd dr mr pr odt"
_SALTS = (
    "hydrochloride hcl dihydrochloride hydrobromide hbr oxalate maleate mesylate dimesylate "
    "besylate tosylate succinate tartrate fumarate sulfate sulphate phosphate acetate citrate "
    "carbonate sodium"
)
_BESIDE = frozenset(f"{_UNITS} {_FORMS} {_TIMES} {_RELEASE} {_SALTS}".split())
_GLUED = re.compile(f"(?<=.{{4}})(?:{'|'.join(_RELEASE.split())})$")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOKEN = re.compile(r"[a-z]+|[0-9]+")
_CODED = re.compile(r"(?P<system>[^|]+?)[|:](?P<code>[^|:]+)")
LONGEST = 200

Coding = tuple[str, str]
"""A code with its system's address or short name."""
Key = tuple[str, str]
"""A kind (`therapy` or a finding's) and a spelling."""
Missed = tuple[str, str, str]
"""Where a code came that no entry knows, its system (or `NAME_OF` its kind), and the code."""


class Named(NamedTuple):
    """An entry with what it is called; of a medicine strengths and forms don't matter."""

    kind: str
    code: str
    texts: tuple[str, ...] = ()
    is_medicine: bool = False


@lru_cache(maxsize=4096)
def spelt(text: str) -> str:
    """One spelling: without case, accents and whatever parts the words."""
    return class_code(_unaccented(text))


@lru_cache(maxsize=4096)
def substance(text: str) -> str:
    """What is left of a medicine's name without strength, form, release and salt."""
    tokens = _TOKEN.findall(_unaccented(_HUMP.sub(" ", text)).lower())
    return "-".join(one for one in tokens if not one.isdigit() and one not in _BESIDE)


@dataclass(frozen=True, eq=False)
class Names:
    """Every name that is known, by how surely it names its entry.

    `exact` are codes as they are written, `spellings` codes and names in any spelling, `substances`
    the same of medicines without what may stand beside; `codings` are other systems' codes.
    """

    exact: frozenset[Key] = frozenset()
    spellings: Mapping[Key, str] = field(default_factory=dict)
    substances: Mapping[str, str] = field(default_factory=dict)
    codings: Mapping[Coding, Key] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Named], codings: Mapping[Coding, Key] | None = None) -> "Names":
        """The names of these entries; one that two of a kind share names neither."""
        known = tuple(entries)
        of_codes = _unshared((each.kind, spelt(each.code), each.code) for each in known)
        of_texts = _unshared(
            (each.kind, spelt(text), each.code) for each in known for text in each.texts
        )
        of_substances = _unshared(
            (THERAPY, substance(text), each.code)
            for each in known
            if each.is_medicine
            for text in (each.code, *each.texts)
        )
        return cls(
            exact=frozenset((each.kind, each.code) for each in known),
            spellings={**of_texts, **of_codes},
            substances={name: code for (_, name), code in of_substances.items()},
            codings=codings or {},
        )

    def find(self, kind: str, text: str) -> str | None:
        """The code of the entry that the text names, or None."""
        if (kind, text) in self.exact:
            return text
        if len(text) > LONGEST:
            return None
        found = self.spellings.get((kind, spelt(text))) or self._coded(kind, text)
        return self._medicine(text) if found is None and kind == THERAPY else found

    def _coded(self, kind: str, text: str) -> str | None:
        parts = _CODED.fullmatch(text)
        coding = (parts["system"].lower(), parts["code"].upper()) if parts else ("", text.upper())
        of_kind, code = self.codings.get(coding, ("", ""))
        return code if of_kind == kind else None

    def _medicine(self, text: str) -> str | None:
        name = substance(text)
        glued = _GLUED.sub("", name)
        return self.substances.get(name) or self.substances.get(glued)


NO_NAMES = Names()


def _unaccented(text: str) -> str:
    return "".join(
        one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)
    )


def _unshared(names: Iterable[tuple[str, str, str]]) -> dict[Key, str]:
    """Kind and name to code, without the names that two entries of a kind share."""
    found: dict[Key, str] = {}
    shared: set[Key] = set()
    for kind, name, code in names:
        if found.setdefault((kind, name), code) != code:
            shared.add((kind, name))
    return {key: code for key, code in found.items() if key[1] and key not in shared}
