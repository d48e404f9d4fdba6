"""Conditions: what a therapy is indicated for. They aren't findings of a case."""

from django.db import models
from django.db.models import Q

from recommender.clinical.coding import CODE_PATTERN


class ConditionRecord(models.Model):
    """One condition of the shipped catalogue, with its codes in other systems."""

    code = models.CharField(max_length=64, unique=True)
    display = models.CharField(max_length=200)
    codes = models.JSONField(default=dict, help_text="System name to code, where verified.")
    source = models.TextField(blank=True)
    retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="condition_code_is_a_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code
