"""Suggestion lists: every answer as it was given, stored before it left."""

import uuid

from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from recommender.models.model_version import ModelVersion
from recommender.models.pathway import Pathway


class SuggestionList(models.Model):
    """One answer: the anonymised case it was for, and the ranked therapies as they were shown."""

    class Status(models.TextChoices):
        """What kind of answer it was."""

        SUGGESTED = "suggested"
        INSUFFICIENT_EVIDENCE = "insufficient_evidence"
        URGENT = "urgent"

    class Stage(models.TextChoices):
        """Where its review stands; the database moves it with each review, for a fast queue."""

        WAITING = "waiting"
        WATCHING = "watching"
        SECOND = "second"
        DECIDED = "decided"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, db_index=False)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, db_index=False)
    safety_rules_version = models.CharField(max_length=64)
    catalogue_version = models.GeneratedField(
        expression=Cast(KeyTextTransform("catalogue_version", "answer"), models.IntegerField()),
        output_field=models.IntegerField(null=True),
        db_persist=True,
    )
    status = models.CharField(max_length=25, choices=Status.choices)
    case = models.JSONField(help_text="Findings and therapies tried, as they were used.")
    answer = models.JSONField(help_text="The body that was sent.")
    requested_by = models.CharField(max_length=150)
    created = models.DateTimeField()
    batch = models.UUIDField(
        null=True, blank=True, help_text="What the audit event of a batch of lists names."
    )

    subject = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Keyed pseudonym of an EHR's patient, by which its lists meet; else empty.",
    )
    record_gaps = models.JSONField(
        null=True,
        blank=True,
        help_text="Which parts of an EHR's record weren't known or whole; else empty.",
    )

    stage = models.CharField(
        max_length=10, choices=Stage.choices, default=Stage.WAITING, db_default=Stage.WAITING
    )
    due_on = models.DateField(
        null=True, blank=True, help_text="When a clinician planned to look at it again."
    )

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage="watching", due_on__isnull=False)
                | (~models.Q(stage="watching") & models.Q(due_on=None)),
                name="suggestion_watched_until_a_day",
            )
        ]
        indexes = [
            models.Index(
                fields=["stage", "created", "id"],
                name="suggestion_queue",
                condition=models.Q(batch__isnull=True) & ~models.Q(stage="decided"),
            ),
            models.Index(
                fields=["pathway", "stage", "created", "id"],
                name="suggestion_pathway_queue",
                condition=models.Q(batch__isnull=True) & ~models.Q(stage="decided"),
            ),
            models.Index(
                fields=["due_on"],
                name="suggestion_due",
                condition=models.Q(stage="watching"),
            ),
            models.Index(
                fields=["subject", "-created"],
                name="suggestion_subject",
                condition=~models.Q(subject=""),
            ),
            models.Index(fields=["pathway", "-created"], name="suggestion_pathway_created"),
            models.Index(
                fields=["-created"],
                name="suggestion_urgent",
                condition=models.Q(status="urgent", batch__isnull=True),
            ),
            models.Index(
                fields=["batch"], name="suggestion_batch", condition=models.Q(batch__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"suggestion list {self.id}"
