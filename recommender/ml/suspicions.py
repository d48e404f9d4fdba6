"""Suspicions: what in the data looks as if it came from the study, the site or the therapy itself.

None of them is certain, so none stops a version; each names what to look at.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from recommender.clinical.coding import Concept, FindingKind
from recommender.ml.features import positions_by_concept
from recommender.ml.interactions import Floats, Ints, TrainingData
from recommender.ml.spellings import alike_but_for_spelling

FEWEST_CASES = 20
ALWAYS, NEVER = 0.8, 0.2
ONE_THERAPY, OTHERWISE = 0.95, 0.5
ALIKE_WITHIN = 1.96
SORTED_SHARE, SORTED_BY = 0.5, 6.0
MOST_NAMED = 20

TELLS_RESPONSE = (
    "Tells the response by itself better than findings do: make sure that it was known before the "
    "therapy began."
)
AFTERWARDS = re.compile(
    r"(^|[_.\-])(after|follow_?up|outcome|endpoint|at_discharge|final|week_?\d+|month_?\d+"
    r"|side_effects?|adverse_events?|responder)($|[_.\-])"
)


Recorded = Sequence[tuple[Concept, Ints]]
"""Each concept with the positions of its findings."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing to look at before the version is believed."""

    check: str
    codes: tuple[str, ...]
    text: str

    def to_json(self) -> dict[str, object]:
        """The suspicion as it is stored."""
        return {**asdict(self), "codes": list(self.codes)}


def suspicions(data: TrainingData, tell_tales: Sequence[Mapping[str, str]]) -> list[Suspicion]:
    """What every check finds, where it finds something; only codes are named, never a value.

    `tell_tales` are the findings that tell the response suspiciously well by themselves.
    """
    names = tuple(f"{one['kind']}/{one['code']}" for one in tell_tales[:MOST_NAMED])
    found = [Suspicion("tells-response", names, TELLS_RESPONSE)] if names else []
    recorded = list(zip(data.concepts, positions_by_concept(data), strict=True))
    for check, (look, text) in CHECKS.items():
        codes = look(data, recorded)
        if codes is not None:
            found.append(Suspicion(check, tuple(codes[:MOST_NAMED]), text))
    return found


def _missing_by_site(data: TrainingData, recorded: Recorded) -> list[str] | None:
    """Concepts that some sites nearly always record and others nearly never."""
    count = len(data.sites)
    cases = np.bincount(data.site[data.site >= 0], minlength=count).astype(float)
    large = cases >= FEWEST_CASES
    if large.sum() < 2:
        return None
    found = []
    for concept, chosen in recorded:
        site = data.site[np.unique(data.findings.case[chosen])]
        share = np.bincount(site[site >= 0], minlength=count)[large] / cases[large]
        if share.max() >= ALWAYS and share.min() <= NEVER:
            found.append(_name(concept))
    return found or None


def _same_but_for_spelling(data: TrainingData, recorded: Recorded) -> list[str] | None:
    """Codes that differ in spelling only, and don't differ in outcome."""
    found = []
    for kind in FindingKind:
        places = {
            concept.code: chosen
            for concept, chosen in recorded
            if concept.kind is kind and len(chosen)
        }
        found += [
            " = ".join(f"{kind}/{code}" for code in codes)
            for codes in alike_but_for_spelling(places)
            if _alike_in_outcome(data, [places[code] for code in codes])
        ]
    found += [
        f"categories {' = '.join(names)}"
        for names in alike_but_for_spelling(data.findings.categories)
    ]
    return found or None


def _only_with_one_therapy(data: TrainingData, recorded: Recorded) -> list[str] | None:
    """Concepts whose cases nearly all had one therapy: they may follow from it."""
    attempts = data.attempts
    first = np.full(data.cases, -1, np.int64)
    by_sequence = np.argsort(-attempts.sequence, kind="stable")
    first[attempts.case[by_sequence]] = attempts.therapy[by_sequence]
    treated = first >= 0
    usual = np.bincount(first[treated], minlength=len(data.therapies)) / max(treated.sum(), 1)
    found = []
    for concept, chosen in recorded:
        present = chosen[data.findings.number[chosen] != 0]
        had = first[np.unique(data.findings.case[present])]
        had = had[had >= 0]
        if len(had) < FEWEST_CASES:
            continue
        share = np.bincount(had, minlength=len(data.therapies)) / len(had)
        most = int(share.argmax())
        if share[most] >= ONE_THERAPY and usual[most] <= OTHERWISE:
            found.append(_name(concept))
    return found or None


