"""The registry: trained recommenders, of which at most one a pathway is live."""

import uuid

from django.db import models
from django.db.models import F, Q

from recommender.models.pathway import Pathway
from recommender.models.training_run import TrainingRun


class ModelVersion(models.Model):
    """A trained recommender with its artifact, its evaluation and the gates' decision."""

    class Status(models.TextChoices):
        """A version's life; a retired one can be brought back by a roll-back."""

        CANDIDATE = "candidate"
        LIVE = "live"
        RETIRED = "retired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, related_name="model_versions")
    number = models.PositiveIntegerField(help_text="Counts up from 1 in each pathway.")
    training_run = models.OneToOneField(
        TrainingRun, on_delete=models.PROTECT, related_name="model_version"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CANDIDATE)
    artifact = models.CharField(max_length=300, help_text="Name in the artifact storage.")
    artifact_sha256 = models.CharField(max_length=64)
    artifact_bytes = models.PositiveBigIntegerField(default=0)
    evaluation = models.JSONField(default=dict)
    gates = models.JSONField(default=list, help_text="The gates' decision, line by line.")
    gates_passed = models.BooleanField(default=False)
    personalised = models.BooleanField(default=False)
    calibrated = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)
    told = models.JSONField(
        default=dict,
        blank=True,
        help_text="Source attributes that people filled in: paragraph to text, by and at.",
    )
    created = models.DateTimeField(auto_now_add=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.CharField(max_length=150, blank=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    promoted_by = models.CharField(max_length=150, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    rolled_back_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was live and taken back; empty otherwise."
    )

    class Meta:
        ordering = ["pathway", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pathway", "number"], name="version_number_is_unique"),
            models.UniqueConstraint(
                fields=["pathway"], condition=Q(status="live"), name="version_one_live_a_pathway"
            ),
            models.CheckConstraint(
                condition=~Q(status="live") | Q(gates_passed=True, promoted_at__isnull=False),
                name="version_live_passed_its_gates",
            ),
            models.CheckConstraint(
                condition=~Q(status="live") | Q(proposed_by="") | ~Q(proposed_by=F("promoted_by")),
                name="version_proposed_and_promoted_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pathway} version {self.number}"
