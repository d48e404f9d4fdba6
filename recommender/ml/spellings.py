"""Spellings: names that differ in how they are written and hardly in what they say."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

SHORTEST_MISSPELT = 8
"""Letters; shorter words that differ in one are too often two words."""

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
BETWEEN = re.compile(r"[_.,:+/\-\s]+")


def alike_but_for_spelling(names: Collection[str]) -> list[list[str]]:
    """The groups of names that differ in case, plural, separators, order of words or one letter.

    With another digit they are others.
    """
    by_form: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for form in dict.fromkeys(_forms(name)):
            by_form[form].append(name)
    group = {name: [name] for name in names}
    for alike in by_form.values():
        for other in alike[1:]:
            mine, more = group[alike[0]], group[other]
            if mine is not more:
                mine += more
                group |= dict.fromkeys(more, mine)
    found = {id(each): each for each in group.values() if len(each) > 1}
    return list(found.values())


def _forms(name: str) -> Iterator[str]:
    """What a name comes to; two that share a form are alike."""
    words = [_singular(word) for word in BETWEEN.split(CAMEL.sub(" ", name).casefold()) if word]
    yield " ".join(sorted(words))
    whole = "".join(words)
    yield whole
    if len(whole) >= SHORTEST_MISSPELT:
        for place, letter in enumerate(whole):
            if letter.isalpha():
                yield whole[:place] + whole[place + 1 :]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" else word