def _named_like_an_outcome(data: TrainingData, recorded: Recorded) -> list[str] | None:
    """Concepts whose code speaks of what came after."""
    del data
    found = [
        _name(concept)
        for concept, chosen in recorded
        if len(chosen) and AFTERWARDS.search(concept.code.lower())
    ]
    return found or None


def _sorted_by_therapy(data: TrainingData, recorded: Recorded) -> list[str] | None:
    """In which file neighbouring rows had the same therapy far more often than by chance.

    By first attempts: later ones follow from what failed.
    """
    del recorded
    attempts = data.attempts
    first = attempts.sequence == 1
    if first.sum() < FEWEST_CASES:
        return None
    therapy = attempts.therapy[first]
    orders = {
        "cases": data.row[attempts.case[first]] if len(data.row) == data.cases else None,
        "responses": attempts.row[first] if len(attempts.row) == len(attempts) else None,
    }
    found = [
        f"the file of {name}"
        for name, row in orders.items()
        if row is not None and _follows_therapy(therapy[np.argsort(row, kind="stable")])
    ]
    return found or None


def _follows_therapy(therapy: Ints) -> bool:
    """Whether neighbours are the same far more often than in an order by lot."""
    share = np.bincount(therapy) / len(therapy)
    expected = 1 - float((share**2).sum())
    changes = float((np.diff(therapy) != 0).mean())
    error = float(np.sqrt(max(expected * (1 - expected), 1e-9) / len(therapy)))
    return changes < SORTED_SHARE * expected and expected - changes > SORTED_BY * error


def _came_in_twice(data: TrainingData, recorded: Recorded) -> list[str] | None:
    """How many cases were left out as copies."""
    del recorded
    return [f"{data.copies:,} cases"] if data.copies else None


MISSING_BY_SITE = (
    "Recorded nearly always at some sites and nearly never at others: that it is recorded tells "
    "the site. Record it everywhere, or leave it out."
)
SPELLING = "Differ in spelling only, and not in how those cases responded: give them one code."
ONE_THERAPY_ONLY = (
    "Found nearly only with one therapy: make sure that it was recorded before the therapy began, "
    "and isn't its consequence."
)
NAMED_AFTERWARDS = (
    "Named like something recorded afterwards: leave it out unless it was known before."
)
ROW_ORDER = (
    "The rows follow the therapy: whatever grows with the rows (ids, dates, numbers) would tell "
    "it. Order isn't learned from; look for a column that is. A wide table is both files."
)
COPIES = (
    "Like another case in all that is recorded: they were left out. Look whether a table was read "
    "twice, or stands in two data sets."
)

CHECKS: Mapping[str, tuple[Callable[[TrainingData, Recorded], list[str] | None], str]] = {
    "missing-by-site": (_missing_by_site, MISSING_BY_SITE),
    "spelling": (_same_but_for_spelling, SPELLING),
    "one-therapy": (_only_with_one_therapy, ONE_THERAPY_ONLY),
    "afterwards": (_named_like_an_outcome, NAMED_AFTERWARDS),
    "row-order": (_sorted_by_therapy, ROW_ORDER),
    "copies": (_came_in_twice, COPIES),
}


def _name(concept: Concept) -> str:
    return f"{concept.kind}/{concept.code}"


def _alike_in_outcome(data: TrainingData, codes: list[Ints]) -> bool:
    """Whether the cases of all spellings responded about equally often."""
    rates, counts = [], []
    for chosen in codes:
        inside = np.zeros(data.cases, np.bool_)
        inside[data.findings.case[chosen]] = True
        responded = data.attempts.responded[inside[data.attempts.case]]
        if len(responded):
            rates.append(float(responded.mean()))
            counts.append(len(responded))
    if len(rates) < 2:
        return True
    n: Floats = np.array(counts, np.float64)
    overall = float(np.average(rates, weights=n))
    error = np.sqrt(max(overall * (1 - overall), 1e-9) / n)
    return bool((np.abs(np.array(rates) - overall) <= ALIKE_WITHIN * error).all())
