"""Idempotency keys: the answer a repeated request gets again."""

from django.db import models


class IdempotencyKey(models.Model):
    """The first answer to a request with this key, kept for a day."""

    actor = models.CharField(max_length=150)
    key = models.CharField(max_length=100)
    request_digest = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField()
    location = models.CharField(max_length=300, blank=True)
    body = models.BinaryField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_is_unique")
        ]

    def __str__(self) -> str:
        return f"idempotency key {self.pk}"
