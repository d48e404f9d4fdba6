"""ISI: seven items on insomnia."""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import (
    Band,
    CutOff,
    Direction,
    Improvement,
    numbered,
)
from recommender.clinical.sourcing import unverified, verified

_BANDS = "pubcompare.ai morin page"
_MORIN_2011 = "Sleep 2011;34(5):601, abstract"

ISI = Instrument(
    id="isi",
    name="ISI",
    layout=unverified(numbered(7, 4)),
    direction=Direction.LOWER_IS_BETTER,
    recall=unverified("2 weeks"),
    total_range=verified((0, 28), _BANDS, "the ends of the lowest and the highest band"),
    bands=(
        verified(Band(0, 7, "none"), _BANDS),
        verified(Band(8, 14, "subthreshold"), _BANDS),
        verified(Band(15, 21, "moderate"), _BANDS),
        verified(Band(22, 28, "severe"), _BANDS),
    ),
    cutoffs=(
        verified(CutOff("community sample", 10), _MORIN_2011),
        verified(CutOff("clinical", 15), _BANDS),
    ),
    minimal_important_difference=verified(6, "PubMed 19689221"),
    improvement=verified(Improvement("moderate improvement", points=8.4), _MORIN_2011),
    licence=unverified(
        "Copyright of the author (Morin); permission or a licence is needed for the item "
        "wording. Scores only."
    ),
)
