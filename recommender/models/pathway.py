"""A pathway: one clinical area with its own data sets, catalogue scope and live version."""

from django.core.validators import RegexValidator
from django.db import models

SLUG = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "Use lower-case letters, digits and hyphens.")


class Pathway(models.Model):
    """One clinical area, such as depression or opioid use disorder."""

    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    title = models.CharField(max_length=200)
    gate_limits = models.JSONField(
        default=dict, blank=True, help_text="Limits of the gates that aren't the default."
    )
    promotion_by_two = models.BooleanField(
        default=False, help_text="One person proposes a version, another promotes it."
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"),
                name="pathway_slug_is_a_slug",
            )
        ]

    def __str__(self) -> str:
        return self.slug
