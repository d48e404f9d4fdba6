"""WHO-5: five items on well-being over two weeks; more is better.

Totals are the 0-100 ones (raw sum times four), since the cut-off and the change speak of these.
"""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import CutOff, Direction, numbered
from recommender.clinical.sourcing import unverified, verified

_MANUAL = "millisecond.com WHO-5 manual"

WHO5 = Instrument(
    id="who5",
    name="WHO-5",
    layout=verified(numbered(5, 5), _MANUAL),
    direction=Direction.HIGHER_IS_BETTER,
    recall=verified("2 weeks", _MANUAL),
    total_range=unverified((0, 100), note="raw 0-25 times 4"),
    weight=4,
    cutoffs=(unverified(CutOff("screen", 50, or_lower=True)),),
    minimal_important_difference=unverified(10),
    licence=unverified("Free; WHO's terms may forbid commercial use without permission."),
)
