"""Alerts: red flags that ask for somebody, and taking them up."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.idempotency import idempotent
from api.pagination import NewestFirst
from api.schema import described
from api.v1.suggestion_bodies import RedFlagAnswer
from recommender import models
from recommender.services import alerts


class TakenUpAnswer(serializers.Serializer[Any]):
    """Who acts on an alert, and since when."""

    by = serializers.CharField()
    at = serializers.DateTimeField()


class AlertAnswer(serializers.ModelSerializer[models.SuggestionList]):
    """An urgent list with its red flags; its id is the list's."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)
    red_flags = serializers.SerializerMethodField()
    acknowledged = serializers.SerializerMethodField()

    class Meta:
        model = models.SuggestionList
        fields = ("id", "pathway", "created", "requested_by", "red_flags", "acknowledged")
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": described(RedFlagAnswer)})
    def get_red_flags(self, alert: models.SuggestionList) -> list[dict[str, Any]]:
        """The flags, as the list gave them."""
        return list(alert.answer["red_flags"])

    @extend_schema_field(TakenUpAnswer(allow_null=True))
    def get_acknowledged(self, alert: models.SuggestionList) -> dict[str, Any] | None:
        """Who took it up first; null while nobody has."""
        record = getattr(alert, "acknowledgement", None)
        if record is not None:
            return {"by": record.by, "at": record.at}
        named = alert.answer["acknowledged"]
        return {"by": named[0]["by"], "at": named[0]["at"]} if named else None


class AlertFilter(filters.FilterSet):
    """Which alerts to list."""

    pathway = filters.CharFilter("pathway__slug")
    acknowledged = filters.BooleanFilter(
        method="by_state", label="false: those that nobody has taken up yet."
    )

    def by_state(
        self, rows: QuerySet[models.SuggestionList], name: str, value: bool
    ) -> QuerySet[models.SuggestionList]:
        """Taken up, or still open."""
        del name
        return alerts.taken_up(rows) if value else alerts.still_open(rows)


class Alerts(generics.ListAPIView[models.SuggestionList]):
    """The alerts, newest first."""

    queryset = models.SuggestionList.objects.none()
    serializer_class = AlertAnswer
    filterset_class = AlertFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[models.SuggestionList]:
        """Every urgent list."""
        return alerts.alerts()


class AlertAcknowledge(APIView):
    """Taking an alert up."""

    @extend_schema(request=None, responses=AlertAnswer)
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Note that you act on its red flags; the first to do so stays on record."""
        alert = alerts.acknowledge(list_id=pk, by=request.user.username)
        return Response(AlertAnswer(alert).data)
