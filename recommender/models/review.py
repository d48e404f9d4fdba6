"""Reviews: what a clinician decided on a suggestion list."""

import uuid

from django.db import models
from django.db.models import Q

from recommender.models.suggestion import SuggestionList


class Review(models.Model):
    """Accepted, overridden or deferred; a later review of the same list stands beside it."""

    class Outcome(models.TextChoices):
        """The clinician's answer."""

        ACCEPTED = "accepted"
        OVERRIDDEN = "overridden"
        DEFERRED = "deferred"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    suggestion_list = models.ForeignKey(
        SuggestionList, on_delete=models.PROTECT, related_name="reviews"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    therapy = models.CharField(
        max_length=64, blank=True, help_text="The therapy chosen, by its code."
    )
    reason_code = models.CharField(max_length=64, blank=True)
    comment = models.TextField(blank=True, max_length=2000)
    reviewed_by = models.CharField(max_length=150)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="accepted") | ~Q(therapy=""),
                name="review_accepted_names_a_therapy",
            )
        ]

    def __str__(self) -> str:
        return f"review {self.id}"
