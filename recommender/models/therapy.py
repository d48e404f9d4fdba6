"""The therapy catalogue: shipped entries and those a data set brought along."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from recommender.clinical.coding import CODE_PATTERN, TherapyKind
from recommender.clinical.therapy import Therapy
from recommender.models.pathway import Pathway


class TherapyRecord(models.Model):
    """One therapy that can be suggested; without a pathway it's the shipped catalogue's."""

    pathway = models.ForeignKey(
        Pathway, null=True, blank=True, on_delete=models.PROTECT, related_name="therapies"
    )
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in TherapyKind])
    therapy_class = models.CharField(max_length=100, blank=True)
    attributes = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    codes = models.JSONField(default=dict, help_text="System name to code, where verified.")
    indications = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    note = models.TextField(blank=True, help_text="What to bear in mind; a draft.")
    evidence_grade = models.CharField(max_length=20, blank=True)
    evidence_source = models.TextField(blank=True)
    source = models.TextField(blank=True)
    retired = models.BooleanField(default=False)
    offered = models.BooleanField(
        default=True, help_text="Whether this site offers it; said on the review page."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["pathway", "code"], nulls_distinct=False, name="therapy_code_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(TherapyKind)), name="therapy_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="therapy_code_is_a_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def to_value(self) -> Therapy:
        """The therapy as the clinic's value."""
        return Therapy(
            code=self.code,
            name=self.name,
            kind=TherapyKind(self.kind),
            therapy_class=self.therapy_class,
            attributes=tuple(self.attributes),
        )
