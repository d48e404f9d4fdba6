"""Y-BOCS: ten clinician-rated items, five on obsessions and five on compulsions."""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import Band, Direction, Improvement, numbered
from recommender.clinical.sourcing import unverified, verified

_TOTAL = "public file read as an excerpt (40 in all, 20 + 20)"
_ITEMS = "public file read as an excerpt (10 items, clinician-administered)"

YBOCS = Instrument(
    id="ybocs",
    name="Y-BOCS",
    layout=verified(
        numbered(10, 4), _ITEMS, "4 a highest answer follows from 10 items and 40 in all"
    ),
    direction=Direction.LOWER_IS_BETTER,
    recall=unverified("1 week"),
    total_range=verified((0, 40), _TOTAL),
    bands=(
        unverified(Band(0, 7, "subclinical")),
        unverified(Band(8, 15, "mild")),
        unverified(Band(16, 23, "moderate")),
        unverified(Band(24, 31, "severe")),
        unverified(Band(32, 40, "extreme")),
    ),
    improvement=unverified(Improvement("response", share=0.35)),
    licence=unverified("Copyright; clinician-rated; permission is needed for the wording."),
)
