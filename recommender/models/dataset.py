"""Data sets: versioned collections of cases; published ones can't change any more."""

import uuid

from django.db import models
from django.db.models import Q

from recommender.models.pathway import Pathway
from recommender.models.work import Leased


class DataSet(models.Model):
    """One version of a named collection of cases of one pathway."""

    class Status(models.TextChoices):
        """A data set's life."""

        DRAFT = "draft"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"

    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField(help_text="Counts up from 1 for each import of a name.")
    title = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    licences = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    source_version = models.CharField(max_length=100, blank=True)
    simulated = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical content.")
    case_count = models.PositiveIntegerField(default=0)
    finding_count = models.PositiveBigIntegerField(default=0)
    response_count = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, help_text="The import report.")
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pathway", "name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["pathway", "name", "version"], name="dataset_version_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(published_at__isnull=False),
                name="dataset_published_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(withdrawn_reason=""),
                name="dataset_withdrawn_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def cited(self) -> str:
        """The data set as a source is named: what it calls itself, and which one that is here."""
        own = " ".join(part for part in (self.title, self.source_version) if part)
        return f"{own} ({self})" if own else str(self)


class DataSetUpload(Leased):
    """A file handed in through the web, until a worker has imported or refused it.

    A wide table whose columns are still to be mapped isn't sent to a worker yet.
    """

    class Status(models.TextChoices):
        """Where the upload stands."""

        UNMAPPED = "unmapped"
        WAITING = "waiting"
        RUNNING = "running"
        IMPORTED = "imported"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pathway_slug = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    format = models.CharField(max_length=10, blank=True)
    mapping = models.TextField(blank=True, help_text="TOML, for a wide table.")
    publish = models.BooleanField(default=False)
    file = models.FileField(upload_to="uploads/", max_length=300)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    stage = models.CharField(max_length=60, blank=True, help_text="What the worker is doing.")
    problems = models.JSONField(default=list)
    problem_counts = models.JSONField(
        default=dict, help_text="How often each kind of problem occurred."
    )
    dataset = models.ForeignKey(DataSet, null=True, blank=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False),
                name="upload_running_holds_a_lease",
            )
        ]

    def __str__(self) -> str:
        return f"upload {self.id}"
