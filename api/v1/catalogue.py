"""The catalogue: pathways, therapies, vocabulary and safety rules, for everybody to read."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework import generics, serializers

from api.pagination import ByCode
from recommender import models
from recommender.clinical.coding import FindingKind, TherapyKind
from recommender.clinical.safety import Severity


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
            "indications", "evidence_grade", "evidence_source", "source", "retired", "offered",
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


class Therapy(generics.RetrieveAPIView[models.TherapyRecord]):
    """One therapy."""

    queryset = models.TherapyRecord.objects.select_related("pathway")
    serializer_class = TherapyAnswer


class ConceptAnswer(serializers.ModelSerializer[models.ConceptRecord]):
    """A finding that can be recorded; without a pathway it is shipped."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)

    class Meta:
        model = models.ConceptRecord
        fields = (
            "id", "pathway", "kind", "code", "display", "value_type", "system", "system_code",
            "codes", "source", "retired",
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


class Concept(generics.RetrieveAPIView[models.ConceptRecord]):
    """One finding of the vocabulary."""

    queryset = models.ConceptRecord.objects.select_related("pathway")
    serializer_class = ConceptAnswer


class SafetyRuleAnswer(serializers.ModelSerializer[models.SafetyRuleRecord]):
    """A safety rule; without a pathway it is shipped."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)

    class Meta:
        model = models.SafetyRuleRecord
        fields = (
            "id", "pathway", "code", "therapy", "therapy_class", "kind", "finding", "min_value",
            "condition", "has_to_be_known", "severity", "reason", "source", "verification",
            "floor", "active",
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


class SafetyRule(generics.RetrieveAPIView[models.SafetyRuleRecord]):
    """One safety rule."""

    queryset = models.SafetyRuleRecord.objects.select_related("pathway")
    serializer_class = SafetyRuleAnswer
