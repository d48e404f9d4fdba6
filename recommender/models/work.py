"""Work that is asked for, waits, is carried out once by whoever holds its lease, and ends."""

import uuid

from django.db import models


class Work(models.Model):
    """Where a piece of work is in its life, since when, and why it failed."""

    class Status(models.TextChoices):
        """Its life; the last three are final."""

        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    failure = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status not in {self.Status.QUEUED, self.Status.RUNNING}


class Leased(models.Model):
    """What a worker takes for a time, and who is told that it waits."""

    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the queue was last told; empty: tell it again."
    )

    class Meta:
        abstract = True
