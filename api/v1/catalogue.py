"""The catalogue: therapies, vocabulary and safety rules, read by all and written to its draft."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request

from api.idempotency import idempotent
from api.pagination import ByCode
from api.v1 import catalogue_bodies
from api.v1.catalogue_bodies import DraftedAnswer
from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.clinical.coding import FindingKind, TherapyKind
from recommender.clinical.safety import Severity

ACCEPTED = status.HTTP_202_ACCEPTED


def _words(*words: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    return [(str(word), str(word)) for word in words]


class _InScope(filters.FilterSet):
    """The catalogue's own entries, and with `pathway` those of that pathway beside them."""

    pathway = filters.CharFilter(
        method="of_pathway", label="A pathway's slug: shipped entries and those of the pathway."
    )
    code = filters.CharFilter("code")

    def of_pathway(self, rows: QuerySet[Any], name: str, slug: str) -> QuerySet[Any]:
        """Shipped entries, and those that the pathway's data sets brought along."""
        del name
        return rows.filter(Q(pathway__isnull=True) | Q(pathway__slug=slug))


class TherapyAnswer(serializers.ModelSerializer[models.TherapyRecord]):
    """A therapy of the catalogue; without a pathway it is shipped."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)

    class Meta:
        model = models.TherapyRecord
        fields = (
            "id", "pathway", "code", "name", "kind", "attributes", "codes",
            "indications", "note", "evidence_grade", "evidence_source", "source", "retired",
            "offered",
        )  # fmt: skip
        read_only_fields = fields

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`class` is a word of Python, so that field can't be an attribute."""
        therapy_class = serializers.CharField(source="therapy_class", read_only=True)
        return {**super().get_fields(), "class": therapy_class}


class TherapyFilter(_InScope):
    """Which therapies to list."""

    kind = filters.ChoiceFilter(choices=_words(*TherapyKind))
    therapy_class = filters.CharFilter("therapy_class")
    retired = filters.BooleanFilter("retired")
    search = filters.CharFilter("name", "icontains", label="Part of the name.")


class Therapies(generics.ListAPIView[models.TherapyRecord]):
    """The therapies, by code."""

    queryset = models.TherapyRecord.objects.select_related("pathway")
    serializer_class = TherapyAnswer
    filterset_class = TherapyFilter
    pagination_class = ByCode

    @extend_schema(request=catalogue_bodies.NewTherapyBody, responses={ACCEPTED: DraftedAnswer})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Add a therapy to the draft of the catalogue; it holds when that is published."""
        return catalogue_bodies.add(request, EntryKind.THERAPY, catalogue_bodies.NewTherapyBody)


class Therapy(generics.RetrieveAPIView[models.TherapyRecord]):
    """One therapy."""

    queryset = models.TherapyRecord.objects.select_related("pathway")
    serializer_class = TherapyAnswer

    @extend_schema(request=catalogue_bodies.TherapyBody, responses={ACCEPTED: DraftedAnswer})
    def patch(self, request: Request, pk: int) -> HttpResponse:
        """Change the therapy in the draft of the catalogue; it holds when that is published."""
        del pk
        entry = self.get_object()
        return catalogue_bodies.change(
            request, EntryKind.THERAPY, entry, catalogue_bodies.TherapyBody
        )


class ConceptAnswer(serializers.ModelSerializer[models.ConceptRecord]):
    """A finding that can be recorded; without a pathway it is shipped."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)

    class Meta:
        model = models.ConceptRecord
        fields = (
            "id", "pathway", "kind", "code", "display", "group", "value_type", "system",
            "system_code", "codes", "source", "retired",
        )  # fmt: skip
        read_only_fields = fields


class ConceptFilter(_InScope):
    """Which findings to list."""

    kind = filters.ChoiceFilter(choices=_words(*FindingKind))
    retired = filters.BooleanFilter("retired")
    search = filters.CharFilter("display", "icontains", label="Part of the display.")


