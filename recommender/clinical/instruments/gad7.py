"""GAD-7: seven items on anxiety over two weeks."""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import Band, CutOff, Direction, numbered
from recommender.clinical.sourcing import second_hand, unverified, verified

_BANDS = "helpineedsomebody.org/statistical-measures"
_IAPT = "cbtwatch.com, quoting the IAPT Manual; mpft.nhs.uk"
_ATHENA = "OHDSI/EunomiaDatasets Synthea27Nj CONCEPT.csv"
_FORM = (
    "HL7/personal-health-record-format-ig:"
    "input/fsh/pghd/instance/Questionnaire-ScoredAssessment-GAD7.fsh"
)

_ITEM_CODES = {
    "1": "69725-0",
    "2": "68509-9",
    "3": "69733-4",
    "4": "69734-2",
    "5": "69735-9",
    "6": "69689-8",
    "7": "69736-7",
}

GAD7 = Instrument(
    id="gad7",
    name="GAD-7",
    layout=unverified(
        numbered(
            7,
            3,
            {item: verified(code, _FORM) for item, code in _ITEM_CODES.items()},
        ),
        _FORM,
    ),
    direction=Direction.LOWER_IS_BETTER,
    recall=unverified("2 weeks"),
    total_range=verified((0, 21), _BANDS),
    bands=(
        unverified(Band(0, 4, "minimal"), note="where minimal ends wasn't found"),
        unverified(Band(5, 9, "mild"), note="where mild begins wasn't found"),
        verified(Band(10, 14, "moderate"), _BANDS),
        verified(Band(15, 21, "severe"), _BANDS),
    ),
    cutoffs=(
        second_hand(CutOff("NHS caseness", 8), _IAPT),
        second_hand(CutOff("screen", 10), _IAPT),
    ),
    reliable_change=second_hand(4, _IAPT),
    minimal_important_difference=unverified(4),
    loinc_panel=verified("69737-5", _ATHENA, "the instrument, never the total"),
    loinc_total=verified("70274-6", _ATHENA),
    licence=unverified("The same notice as the PHQ family's.", note="not read for GAD-7 itself"),
)
