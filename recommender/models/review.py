"""Reviews: what a clinician decided on a suggestion list."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

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
    review_on = models.DateField(
        null=True, blank=True, help_text="When to look again, of a list that was deferred."
    )
    against_floor = models.BooleanField(
        default=False,
        help_text="Chosen against a safety rule of the floor: counts once a second person agrees.",
    )
    reviewed_by = models.CharField(max_length=150)
    told = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of what an EHR told: a digest of the answer and its time, to know it again by.",
    )
    answered = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it was decided, where an EHR says so: it may be told late. Else empty.",
    )
    created = models.DateTimeField(auto_now_add=True)
    second_person = models.CharField(max_length=150, blank=True)
    second_agrees = models.BooleanField(null=True, blank=True)
    second_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = [Coalesce("answered", "created"), "created"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="accepted") | ~Q(therapy=""),
                name="review_accepted_names_a_therapy",
            ),
            models.CheckConstraint(
                condition=Q(review_on=None) | Q(outcome="deferred"),
                name="review_day_is_of_a_deferral",
            ),
            models.CheckConstraint(
                condition=Q(against_floor=False)
                | (Q(outcome="overridden") & ~Q(therapy="") & ~Q(reason_code="")),
                name="review_against_floor_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(second_person="", second_agrees=None, second_at=None)
                | (
                    Q(against_floor=True, second_agrees__isnull=False, second_at__isnull=False)
                    & ~Q(second_person="")
                ),
                name="review_second_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(second_person=F("reviewed_by")),
                name="review_second_person_is_another",
            ),
        ]
        indexes = [models.Index(fields=["-created"], name="review_created")]

    def __str__(self) -> str:
        return f"review {self.id}"

    @property
    def decided_at(self) -> datetime:
        """When it was decided, as far as is known; reviews of a list stand in this order."""
        return self.answered or self.created

    @property
    def waits_for_second(self) -> bool:
        """Whether a second clinician has still to agree before it counts."""
        return self.against_floor and self.second_agrees is None

    @property
    def counts(self) -> bool:
        """Whether it stands as a decision, so far as a second person is concerned."""
        return not self.against_floor or bool(self.second_agrees)
