"""Training runs: one execution of a recipe on published data sets, from request to result."""

import uuid

from django.db import models
from django.db.models import Q

from recommender.models.dataset import DataSet
from recommender.models.pathway import Pathway


class TrainingRun(models.Model):
    """Recipe, data, seed, progress and result of one training."""

    class Status(models.TextChoices):
        """A run's life; the last three are final."""

        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, related_name="training_runs")
    datasets = models.ManyToManyField(DataSet, related_name="training_runs")
    data_hash = models.CharField(max_length=64, blank=True)
    recipe_name = models.CharField(max_length=100)
    recipe = models.JSONField()
    seed = models.BigIntegerField()
    library_versions = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=150)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=60, blank=True)
    share_done = models.FloatField(default=0.0)
    eta_seconds = models.FloatField(null=True, blank=True)
    log = models.JSONField(default=list, help_text="Lines with a time, a level and a message.")
    result = models.JSONField(default=dict)
    failure = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    on_worker = models.BooleanField(
        default=True, help_text="Carried out by a worker; otherwise by the command that asked."
    )
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the queue was last told; empty: tell it again."
    )
    cancel_requested = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["pathway"],
                condition=Q(status="running"),
                name="training_one_running_a_pathway",
            ),
            models.CheckConstraint(
                condition=Q(share_done__gte=0, share_done__lte=1), name="training_share_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False),
                name="training_running_holds_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"training run {self.id}"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the run."""
        return self.status not in {self.Status.QUEUED, self.Status.RUNNING}
