"""Safety notices: what safety said to an EHR outside a ranking, and what came of it."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import MD5

from recommender.models.pathway import Pathway
from recommender.models.suggestion import SuggestionList


class SafetyNotice(models.Model):
    """What rules or red flags said of a drafted order, or red flags beside a list.

    It holds which rules and flags spoke, never what they saw.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, related_name="+")
    suggestion_list = models.ForeignKey(
        SuggestionList,
        on_delete=models.PROTECT,
        null=True,
        related_name="safety_notices",
        help_text="The list it was given beside; empty for a drafted order.",
    )
    therapy = models.CharField(
        max_length=64, blank=True, help_text="The therapy ordered; empty for red flags."
    )
    rules = ArrayField(models.CharField(max_length=200), default=list)
    red_flags = ArrayField(models.CharField(max_length=200), default=list)
    failed_before = models.BooleanField(default=False)
    safety_rules_version = models.CharField(max_length=64)
    given_to = models.CharField(max_length=150)
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rules__len__gt=0)
                | models.Q(red_flags__len__gt=0)
                | models.Q(failed_before=True),
                name="safety_notice_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"safety notice {self.pk}"


class SafetyNoticeReview(models.Model):
    """A clinician went on in spite of a notice, and why; told by the EHR, kept once."""

    notice = models.ForeignKey(SafetyNotice, on_delete=models.PROTECT, related_name="reviews")
    reason_code = models.CharField(max_length=64, blank=True)
    comment = models.TextField(blank=True, max_length=2000)
    reviewed_by = models.CharField(max_length=150)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                "notice",
                "reason_code",
                "reviewed_by",
                MD5("comment"),
                name="safety_notice_review_is_kept_once",
            )
        ]

    def __str__(self) -> str:
        return f"review of {self.notice_id}"
