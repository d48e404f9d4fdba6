"""Rating scales: their facts with sources, and scoring; nothing that is sent is kept."""

from typing import Annotated, Any

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.views import APIView

from api.parsers import RawJsonParser, decode
from api.schema import described
from api.v1.suggestion_bodies import MAX_ITEMS
from recommender.clinical.instruments import INSTRUMENTS, instrument
from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import Change, Direction
from recommender.exceptions import BadInput


class ItemAnswer(Struct):
    """One question, by its number; answered from 0 to `highest`. Wording isn't held here."""

    id: str
    highest: int


class FactAnswer(Struct):
    """One fact of a scale with where it comes from."""

    name: str
    value: Any
    source: str
    verification: str


class InstrumentAnswer(Struct):
    """A scale: what may be answered, and every fact with its source."""

    id: str
    name: str
    direction: Direction
    items: list[ItemAnswer]
    facts: list[FactAnswer]

    @classmethod
    def of(cls, scale: Instrument) -> "InstrumentAnswer":
        """The scale on the wire."""
        return cls(
            id=scale.id,
            name=scale.name,
            direction=scale.direction,
            items=[ItemAnswer(item.id, item.highest) for item in scale.items],
            facts=[
                FactAnswer(
                    name, msgspec.to_builtins(fact.value), fact.source, str(fact.verification)
                )
                for name, fact in scale.facts()
            ],
        )


class InstrumentPage(Struct):
    """All of them on one page."""

    results: list[InstrumentAnswer]
    next: None = None
    previous: None = None


class ScoreBody(Struct, forbid_unknown_fields=True, frozen=True):
    """The answers by item number, all of them, or the total; `before`: the total last time."""

    answers: Annotated[dict[str, int], Meta(max_length=MAX_ITEMS)] = {}
    total: int | None = None
    before: int | None = None


class ScoreAnswer(Struct):
    """What it comes to: the band, the cut-offs reached, safety items raised, and the change."""

    instrument: str
    total: int | None
    severity: str | None
    reached: list[str]
    raised: list[str]
    change: Change | None


class Instruments(APIView):
    """The scales."""

    @extend_schema(operation_id="v1_instruments_list", responses={200: described(InstrumentPage)})
    def get(self, request: Request) -> HttpResponse:
        """Every scale that is scored here."""
        del request
        return _json(InstrumentPage([InstrumentAnswer.of(each) for each in INSTRUMENTS.values()]))


class InstrumentByName(APIView):
    """One scale."""

    @extend_schema(responses={200: described(InstrumentAnswer)})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The scale of that name."""
        del request
        return _json(InstrumentAnswer.of(instrument(slug)))


class InstrumentScore(APIView):
    """Scoring."""

    parser_classes = (RawJsonParser,)

    @extend_schema(
        request={"application/json": described(ScoreBody)},
        responses={200: described(ScoreAnswer)},
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Score a set of answers, or a total; nothing is stored."""
        scale, body = instrument(slug), decode(request.data, ScoreBody)
        if (body.total is None) == (not body.answers):
            raise BadInput("Give either the answers or the total.", field="answers")
        score = scale.score(body.answers) if body.total is None else scale.score_total(body.total)
        change = None
        if body.before is not None and score.total is not None:
            change = scale.change(body.before, score.total)
        return _json(
            ScoreAnswer(
                instrument=score.instrument,
                total=score.total,
                severity=score.severity,
                reached=[each.name for each in score.reached],
                raised=[each.item for each in score.raised],
                change=change,
            )
        )


def _json(answer: Struct) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(answer), content_type="application/json")
