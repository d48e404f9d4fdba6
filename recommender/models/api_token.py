"""API tokens: how a program shows who it is. Only a digest is kept."""

from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    """A bearer token of a user; its secret is shown once, when it's made."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret.")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    scope = models.CharField(
        max_length=100, blank=True, help_text="What it may be used for; empty: all of its roles'."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name
