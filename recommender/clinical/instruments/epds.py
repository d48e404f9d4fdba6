"""EPDS: ten items on depression around birth, over seven days."""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import CutOff, Direction, SafetyItem, numbered
from recommender.clinical.sourcing import unverified, verified

_SCORING = "rdrr.io cliot epds_score"

EPDS = Instrument(
    id="epds",
    name="EPDS",
    layout=verified(numbered(10, 3), _SCORING),
    direction=Direction.LOWER_IS_BETTER,
    recall=verified("7 days", _SCORING),
    total_range=verified((0, 30), _SCORING),
    cutoffs=(
        unverified(CutOff("possible", 10), note="the split of possible and probable"),
        unverified(CutOff("probable", 13), note="the split of possible and probable"),
    ),
    reliable_change=unverified(4),
    safety_items=(verified(SafetyItem("10", 1), _SCORING),),
    loinc_panel=unverified(
        "71354-5",
        "public files read as excerpts",
        "conflict: 99046-5 is shown as the EPDS elsewhere; check with LOINC before use",
    ),
    licence=unverified(
        "Copyright of the Royal College of Psychiatrists (Cox, Holden, Sagovsky 1987); "
        "reproduction allowed with citation.",
        "public file read as an excerpt",
    ),
)
