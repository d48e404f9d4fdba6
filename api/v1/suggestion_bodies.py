"""What a suggestion request and its answer look like on the wire."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, Stopped, TherapyKind
from recommender.clinical.instruments import instrument
from recommender.clinical.red_flags import Urgency
from recommender.clinical.safety import Severity
from recommender.clinical.snapshot import assessment
from recommender.clinical.suggestion import Status
from recommender.clinical.suggestion_request import (
    DEFAULT_LIMIT,
    MAX_ALLERGIES,
    MAX_FINDINGS,
    MAX_LIMIT,
    MAX_RESPONSES,
    Preferences,
    SuggestionRequest,
    response_of,
)
from recommender.clinical.therapy import class_code
from recommender.exceptions import BadInput

MAX_DAYS = 36_500
MAX_ITEMS = 100
MAX_INSTRUMENTS = 50

Code = Annotated[str, Meta(min_length=1, max_length=64)]


class FindingBody(Struct, forbid_unknown_fields=True, frozen=True):
    """One finding: severity 0 to 3, a number, a category, or no value: present."""

    kind: FindingKind
    code: Code
    value: float | str | None = None


class ResponseBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A therapy tried: its response from 0 to 1 or as a word, why it ended, whether it has."""

    therapy: Code
    response: float | str | None = None
    stopped: Stopped = Stopped.UNKNOWN
    in_use: bool | None = None
    days_since_stop: Annotated[int, Meta(ge=0, le=MAX_DAYS)] | None = None


class InstrumentBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A rating scale, the oldest first: its answers by item number, or its total alone."""

    instrument: Code
    answers: Annotated[dict[str, int], Meta(max_length=MAX_ITEMS)] = {}
    total: int | None = None


class CaseBody(Struct, forbid_unknown_fields=True, frozen=True):
    """An anonymised case, as it is now.

    `allergies` are therapies, ingredients and classes that aren't tolerated; an empty list says
    that there are none, and without the field nobody recorded it.
    """

    findings: Annotated[list[FindingBody], Meta(max_length=MAX_FINDINGS)] = []
    responses: Annotated[list[ResponseBody], Meta(max_length=MAX_RESPONSES)] = []
    instruments: Annotated[list[InstrumentBody], Meta(max_length=MAX_INSTRUMENTS)] = []
    clinician_says: Annotated[dict[str, bool], Meta(max_length=MAX_FINDINGS)] = {}
    all_therapies_known: bool = False
    allergies: Annotated[list[Code], Meta(max_length=MAX_ALLERGIES)] | None = None
    id: str | UnsetType = UNSET


class PreferencesBody(Struct, forbid_unknown_fields=True, frozen=True):
    """What the person would rather avoid (kind, class, side effect); what isn't offered here."""

    avoid_kinds: Annotated[list[TherapyKind], Meta(max_length=10)] = []
    avoid_classes: Annotated[list[Code], Meta(max_length=MAX_FINDINGS)] = []
    not_offered: Annotated[list[Code], Meta(max_length=MAX_FINDINGS)] = []
    avoid_effects: Annotated[list[Code], Meta(max_length=MAX_FINDINGS)] = []

    def to_value(self) -> Preferences:
        """The preferences as the clinic's value."""
        return Preferences(
            frozenset(self.avoid_kinds),
            frozenset(class_code(name) for name in self.avoid_classes),
            frozenset(self.not_offered),
            dict.fromkeys(self.avoid_effects, frozenset[str]()),
        )


class SuggestionBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Which therapies to review for this case.

    `explain: all` names every finding's part, and why red flags aren't assessed.

    `acknowledged` names the red flags that are being acted on, which releases a list they hold.
    """

    pathway: Code
    case: CaseBody
    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    explain: Literal["all"] | None = None
    acknowledged: Annotated[list[Code], Meta(max_length=MAX_FINDINGS)] = []
    preferences: PreferencesBody = PreferencesBody()

    def to_value(self) -> SuggestionRequest:
        """The request as the clinic's value."""
        if self.case.id is not UNSET:
            raise BadInput(
                "Send the case's findings and responses; stored cases can't be named yet.",
                field="case.id",
            )
        findings = tuple(
            Finding(finding.kind, finding.code, finding.value) for finding in self.case.findings
        )
        tried = tuple(_tried(place, body) for place, body in enumerate(self.case.responses))
        case = Case(
            findings,
            tried,
            tuple(_assessment(place, body) for place, body in enumerate(self.case.instruments, 1)),
            self.case.clinician_says,
            self.case.all_therapies_known,
            None if self.case.allergies is None else tuple(dict.fromkeys(self.case.allergies)),
        )
        return SuggestionRequest(
            self.pathway,
            case,
            self.limit,
            explain_all=self.explain == "all",
            acknowledged=tuple(self.acknowledged),
            preferences=self.preferences.to_value(),
        )


def _tried(place: int, body: ResponseBody) -> TriedTherapy:
    try:
        response = response_of(body.response)
    except BadInput as problem:
        raise BadInput(str(problem), field=f"case.responses[{place}].response") from None
    return TriedTherapy(
        body.therapy, response, body.stopped.value, body.in_use, body.days_since_stop
    )


def _assessment(place: int, body: InstrumentBody) -> Assessment:
    """The place in the list, counted from 1, says which set is the later one."""
    try:
        if body.total is None:
            return assessment(body.instrument, body.answers, sequence=place)
        if body.answers:
            raise BadInput("Give either the answers or the total.", field="total")
        instrument(body.instrument).check_total(body.total)
    except BadInput as problem:
        field = f"case.instruments[{place - 1}].{problem.field}"
        raise BadInput(str(problem), field=field) from None
    return Assessment(body.instrument, place, {}, body.total)


class CodedAnswer(Struct, forbid_unknown_fields=True):
    """A finding, or a therapy that was tried, by its code."""

    kind: str
    code: str


class UnrecognisedAnswer(CodedAnswer):
    """Something that wasn't used, and entries whose names are close to its own, if any are."""

    near: list[str] | UnsetType = UNSET


class ReadAsAnswer(Struct, forbid_unknown_fields=True):
    """Something the request named otherwise, and the code of the entry that it was read as."""

    kind: str
    given: str
    code: str


