"""Own plans: what a clinician meant to do before they saw the list."""

from django.db import models
from django.db.models import Q

from recommender.clinical.own_plan import Intent
from recommender.models.suggestion import SuggestionList


class OwnPlan(models.Model):
    """One clinician's plan for the case of a list; written once, before the list is shown."""

    suggestion_list = models.ForeignKey(
        SuggestionList, on_delete=models.PROTECT, related_name="own_plans"
    )
    by = models.CharField(max_length=150)
    intent = models.CharField(max_length=10, choices=[(word, word) for word in Intent])
    therapy = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["suggestion_list", "by"], name="own_plan_is_written_once"
            ),
            models.CheckConstraint(
                condition=(Q(intent=Intent.THERAPY) & ~Q(therapy=""))
                | (~Q(intent=Intent.THERAPY) & Q(therapy="")),
                name="own_plan_of_a_therapy_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"own plan {self.pk}"
