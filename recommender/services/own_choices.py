"""A clinician's own choice, screened as a suggestion is: against the case that the list was for."""

from dataclasses import dataclass

from recommender import models
from recommender.clinical.red_flags import stop_something, stops
from recommender.clinical.snapshot import snapshot_of
from recommender.clinical.suggestion import Withheld
from recommender.services import order_checks, safety
from recommender.services.suggestion_store import case_from


@dataclass(frozen=True, slots=True)
class SafetyStop:
    """Why a therapy is kept back; one of the floor takes a second person to go against."""

    reason: str
    source: str
    is_of_floor: bool


def stop_against(suggestion_list: models.SuggestionList, *, therapy: str) -> SafetyStop | None:
    """What keeps this therapy back: what the list said, or, of another one, what holds now."""
    if not therapy:
        return None
    answer = suggestion_list.answer
    for each in answer["withheld"]:
        if each["therapy"]["code"] == therapy:
            # Lists from before this was told count as the stricter.
            return SafetyStop(each["reason"], each["source"], each.get("floor", True))
    if any(each["therapy"]["code"] == therapy for each in answer["suggestions"]):
        return None
    return _screened(suggestion_list, therapy)


def _screened(suggestion_list: models.SuggestionList, therapy: str) -> SafetyStop | None:
    """A version knows some therapies only, while the rules speak of the whole catalogue."""
    known = order_checks.catalogue(suggestion_list.pathway)
    chosen = known.get(therapy)
    if chosen is None:
        return None
    case = case_from(suggestion_list.case)
    rules = safety.active_rules(suggestion_list.pathway)
    snapshot = snapshot_of(case, therapies=known, proposed=(chosen,))
    screening = rules.screen(case, (chosen,), snapshot=snapshot)
    flags = rules.panel.evaluate(snapshot)
    withheld = Withheld(
        chosen,
        screening.withheld.get(therapy, ()),
        stops(stop_something(flags), chosen),
    )
    if not withheld.rules:
        return None
    first = withheld.as_given()
    return SafetyStop(first["reason"], first["source"], first["floor"])
