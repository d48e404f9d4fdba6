"""Stops: halt suggestions at once, everywhere or in part, and let them go on again."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from recommender import models
from recommender.clinical.privacy import identifier_in_prose
from recommender.clinical.therapy import Therapy, class_code
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.services import audit, pathways

STOPPED, LIFTED = "suggestions.stopped", "suggestions.resumed"
_LONGEST_REASON = 500


def active(*, pathway: models.Pathway | None = None) -> QuerySet[models.SuggestionStop]:
    """The stops that are on; with a pathway, those that hold there."""
    found = models.SuggestionStop.objects.filter(lifted_at=None).select_related("pathway")
    return found if pathway is None else found.filter(Q(pathway=None) | Q(pathway=pathway))


def check(*, reason: str, pathway: str = "", therapy: str = "", therapy_class: str = "") -> None:
    """Raise what would be in the way of this stop."""
    _checked(reason, "Say why; clinicians read it.")
    _refuse_unknown(therapy, class_code(therapy_class))
    area = pathways.named(pathway) if pathway else None
    same = models.SuggestionStop.objects.filter(
        pathway=area, therapy=therapy, therapy_class=class_code(therapy_class), lifted_at=None
    )
    if same.exists():
        raise Refused("This is stopped already. Lift that stop first to say more.")


@transaction.atomic
def stop(
    *, reason: str, by: str, pathway: str = "", therapy: str = "", therapy_class: str = ""
) -> models.SuggestionStop:
    """Halt suggestions from the next answer on, in every process."""
    check(reason=reason, pathway=pathway, therapy=therapy, therapy_class=therapy_class)
    made = models.SuggestionStop.objects.create(
        pathway=pathways.named(pathway) if pathway else None,
        therapy=therapy,
        therapy_class=class_code(therapy_class),
        reason=reason.strip(),
        stopped_by=by,
    )
    audit.record(action=STOPPED, target=_target(made), by=by)
    return made


@transaction.atomic
def lift(*, stop: int, reason: str, by: str) -> models.SuggestionStop:
    """Let suggestions go on, and say why."""
    said = _checked(reason, "Say why suggestions may go on.")
    found = models.SuggestionStop.objects.select_for_update().filter(pk=stop).first()
    if found is None:
        raise UnknownName("There is no stop of this number.", field="stop")
    if found.lifted_at is not None:
        raise Refused(f"{found} was lifted before; there's nothing left to do.")
    found.lifted_by, found.lifted_at, found.lifted_reason = by, timezone.now(), said
    found.save(update_fields=["lifted_by", "lifted_at", "lifted_reason"])
    audit.record(action=LIFTED, target=_target(found), by=by)
    return found


def in_the_way_of(
    suggestion_list: models.SuggestionList, *, therapy: str
) -> models.SuggestionStop | None:
    """The stop that now forbids accepting this therapy of a list given before."""
    now_on = list(active(pathway=suggestion_list.pathway))
    if not now_on:
        return None
    here = Q(pathway=None) | Q(pathway=suggestion_list.pathway_id)
    known = models.TherapyRecord.objects.filter(here, code=therapy)
    classes = frozenset[str]().union(*(record.to_value().classes for record in known))
    for each in now_on:
        value = each.to_value()
        if value.is_of_everything or value.therapy == therapy or value.therapy_class in classes:
            return each
    return None


def _checked(reason: str, remedy: str) -> str:
    said = reason.strip()
    if not said:
        raise BadInput(remedy, field="reason")
    if len(said) > _LONGEST_REASON:
        raise BadInput(f"Say it in {_LONGEST_REASON} characters.", field="reason")
    if identifier_in_prose(said):
        raise BadInput("Leave out what says who somebody is.", field="reason")
    return said


def _refuse_unknown(therapy: str, therapy_class: str) -> None:
    if therapy and therapy_class:
        raise BadInput("Name a therapy or a class, not both.", field="therapy_class")
    if not therapy and not therapy_class:
        return
    known = _therapies()
    if therapy and therapy not in {each.code for each in known}:
        raise UnknownName(
            "No therapy has this code; see /api/v1/therapies/ for those there are.",
            field="therapy",
        )
    if therapy_class and not any(therapy_class in each.classes for each in known):
        named = sorted({class_code(each.therapy_class) for each in known if each.therapy_class})
        raise UnknownName(
            f"No therapy is of this class. There are: {', '.join(named)}.", field="therapy_class"
        )


def _therapies() -> list[Therapy]:
    return [record.to_value() for record in models.TherapyRecord.objects.all()]


def _target(stop: models.SuggestionStop) -> str:
    where = stop.pathway.slug if stop.pathway else "everywhere"
    return f"{stop} {where} {stop.subject}"
