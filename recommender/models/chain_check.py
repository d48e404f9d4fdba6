"""Checks of the audit chain: how far it held, when somebody or the clock last walked it."""

from django.db import models
from django.db.models import Q


class ChainCheck(models.Model):
    """One walk along the chain, asked for by a person or, without a name, by the clock."""

    asked_at = models.DateTimeField(auto_now_add=True)
    asked_by = models.CharField(max_length=150, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    events = models.PositiveBigIntegerField(default=0, help_text="How many hold.")
    head_hash = models.CharField(max_length=64, blank=True, help_text="Of the last that holds.")
    broken_at = models.PositiveBigIntegerField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # Nothing is known of a problem before it's finished, so this allows one such row.
            models.UniqueConstraint(
                fields=["problem"], condition=Q(finished=None), name="chain_check_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(broken_at=None) | ~Q(problem=""), name="chain_check_says_what_is_wrong"
            ),
        ]

    def __str__(self) -> str:
        return f"check of {self.asked_at:%-d %b %Y, %H:%M} UTC"

    @property
    def intact(self) -> bool:
        """Whether the chain held to its end."""
        return self.finished is not None and self.broken_at is None
