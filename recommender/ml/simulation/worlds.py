"""The worlds: how much therapies differ, for whom, and how far practice and records mislead."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class World:
    """One world. Spreads are standard deviations on the logit of the chance to respond."""

    about: str
    therapy: float = 0.30
    """How much therapies differ for everybody alike."""
    linear: float = 0.55
    """How much single findings change which therapy is better."""
    subgroup: float = 0.30
    """How much belonging to a small group changes it."""
    pair: float = 0.15
    """How much two findings together change it, where neither does alone."""
    unrecorded: float = 0.35
    """How much that no record holds changes it."""
    unrecorded_severity: float = 0.4
    """How much severity that no record holds lowers every chance."""
    severity_habit: float = 0.5
    """How strongly severity, recorded or not, decides the kind of therapy."""
    insight: float = 0.2
    """How well clinicians sense the unrecorded fit of a therapy."""
    drift: float = 0.0
    """The share of what findings change that turns into something else over the years."""
    late_therapies: int = 0
    """How many therapies are new in the last two years."""
    mislabelled: float = 0.0
    """The share of recorded responses that are the wrong way round."""


_DEPRESSION = World("A plausible pathway: findings matter, practice follows habit and severity.")

WORLDS: dict[str, World] = {
    "mid": _DEPRESSION,
    "weak": replace(
        _DEPRESSION,
        about="Therapies differ, but hardly by case.",
        linear=0.18,
        subgroup=0.10,
        pair=0.05,
        unrecorded=0.15,
    ),
    "strong": replace(
        _DEPRESSION,
        about="The case decides a lot.",
        linear=0.90,
        subgroup=0.50,
        pair=0.25,
        unrecorded=0.40,
    ),
    "none": replace(
        _DEPRESSION,
        about="Nothing on the case changes which therapy is better.",
        linear=0.0,
        subgroup=0.0,
        pair=0.0,
        unrecorded=0.0,
    ),
    "confounded": replace(
        _DEPRESSION,
        about="Unrecorded severity and fit decide both what is tried and how it goes.",
        unrecorded_severity=0.9,
        severity_habit=1.3,
        insight=1.0,
    ),
    "drift": replace(_DEPRESSION, about="What helps whom changes over the years.", drift=0.7),
    "new-therapies": replace(
        _DEPRESSION, about="Eight therapies are new, with few records.", late_therapies=8
    ),
    "mislabelled": replace(
        _DEPRESSION, about="One recorded response in ten is the wrong way round.", mislabelled=0.1
    ),
    "interactions": replace(
        _DEPRESSION,
        about="Findings matter together, hardly alone.",
        linear=0.15,
        subgroup=0.45,
        pair=0.60,
    ),
}
