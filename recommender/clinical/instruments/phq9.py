"""PHQ-9: nine items on depression over two weeks."""

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import Band, CutOff, Direction, SafetyItem, numbered
from recommender.clinical.sourcing import second_hand, unverified, verified

_BANDS = "helpineedsomebody.org/statistical-measures"
_IAPT = "cbtwatch.com, quoting the IAPT Manual; mpft.nhs.uk wellbeing-questionnaires"
_EXAMPLE = (
    "HL7/us-behavioral-health-profiles:input/resources/questionnaireresponse/phq-9-example-1.xml"
)
_EXAMPLE_AND_ATHENA = f"{_EXAMPLE}; OHDSI/EunomiaDatasets Synthea27Nj"

_ITEM_CODES = {
    "1": "44250-9",
    "2": "44255-8",
    "3": "44259-0",
    "4": "44254-1",
    "5": "44251-7",
    "6": "44258-2",
    "7": "44252-5",
    "8": "44253-3",
    "9": "44260-8",
}

PHQ9 = Instrument(
    id="phq9",
    name="PHQ-9",
    layout=unverified(
        numbered(9, 3, {item: verified(code, _EXAMPLE) for item, code in _ITEM_CODES.items()}),
        _EXAMPLE,
    ),
    direction=Direction.LOWER_IS_BETTER,
    recall=unverified("2 weeks"),
    total_range=verified((0, 27), _BANDS, "the ends of the lowest and the highest band"),
    bands=(
        verified(Band(0, 4, "minimal"), _BANDS),
        verified(Band(5, 9, "mild"), _BANDS),
        verified(Band(10, 14, "moderate"), _BANDS),
        verified(Band(15, 19, "moderately severe"), _BANDS),
        verified(Band(20, 27, "severe"), _BANDS),
    ),
    cutoffs=(second_hand(CutOff("screen", 10), _IAPT),),
    reliable_change=second_hand(6, _IAPT),
    minimal_important_difference=unverified(5),
    safety_items=(
        unverified(SafetyItem("9", 1), note="which item it is was found, the rule wasn't"),
    ),
    loinc_panel=verified("44249-1", _EXAMPLE_AND_ATHENA, "the panel, never the total"),
    loinc_total=verified("44261-6", _EXAMPLE_AND_ATHENA),
    loinc_total_also=(
        unverified("89204-2", note="the teen form's total; older synthetic records use it"),
    ),
    licence=unverified(
        "Free to use: the copyright text says that no permission is needed to reproduce, "
        "translate, display or distribute. LOINC's own licence applies to the codes.",
        "glow-mdsol/vulcan-soa-connectathon-37 example-qs-phq-15.fsh",
        "the text was read for the sister form PHQ-15",
    ),
)
