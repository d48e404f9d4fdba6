"""AUDIT-C: three items on drinking."""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import CutOff, Direction, numbered
from recommender.clinical.sourcing import unverified, verified

_CUTOFF = "getoncourse.ai mental-health-screening page"
_CODES = "OHDSI/PhenotypeLibrary 1410.json; OHDSI/EunomiaDatasets"

AUDITC = Instrument(
    id="auditc",
    name="AUDIT-C",
    layout=unverified(numbered(3, 4)),
    direction=Direction.LOWER_IS_BETTER,
    recall=unverified("12 months"),
    total_range=unverified((0, 12)),
    cutoffs=(
        verified(CutOff("women", 3), _CUTOFF),
        verified(CutOff("men", 4), _CUTOFF),
    ),
    safety_note=unverified("A high score with a recent stop asks for a withdrawal check."),
    loinc_panel=verified("72109-2", _CODES),
    loinc_total=verified(
        "75626-2", _CODES, "76504-0 is the total of the HARK, though one example says otherwise"
    ),
    licence=unverified("Of the WHO AUDIT family; free for non-commercial use."),
)