class ReasonAnswer(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a finding adds to the therapy's score, beyond what it adds to the mean therapy's.

    With `together_with`, what the two add together beyond what each adds alone.
    """

    kind: FindingKind
    code: str
    contribution: float
    together_with: CodedAnswer | None = None


class TherapyAnswer(Struct, forbid_unknown_fields=True, rename={"therapy_class": "class"}):
    """A therapy."""

    code: str
    name: str
    kind: TherapyKind
    therapy_class: str


class IntervalAnswer(Struct, forbid_unknown_fields=True):
    """The interval of the group's rate."""

    level: float
    lower: float
    upper: float


class SupportAnswer(Struct, forbid_unknown_fields=True):
    """How many similar cases had the therapy, and which share of them responded.

    No share where the version isn't calibrated.
    """

    cases: int
    responded: float | None


class RuleAnswer(Struct, forbid_unknown_fields=True):
    """A safety rule that holds for the case, and what made it hold."""

    rule: str
    reason: str
    source: str
    verification: str
    because: list[CodedAnswer]


class CautionAnswer(RuleAnswer):
    """What a rule says beside a suggestion."""

    severity: Severity


class WithheldAnswer(RuleAnswer):
    """A therapy that a rule took out of the ranking; `further` rules say so too.

    To choose one of the `floor` all the same takes a reason and a second clinician.
    """

    therapy: TherapyAnswer
    further: list[RuleAnswer]
    floor: bool


class TriedAnswer(Struct, forbid_unknown_fields=True):
    """A therapy left out because it failed before."""

    therapy: TherapyAnswer
    reason: str


class SetAsideAnswer(Struct, forbid_unknown_fields=True):
    """A therapy left out for a preference, or because it isn't offered or is retired."""

    therapy: TherapyAnswer
    reason: str


class OddsRatioAnswer(Struct, forbid_unknown_fields=True):
    """The odds of a response against those of control, with an interval."""

    odds_ratio: float
    lower: float
    upper: float
    level: float


class EvidenceAnswer(Struct, forbid_unknown_fields=True):
    """What published studies say of the therapy: of its own alone, and as the version uses it."""

    studies: int
    people: int
    studies_not_at_low_risk_of_bias: int
    conditions: list[str]
    sources: list[str]
    pooled: OddsRatioAnswer
    used: OddsRatioAnswer
    active_therapies_differ: bool
    text: str


class SuggestionAnswer(Struct, forbid_unknown_fields=True):
    """A therapy to review. The numbers speak of a group; null where none may be shown."""

    id: str
    rank: int
    therapy: TherapyAnswer
    probability: float | None
    interval: IntervalAnswer | None
    tied_with: list[str]
    baseline: float | None
    support: SupportAnswer | None
    because: list[ReasonAnswer]
    against: list[ReasonAnswer]
    cautions: list[CautionAnswer]
    suggested_again_because: str | UnsetType = UNSET
    evidence: EvidenceAnswer | UnsetType = UNSET


class RedFlagAnswer(Struct, forbid_unknown_fields=True):
    """What asks for urgent human attention before any suggestion; for clinicians only."""

    code: str
    message: str
    action: str
    because: list[CodedAnswer]
    source: str
    verification: str
    urgency: Urgency
    effects: list[str]
    acknowledge: bool
    notify: list[str]
    protocol: str | None


class QuestionAnswer(Struct, forbid_unknown_fields=True):
    """A question that no record answers; its code goes into `clinician_says`."""

    code: str
    question: str


class NotAssessedAnswer(Struct, forbid_unknown_fields=True):
    """A red flag that nobody can tell about yet; why not is said when all is to be explained."""

    code: str
    urgency: Urgency | UnsetType = UNSET
    missing: list[CodedAnswer] | UnsetType = UNSET
    questions: list[QuestionAnswer] | UnsetType = UNSET


class AcknowledgedAnswer(Struct, forbid_unknown_fields=True):
    """A red flag that somebody says is being acted on."""

    code: str
    by: str
    at: str


class TrainedOnAnswer(Struct, forbid_unknown_fields=True):
    """A data set that the version learned from."""

    dataset: str
    version: str


class VersionAnswer(Struct, forbid_unknown_fields=True):
    """The model version that answered."""

    id: str
    number: int
    trained_on: list[TrainedOnAnswer]
    card: str


class HelpfulAnswer(Struct, forbid_unknown_fields=True):
    """The finding that would help most where there is no list, if it were recorded."""

    kind: str
    code: str
    display: str


class SuggestionListAnswer(Struct, forbid_unknown_fields=True):
    """The answer as a whole, as it is stored."""

    id: str
    status: Status
    reason: str | None
    would_help: HelpfulAnswer | None
    pathway: str
    personalised: bool
    simulated: bool
    created: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    model_version: VersionAnswer
    safety_rules_version: str
    catalogue_version: int | None
    red_flags: list[RedFlagAnswer]
    red_flags_not_assessed: list[NotAssessedAnswer]
    acknowledged: list[AcknowledgedAnswer]
    suggestions: list[SuggestionAnswer]
    withheld: list[WithheldAnswer]
    already_tried: list[TriedAnswer]
    set_aside: list[SetAsideAnswer]
    unrecognised: list[UnrecognisedAnswer]
    notice: str
    read_as: list[ReadAsAnswer] | UnsetType = UNSET
