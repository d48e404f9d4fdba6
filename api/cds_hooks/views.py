"""The three addresses of CDS Hooks: what there is, one service, and what came of its cards."""

import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from api import metrics
from api.cds_hooks.cards import OVERRIDE_REASONS, About, Card, cards_of, red_flag_card_id
from api.cds_hooks.catalogue import PATIENT_VIEW, Service, services_on
from api.cds_hooks.feedback import entries_of
from api.cds_hooks.order_cards import anothers_card, order_cards, unread_card
from api.cds_hooks.outcomes import CONTENT_TYPE, outcome
from api.cds_hooks.records import MissingData, Record, by_what_came, person_of, record_of
from api.cds_hooks.requests import Call, body_of, call_body_of, call_of
from api.throttling import WINDOW_SECONDS, counters
from recommender import models
from recommender.clinical.red_flags import fired
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.exceptions import BadInput, NotTrusted, OutOfReach, Refused, UnknownName
from recommender.formats.fhir import FhirReading, case_from, is_any_unread, ordered_in
from recommender.services import (
    cds_clients,
    cds_feedback,
    order_checks,
    safety_notices,
    subjects,
    suggestions,
    unmapped_codes,
    wording,
)
from recommender.services.fhir_codes import bedside_map
from recommender.services.suggestion_store import Given, Origin

NO_DATABASE = "The database doesn't answer. Try again in a few seconds."
Answering = Callable[..., HttpResponse]


def signed(view: Answering) -> Answering:
    """Let registered clients in; anybody else gets a 401 that says nothing."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, **named: str) -> HttpResponse:
        try:
            client = _caller(request)
        except NotTrusted:
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        except (InterfaceError, OperationalError):
            return outcome(503, "transient", NO_DATABASE)
        if counters.count(by(client), time.time()) > client.calls_per_minute:
            refused = outcome(429, "throttled", "Too many calls. Wait a minute.")
            refused["Retry-After"] = str(WINDOW_SECONDS)
            return refused
        return _told(lambda: view(request, client, **named))

    return answered


def _caller(request: HttpRequest) -> models.CdsClient:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotTrusted
    address = request.build_absolute_uri(request.path)
    return cds_clients.caller_of(token.strip(), audience=address)


def _told(answer: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return answer()
    except MissingData as error:
        return outcome(412, error.issue, error.remedy)
    except UnknownName as error:
        return outcome(404, "not-found", str(error))
    except BadInput as error:
        where = f"{error.field}: " if error.field else ""
        return outcome(400, "invalid", f"{where}{error}")
    except Refused as error:
        status = 409 if type(error) is Refused else 503
        return outcome(status, "conflict" if status == 409 else "transient", str(error))
    except (OutOfReach, InterfaceError, OperationalError) as error:
        return outcome(
            503, "transient", str(error) if isinstance(error, OutOfReach) else NO_DATABASE
        )


@signed
@require_GET
def services(request: HttpRequest, client: models.CdsClient) -> HttpResponse:
    """What there is for this client."""
    del request
    found = services_on(cds_clients.pathways_of(client))
    return _json({"services": [each.as_given() for each in found]})


@signed
@require_POST
def service(request: HttpRequest, client: models.CdsClient, service: str) -> HttpResponse:
    """The cards for a patient."""
    called = _service_of(client, service)
    if (refused := _other_type(request)) is not None:
        return refused
    call = call_of(call_body_of(request), hook=called.hook)
    answered = _ranking if called.hook == PATIENT_VIEW else _comments
    return _json({"cards": answered(request, client, called, call)})


def _ranking(
    request: HttpRequest, client: models.CdsClient, called: Service, call: Call
) -> list[Card]:
    record = record_of(call, client=client)
    reading = _reading(record)
    given = suggestions.suggest(
        request=SuggestionRequest(called.pathway.slug, reading.case),
        by=by(client),
        origin=Origin(subjects.pseudonym(client, call.patient), record.gaps),
        beside_red_flags=lambda stored: _notice(stored, client),
    )
    answer = orjson.loads(given.body)
    metrics.count_suggestion_list(given.answer)
    about = About(
        patient=call.patient,
        words=wording.remembered_words(pathway_id=called.pathway.pk),
        review=request.build_absolute_uri(reverse("pages:review", args=[answer["id"]])),
        home=request.build_absolute_uri("/"),
        as_of=reading.as_of,
        gaps=record.gaps,
        launch=request.build_absolute_uri(reverse("smart:launch"))
        if client.smart_client_id
        else "",
    )
    return cards_of(answer, about)


def _notice(given: Given, client: models.CdsClient) -> None:
    safety_notices.beside_list(
        notice_id=red_flag_card_id(given.answer.id),
        list_id=given.answer.id,
        red_flags=fired(given.answer.red_flags),
        by=by(client),
    )


def _comments(
    request: HttpRequest, client: models.CdsClient, called: Service, call: Call
) -> list[Card]:
    home = request.build_absolute_uri("/")
    person = person_of(call, client=client)
    if any(map(person.is_another, call.drafts)):
        person = by_what_came(person, call, client=client)
    drafts = [each for each in call.drafts if not person.is_another(each)]
    drafted = ordered_in(drafts, codes=bedside_map())
    unread = [unread_card(home)] if is_any_unread(drafts) else []
    if len(drafts) < len(call.drafts):
        unread.append(anothers_card(home))
    if not drafted:
        return unread  # orders are hooked before a medicine is picked, and most aren't ours
    record = record_of(call, client=client)
    reading = _reading(record)
    comments = order_checks.check(
        pathway=called.pathway,
        case=reading.case,
        drafted=drafted,
        by=by(client),
    )
    return [*order_cards(comments, record=record, as_of=reading.as_of, home=home), *unread]


def _reading(record: Record) -> FhirReading:
    reading = case_from(record.resources, codes=bedside_map(), today=timezone.localdate())
    metrics.count_unmapped(reading.unmapped)
    metrics.OF_OTHERS.inc(record.others)
    unmapped_codes.count(reading.missed)
    return reading


@signed
@require_POST
def feedback(request: HttpRequest, client: models.CdsClient, service: str) -> HttpResponse:
    """What came of cards becomes reviews; telling it twice changes nothing."""
    # It may come late, when the pathway isn't live any more.
    _named(service, models.Pathway.objects.all())
    if (refused := _other_type(request)) is not None:
        return refused
    entries = entries_of(body_of(request), reasons=OVERRIDE_REASONS)
    for overridden in cds_feedback.record(entries, by=by(client)):
        metrics.count_overridden(overridden)
    return _json({})


def by(client: models.CdsClient) -> str:
    """How the client is named in lists, reviews and the audit."""
    return f"cds:{client.name}"


def _service_of(client: models.CdsClient, name: str) -> Service:
    return _named(name, cds_clients.pathways_of(client))


def _named(name: str, pathways: Iterable[models.Pathway]) -> Service:
    for each in services_on(pathways):
        if each.id == name:
            return each
    raise UnknownName("There is no such service: GET /cds-services lists them.")


def _other_type(request: HttpRequest) -> HttpResponse | None:
    if (request.content_type or "").lower() in {"application/json", CONTENT_TYPE}:
        return None
    return outcome(415, "not-supported", "Send application/json.")


def _json(body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")
