"""Suggestions: which therapies to put forward for review of one case."""

from uuid import UUID

import msgspec
import orjson
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.views import APIView

from api import metrics
from api.idempotency import idempotent
from api.parsers import RawJsonParser, decode
from api.schema import described
from api.v1.reviews import ReviewAnswer
from api.v1.suggestion_bodies import SuggestionBody, SuggestionListAnswer
from recommender.services import suggestions


class ReviewedListAnswer(SuggestionListAnswer, kw_only=True):
    """A suggestion list as it was given, with what was decided on it."""

    reviews: list[ReviewAnswer]


class Suggestions(APIView):
    """Suggestion lists: asked for here, and stored before they are answered."""

    parser_classes = (RawJsonParser,)

    @extend_schema(
        request={"application/json": described(SuggestionBody)},
        responses={status.HTTP_201_CREATED: described(SuggestionListAnswer)},
    )
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Ask which therapies to review for a case."""
        body = decode(request.data, SuggestionBody)
        given = suggestions.suggest(request=body.to_value(), by=request.user.username)
        answer = given.answer
        metrics.count_suggestion_list(answer)
        return HttpResponse(
            given.body,
            status=status.HTTP_201_CREATED,
            content_type="application/json",
            headers={"Location": f"{request.path}{answer.id}/"},
        )


class Suggestion(APIView):
    """One suggestion list."""

    @extend_schema(responses={status.HTTP_200_OK: described(ReviewedListAnswer)})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """The list as it was given, with its reviews."""
        del request
        found = suggestions.given_before(list_id=pk)
        reviews = [msgspec.to_builtins(ReviewAnswer.of(each)) for each in found.reviews.all()]
        return HttpResponse(
            orjson.dumps({**found.answer, "reviews": reviews}), content_type="application/json"
        )
