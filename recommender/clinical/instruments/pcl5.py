"""PCL-5: twenty items on post-traumatic stress over a month."""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import CutOff, Direction, numbered
from recommender.clinical.sourcing import second_hand, unverified, verified

_SCORING = "comorbidityguidelines.org.au PCL-5 scoring page; PMC12210402"
_CHANGE = "therapistassist.app pcl-5"

PCL5 = Instrument(
    id="pcl5",
    name="PCL-5",
    layout=unverified(numbered(20, 4)),
    direction=Direction.LOWER_IS_BETTER,
    recall=unverified("1 month", note="a weekly form exists, unverified"),
    total_range=verified((0, 80), _SCORING),
    cutoffs=(
        verified(
            CutOff("lower end of the range to choose from", 31),
            _SCORING,
            "31-33, to be chosen by setting; 34, 38 and 42 reported for other aims",
        ),
        verified(
            CutOff("upper end of the range to choose from", 33),
            _SCORING,
            "31-33, to be chosen by setting; 34, 38 and 42 reported for other aims",
        ),
    ),
    reliable_change=second_hand(
        5, _CHANGE, "as commonly quoted; newer work suggests larger, unverified"
    ),
    minimal_important_difference=second_hand(10, _CHANGE, "as commonly quoted"),
    licence=unverified(
        "Developed by the US National Center for PTSD; public-domain status unverified."
    ),
)
