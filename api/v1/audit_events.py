"""The audit chain, to read."""

from django_filters import rest_framework as filters
from rest_framework import generics, serializers

from api.pagination import ByNumber
from recommender import models


class AuditEventAnswer(serializers.ModelSerializer[models.AuditEvent]):
    """One event with its seal."""

    class Meta:
        model = models.AuditEvent
        fields = (
            "id", "at", "actor", "action", "target", "version", "digest", "previous_hash", "hash",
        )  # fmt: skip
        read_only_fields = fields


class AuditEventFilter(filters.FilterSet):
    """Which events to list."""

    actor = filters.CharFilter("actor")
    action = filters.CharFilter("action")
    target = filters.CharFilter("target")
    since = filters.IsoDateTimeFilter("at", "gte")
    until = filters.IsoDateTimeFilter("at", "lt")


class AuditEvents(generics.ListAPIView[models.AuditEvent]):
    """The audit events, newest first."""

    queryset = models.AuditEvent.objects.all()
    serializer_class = AuditEventAnswer
    filterset_class = AuditEventFilter
    pagination_class = ByNumber
