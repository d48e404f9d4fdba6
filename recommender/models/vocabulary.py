"""The vocabulary: which findings exist, shipped ones and those a data set brought along."""

from django.db import models
from django.db.models import Q

from recommender.clinical.coding import CODE_PATTERN, Concept, FindingKind, ValueType
from recommender.models.pathway import Pathway


class ConceptRecord(models.Model):
    """One finding that can be recorded; without a pathway it's the shipped catalogue's."""

    pathway = models.ForeignKey(
        Pathway, null=True, blank=True, on_delete=models.PROTECT, related_name="concepts"
    )
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in FindingKind])
    code = models.CharField(max_length=64)
    display = models.CharField(max_length=200)
    group = models.CharField(max_length=40, blank=True, help_text="Findings of one sort.")
    value_type = models.CharField(
        max_length=8, choices=[(kind, kind) for kind in ValueType], default=ValueType.FLAG
    )
    system = models.CharField(max_length=200, blank=True)
    system_code = models.CharField(max_length=64, blank=True)
    codes = models.JSONField(default=dict, help_text="System name to code, where verified.")
    source = models.TextField(blank=True)
    retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["kind", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["pathway", "kind", "code"],
                nulls_distinct=False,
                name="concept_code_is_unique",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(FindingKind)), name="concept_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(value_type__in=list(ValueType)), name="concept_value_type_is_known"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="concept_code_is_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.code}"

    def to_value(self) -> Concept:
        """The concept as the clinic's value."""
        return Concept(
            kind=FindingKind(self.kind),
            code=self.code,
            display=self.display,
            value_type=ValueType(self.value_type),
            system=self.system,
            system_code=self.system_code,
        )
