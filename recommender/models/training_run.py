"""Training runs: one execution of a recipe on published data sets, from request to result."""

from django.db import models
from django.db.models import Q

from recommender.models.dataset import DataSet
from recommender.models.pathway import Pathway
from recommender.models.work import Leased, Work


class TrainingRun(Work, Leased):
    """Recipe, data, seed, progress and result of one training."""

    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, related_name="training_runs")
    datasets = models.ManyToManyField(DataSet, related_name="training_runs")
    data_hash = models.CharField(max_length=64, blank=True)
    recipe_name = models.CharField(max_length=100)
    recipe = models.JSONField()
    seed = models.BigIntegerField()
    library_versions = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=150)
    stage = models.CharField(max_length=60, blank=True)
    share_done = models.FloatField(default=0.0)
    eta_seconds = models.FloatField(null=True, blank=True)
    log = models.JSONField(default=list, help_text="Lines with a time, a level and a message.")
    result = models.JSONField(default=dict)
    worker = models.CharField(max_length=100, blank=True)
    on_worker = models.BooleanField(
        default=True, help_text="Carried out by a worker; otherwise by the command that asked."
    )
    cancel_requested = models.BooleanField(default=False)

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
