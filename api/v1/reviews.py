"""Reviews: a clinician's answer to a suggestion list."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct, json
from rest_framework import status
from rest_framework.request import Request
from rest_framework.views import APIView

from api import metrics
from api.idempotency import idempotent
from api.parsers import RawJsonParser, decode
from api.schema import described
from recommender import models
from recommender.clinical.review import MAX_COMMENT, Decision, Outcome
from recommender.services import reviews, second_person, suggestions


class ReviewBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Accepted names a therapy of the list; overridden may name another and a coded reason.

    Deferred may name a day to look again, from which on the list stands in the queue as due.
    """

    outcome: Outcome
    therapy: Annotated[str, Meta(max_length=64)] = ""
    reason: Annotated[str, Meta(max_length=64)] = ""
    comment: Annotated[str, Meta(max_length=MAX_COMMENT)] = ""
    review_on: date | None = None

    def to_value(self) -> Decision:
        """The decision as the clinic's value."""
        return Decision(self.outcome, self.therapy, self.reason, self.comment, self.review_on)


class SecondPersonBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Whether you stand behind a choice against a safety rule of the floor."""

    agrees: bool


class SecondPersonAnswer(Struct, frozen=True):
    """What another clinician said of a choice against a safety rule of the floor."""

    by: str
    agrees: bool
    at: str


class ReviewAnswer(Struct, frozen=True):
    """A review as it was recorded; while it waits for a second person it doesn't count."""

    id: str
    suggestion_list: str
    outcome: str
    therapy: str
    reason: str
    comment: str
    reviewed_by: str
    created: str
    review_on: date | None = None
    waits_for_second: bool = False
    second: SecondPersonAnswer | None = None

    @classmethod
    def of(cls, review: models.Review) -> "ReviewAnswer":
        """The record on the wire."""
        return cls(
            id=str(review.pk),
            suggestion_list=str(review.suggestion_list_id),
            outcome=review.outcome,
            therapy=review.therapy,
            reason=review.reason_code,
            comment=review.comment,
            reviewed_by=review.reviewed_by,
            created=_moment(review.created),
            review_on=review.review_on,
            waits_for_second=review.waits_for_second,
            second=_second(review),
        )


def _second(review: models.Review) -> SecondPersonAnswer | None:
    if review.second_at is None:
        return None
    return SecondPersonAnswer(
        review.second_person, bool(review.second_agrees), _moment(review.second_at)
    )


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


class Reviews(APIView):
    """The reviews of a list; a later one stands beside those before it."""

    parser_classes = (RawJsonParser,)

    @extend_schema(
        request={"application/json": described(ReviewBody)},
        responses={status.HTTP_201_CREATED: described(ReviewAnswer)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> HttpResponse:
        """Record what was decided on the list."""
        decision = decode(request.data, ReviewBody).to_value()
        reviewed = suggestions.given_before(list_id=pk)
        review = reviews.record(
            suggestion_list=reviewed, decision=decision, by=request.user.username
        )
        metrics.count_review(suggestion_list=reviewed, therapy=review.therapy)
        return HttpResponse(
            json.encode(ReviewAnswer.of(review)),
            status=status.HTTP_201_CREATED,
            content_type="application/json",
        )


class ReviewSecond(APIView):
    """The second person of a choice against a safety rule of the floor."""

    parser_classes = (RawJsonParser,)

    @extend_schema(
        request={"application/json": described(SecondPersonBody)},
        responses={status.HTTP_200_OK: described(ReviewAnswer)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> HttpResponse:
        """Say whether you agree; whoever decided can't."""
        said = decode(request.data, SecondPersonBody)
        review = second_person.answer(review_id=pk, agrees=said.agrees, by=request.user.username)
        return HttpResponse(json.encode(ReviewAnswer.of(review)), content_type="application/json")
