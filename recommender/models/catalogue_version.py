"""Versions of the catalogue: drafts, who signed them, and what each published one changed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from recommender.clinical.catalogue_changes import EntryKind


class CatalogueVersion(models.Model):
    """One step of the shipped catalogue: made by a release, or drafted, signed and published here.

    The database publishes a draft only with the signatures of two people, of whom at least one
    wrote none of it; what is published can't change any more.
    """

    class Status(models.TextChoices):
        """Where it is in its life."""

        DRAFT = "draft"
        PUBLISHED = "published"
        DISCARDED = "discarded"

    class Origin(models.TextChoices):
        """Who made it."""

        RELEASE = "release"
        SITE = "site"

    number = models.PositiveIntegerField(
        null=True, blank=True, unique=True, help_text="Given when it's published; counts up."
    )
    origin = models.CharField(max_length=7, choices=Origin, default=Origin.SITE)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    reason = models.CharField(max_length=500, help_text="What is changed, and why.")
    authors = ArrayField(
        models.CharField(max_length=150), default=list, help_text="Whoever wrote part of it."
    )
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what it changes.")
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was published or discarded."
    )
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status="draft"),
                name="catalogue_has_one_draft_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status="published", number__isnull=False)
                | (~Q(status="published") & Q(number=None)),
                name="catalogue_version_is_numbered_when_published",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", ended_at=None, ended_by="")
                | (~Q(status="draft") & Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="catalogue_version_is_ended_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="catalogue_version_says_why"),
        ]

    def __str__(self) -> str:
        if self.number is None:
            return f"catalogue {self.status} {self.pk}"
        return f"catalogue version {self.number}"

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.status == self.Status.DRAFT


class CatalogueChange(models.Model):
    """One entry as a version leaves it, and as it was before; no `before` means added."""

    version = models.ForeignKey(CatalogueVersion, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=9, choices=[(kind, kind) for kind in EntryKind])
    code = models.CharField(max_length=80, help_text="A finding's is kind/code.")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField()
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["kind", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "kind", "code"], name="catalogue_version_changes_an_entry_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(EntryKind)), name="catalogue_change_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class CatalogueSignature(models.Model):
    """Somebody read a draft, as it was with this digest, and stands for it.

    The database takes the signatures off when the draft changes.
    """

    version = models.ForeignKey(
        CatalogueVersion, on_delete=models.PROTECT, related_name="signatures"
    )
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "signer"], name="catalogue_version_is_signed_once_by_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signer} on {self.version}"