class Vocabulary(generics.ListAPIView[models.ConceptRecord]):
    """The findings that can be recorded, by code."""

    queryset = models.ConceptRecord.objects.select_related("pathway")
    serializer_class = ConceptAnswer
    filterset_class = ConceptFilter
    pagination_class = ByCode

    @extend_schema(request=catalogue_bodies.NewConceptBody, responses={ACCEPTED: DraftedAnswer})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Add a finding to the draft of the catalogue; it holds when that is published."""
        return catalogue_bodies.add(request, EntryKind.FINDING, catalogue_bodies.NewConceptBody)


class Concept(generics.RetrieveAPIView[models.ConceptRecord]):
    """One finding of the vocabulary."""

    queryset = models.ConceptRecord.objects.select_related("pathway")
    serializer_class = ConceptAnswer

    @extend_schema(request=catalogue_bodies.ConceptBody, responses={ACCEPTED: DraftedAnswer})
    def patch(self, request: Request, pk: int) -> HttpResponse:
        """Change the finding in the draft of the catalogue; it holds when that is published."""
        del pk
        entry = self.get_object()
        return catalogue_bodies.change(
            request, EntryKind.FINDING, entry, catalogue_bodies.ConceptBody
        )


class ConditionAnswer(serializers.ModelSerializer[models.ConditionRecord]):
    """What a therapy may be indicated for; no finding of a case."""

    class Meta:
        model = models.ConditionRecord
        fields = ("id", "code", "display", "codes", "source", "retired")
        read_only_fields = fields


class ConditionFilter(filters.FilterSet):
    """Which conditions to list."""

    code = filters.CharFilter("code")
    retired = filters.BooleanFilter("retired")
    search = filters.CharFilter("display", "icontains", label="Part of the display.")


class Conditions(generics.ListAPIView[models.ConditionRecord]):
    """The conditions that therapies are indicated for, by code."""

    queryset = models.ConditionRecord.objects.all()
    serializer_class = ConditionAnswer
    filterset_class = ConditionFilter
    pagination_class = ByCode

    @extend_schema(request=catalogue_bodies.NewConditionBody, responses={ACCEPTED: DraftedAnswer})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Add a condition to the draft of the catalogue; it holds when that is published."""
        return catalogue_bodies.add(request, EntryKind.CONDITION, catalogue_bodies.NewConditionBody)


class Condition(generics.RetrieveAPIView[models.ConditionRecord]):
    """One condition."""

    queryset = models.ConditionRecord.objects.all()
    serializer_class = ConditionAnswer

    @extend_schema(request=catalogue_bodies.ConditionBody, responses={ACCEPTED: DraftedAnswer})
    def patch(self, request: Request, pk: int) -> HttpResponse:
        """Change the condition in the draft of the catalogue; it holds when that is published."""
        del pk
        entry = self.get_object()
        return catalogue_bodies.change(
            request, EntryKind.CONDITION, entry, catalogue_bodies.ConditionBody
        )


class SafetyRuleAnswer(serializers.ModelSerializer[models.SafetyRuleRecord]):
    """A safety rule; without a pathway it is shipped."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)

    class Meta:
        model = models.SafetyRuleRecord
        fields = (
            "id", "pathway", "code", "therapy", "therapy_class", "kind", "finding", "min_value",
            "condition", "has_to_be_known", "severity", "reason", "source", "verification",
            "floor", "active", "examples",
        )  # fmt: skip
        read_only_fields = fields


class SafetyRuleFilter(_InScope):
    """Which rules to list."""

    severity = filters.ChoiceFilter(choices=_words(*Severity))
    therapy = filters.CharFilter("therapy")
    therapy_class = filters.CharFilter("therapy_class")
    finding = filters.CharFilter("finding")
    active = filters.BooleanFilter("active")


class SafetyRules(generics.ListAPIView[models.SafetyRuleRecord]):
    """The safety rules, by code."""

    queryset = models.SafetyRuleRecord.objects.select_related("pathway")
    serializer_class = SafetyRuleAnswer
    filterset_class = SafetyRuleFilter
    pagination_class = ByCode

    @extend_schema(request=catalogue_bodies.NewSafetyRuleBody, responses={ACCEPTED: DraftedAnswer})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Add a rule to the draft of the catalogue; it holds when that is published."""
        return catalogue_bodies.add(request, EntryKind.RULE, catalogue_bodies.NewSafetyRuleBody)


class SafetyRule(generics.RetrieveAPIView[models.SafetyRuleRecord]):
    """One safety rule."""

    queryset = models.SafetyRuleRecord.objects.select_related("pathway")
    serializer_class = SafetyRuleAnswer

    @extend_schema(request=catalogue_bodies.SafetyRuleBody, responses={ACCEPTED: DraftedAnswer})
    def patch(self, request: Request, pk: int) -> HttpResponse:
        """Change the rule in the draft of the catalogue; it holds when that is published."""
        del pk
        entry = self.get_object()
        return catalogue_bodies.change(
            request, EntryKind.RULE, entry, catalogue_bodies.SafetyRuleBody
        )
