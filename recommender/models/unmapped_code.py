"""Codes and names that came in and no entry knows, until somebody says what they stand for."""

from django.db import models
from django.db.models import Q

from recommender.clinical.names import NAME_OF


class UnmappedCode(models.Model):
    """A code of a public terminology, or a name, how often it came, and the entry it stands for."""

    class Kind(models.TextChoices):
        """What kind of entry it stands for."""

        SYMPTOM = "symptom"
        TRIGGER = "trigger"
        BACKGROUND = "background"
        THERAPY = "therapy"

    resource = models.CharField(max_length=40, help_text="Where it came first.")
    system = models.CharField(max_length=100)
    code = models.CharField(max_length=64)
    seen = models.PositiveBigIntegerField(default=0)
    last_seen = models.DateField()
    kind = models.CharField(max_length=10, blank=True, choices=Kind.choices)
    entry = models.CharField(
        max_length=64, blank=True, help_text="The code of our entry that it stands for."
    )
    mapped_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-seen", "system", "code"]
        constraints = [
            models.UniqueConstraint(fields=["system", "code"], name="unmapped_code_is_there_once"),
            models.CheckConstraint(
                condition=Q(kind="", entry="", mapped_by="")
                | (~Q(kind="") & ~Q(entry="") & ~Q(mapped_by="")),
                name="unmapped_code_is_mapped_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"

    @property
    def named_kind(self) -> str:
        """The kind of entry that it is a name of; none for a code."""
        return next((kind for kind, system in NAME_OF.items() if system == self.system), "")
