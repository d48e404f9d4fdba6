"""The audit chain: append-only, each event sealed with the one before."""

from django.db import models


class AuditEvent(models.Model):
    """Who did what to what, on which version. Written by `audit_append()` in the database only.

    The database refuses update, delete and truncate. `digest` is a SHA-256 of the input, never
    the input. There are no foreign keys: an event outlives what it speaks of.
    """

    id = models.BigIntegerField(primary_key=True, help_text="Counts up from 1 without a gap.")
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=80, help_text="noun.verb, such as model_version.promoted")
    target = models.CharField(max_length=200)
    version = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["action", "-id"], name="audit_action_id")]

    def __str__(self) -> str:
        return f"audit event {self.id}"
