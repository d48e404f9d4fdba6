"""Stops over REST: halt suggestions at once, and let them go on."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.idempotency import idempotent
from api.pagination import NewestFirst
from recommender import models
from recommender.services import stops


class StopAnswer(serializers.ModelSerializer[models.SuggestionStop]):
    """A stop; `lifted_at` is null while it is on."""

    pathway = serializers.SlugRelatedField[models.Pathway](
        slug_field="slug", read_only=True, allow_null=True
    )

    class Meta:
        model = models.SuggestionStop
        fields = (
            "id", "code", "pathway", "therapy", "therapy_class", "reason", "stopped_by",
            "stopped_at", "lifted_by", "lifted_at", "lifted_reason",
        )  # fmt: skip
        read_only_fields = fields


class StopFilter(filters.FilterSet):
    """Which stops to list."""

    on = filters.BooleanFilter(
        "lifted_at", lookup_expr="isnull", label="true: those that are on now."
    )


class StopsPage(NewestFirst):
    """The stops, the latest first."""

    ordering = ("-stopped_at", "-id")


class Stops(generics.ListAPIView[models.SuggestionStop]):
    """The stops, those on and those lifted."""

    queryset = models.SuggestionStop.objects.select_related("pathway")
    serializer_class = StopAnswer
    filterset_class = StopFilter
    pagination_class = StopsPage

    class Body(serializers.Serializer[Any]):
        """What to stop: everything, or one pathway, therapy or class; and why."""

        reason = serializers.CharField(max_length=500)
        pathway = serializers.CharField(max_length=64, required=False, default="")
        therapy = serializers.CharField(max_length=64, required=False, default="")
        therapy_class = serializers.CharField(max_length=100, required=False, default="")

        class Meta:
            ref_name = "NewStop"

    def get_queryset(self) -> QuerySet[models.SuggestionStop]:
        """Every stop."""
        return models.SuggestionStop.objects.select_related("pathway")

    @extend_schema(request=Body, responses={status.HTTP_201_CREATED: StopAnswer})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Stop suggestions from the next answer on; clinicians read the reason."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        made = stops.stop(**body.validated_data, by=request.user.username)
        return Response(StopAnswer(made).data, status=status.HTTP_201_CREATED)


class StopLift(APIView):
    """Lifting a stop."""

    class Body(serializers.Serializer[Any]):
        """Why suggestions may go on."""

        reason = serializers.CharField(max_length=500)

        class Meta:
            ref_name = "StopLift"

    @extend_schema(request=Body, responses=StopAnswer)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Let suggestions go on."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        lifted = stops.lift(stop=pk, reason=body.validated_data["reason"], by=request.user.username)
        return Response(StopAnswer(lifted).data)
