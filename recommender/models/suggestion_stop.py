"""Stops as records: what was halted, by whom and why, and who lifted it."""

from django.db import models
from django.db.models import Q

from recommender.clinical.stops import Stop
from recommender.models.pathway import Pathway


class SuggestionStop(models.Model):
    """Halts all suggestions, or those of one therapy or class; everywhere or on one pathway."""

    pathway = models.ForeignKey(
        Pathway, null=True, blank=True, on_delete=models.PROTECT, related_name="stops",
        help_text="Where it holds; empty means everywhere.",
    )  # fmt: skip
    therapy = models.CharField(
        max_length=64, blank=True, help_text="The code of one therapy; empty means any."
    )
    therapy_class = models.CharField(
        max_length=100, blank=True, help_text="One class of therapies; empty means any."
    )
    reason = models.CharField(max_length=500, help_text="Clinicians read this.")
    stopped_by = models.CharField(max_length=150)
    stopped_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-stopped_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(therapy="") | Q(therapy_class=""), name="stop_has_one_subject"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="stop_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by="", lifted_reason="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="") & ~Q(lifted_reason="")),
                name="stop_is_lifted_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["pathway", "therapy", "therapy_class"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="stop_is_on_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """How an answer names it."""
        return f"stop-{self.pk}"

    @property
    def subject(self) -> str:
        """What it halts, in words."""
        if self.therapy:
            return f"therapy {self.therapy}"
        return f"class {self.therapy_class}" if self.therapy_class else "all suggestions"

    def to_value(self) -> Stop:
        """The stop as the clinic's value."""
        return Stop(self.code, self.reason, self.therapy, self.therapy_class)
