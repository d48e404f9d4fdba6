"""The rating scales we score. To add one: write its module, then name it here."""

from recommender.clinical.instruments.auditc import AUDITC
from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.cssrs import CSSRS
from recommender.clinical.instruments.epds import EPDS
from recommender.clinical.instruments.gad7 import GAD7
from recommender.clinical.instruments.isi import ISI
from recommender.clinical.instruments.mdq import MDQ
from recommender.clinical.instruments.pcl5 import PCL5
from recommender.clinical.instruments.phq9 import PHQ9
from recommender.clinical.instruments.who5 import WHO5
from recommender.clinical.instruments.ybocs import YBOCS
from recommender.exceptions import UnknownName

INSTRUMENTS: dict[str, Instrument] = {
    scale.id: scale for scale in (PHQ9, GAD7, PCL5, AUDITC, ISI, WHO5, EPDS, CSSRS, MDQ, YBOCS)
}


def instrument(name: str) -> Instrument:
    """The scale of that name; "PHQ-9", "PHQ9" and "phq9" are one."""
    key = name.lower().replace("-", "").replace("_", "").replace(" ", "")
    if key not in INSTRUMENTS:
        raise UnknownName(
            f"There's no such instrument: use one of {', '.join(INSTRUMENTS)}.",
            field="instrument",
        )
    return INSTRUMENTS[key]
