"""Searches for better parameters of a recipe, and their trials: one recipe on one rung each."""

from django.db import models
from django.db.models import Q

from recommender.ml.recipes import Recipe
from recommender.models.dataset import DataSet
from recommender.models.pathway import SLUG, Pathway
from recommender.models.work import Leased, Work


class ParameterSearch(Work):
    """What is searched, where the search is, and what it found.

    The rungs' plan is stored, so that a later release finishes a search as it was begun.
    """

    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, related_name="searches")
    datasets = models.ManyToManyField(DataSet, related_name="searches")
    data_hash = models.CharField(max_length=64, blank=True)
    base_name = models.CharField("base recipe", max_length=100)
    base = models.JSONField()
    name = models.CharField(
        "name of the winner", max_length=64, validators=[SLUG], help_text="Of the recipe it makes."
    )
    seed = models.BigIntegerField()
    trial_count = models.PositiveSmallIntegerField(
        "trials", help_text="How many candidates are drawn; the base recipe comes on top."
    )
    rungs = models.JSONField(help_text="Of each rung: candidates, and the share of the cases.")
    rung = models.PositiveSmallIntegerField(default=0, help_text="The one under way, from 0.")
    log = models.JSONField(default=list, help_text="Lines with a time, a level and a message.")
    result = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=150)
    on_worker = models.BooleanField(
        default=True, help_text="Carried out by workers; otherwise by the command that asked."
    )

    class Meta:
        verbose_name = "search"
        verbose_name_plural = "searches for parameters"
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["pathway", "name"],
                condition=Q(status__in=["queued", "running", "succeeded"]),
                name="search_makes_a_name_of_its_own",
            )
        ]

    def __str__(self) -> str:
        return f"search {self.id}"


class SearchTrial(Work, Leased):
    """One recipe tried on one rung: parameters, share of the data, held-out log-loss, seconds."""

    search = models.ForeignKey(ParameterSearch, on_delete=models.CASCADE, related_name="trials")
    rung = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(help_text="The candidate's; 0 is the base recipe.")
    parameters = models.JSONField(default=dict)
    share = models.FloatField(help_text="Of the cases, learned from and judged in turn.")
    share_done = models.FloatField(default=0.0)
    log_loss = models.FloatField(null=True, blank=True, help_text="Of attempts not learned from.")
    judged_cases = models.PositiveIntegerField(null=True, blank=True)
    judged_attempts = models.PositiveIntegerField(null=True, blank=True)
    sums = models.JSONField(
        default=dict,
        blank=True,
        help_text="Losses by cluster of cases, to pair trials by; gone when the search has ended.",
    )
    gain = models.FloatField(null=True, blank=True, help_text="In log-loss over the base recipe.")
    gain_lower = models.FloatField(null=True, blank=True)
    gain_upper = models.FloatField(null=True, blank=True)
    kept = models.BooleanField(null=True, blank=True, help_text="Whether it went on, or won.")
    seconds = models.FloatField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    worker = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "trial of a search"
        verbose_name_plural = "trials of searches"
        ordering = ["search_id", "rung", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["search", "rung", "number"], name="search_trial_is_there_once"
            ),
            models.CheckConstraint(
                condition=Q(share__gt=0, share__lte=1), name="search_trial_share_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False),
                name="search_trial_running_holds_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | Q(log_loss__isnull=False),
                name="search_trial_succeeded_has_a_loss",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} of search {self.search_id}"

    @property
    def label(self) -> str:
        """Which one it is inside its search, as a person would say it."""
        return f"trial {self.number or 'base'} on rung {self.rung + 1}"

    def to_recipe(self, base: Recipe) -> Recipe:
        """The base recipe with this trial's parameters."""
        return Recipe.from_json({**base.to_json(), "parameters": self.parameters})
