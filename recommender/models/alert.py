"""Alerts: urgent suggestion lists, and who took them up."""

from django.db import models

from recommender.models.suggestion import SuggestionList


class AlertAcknowledgement(models.Model):
    """That somebody has seen the red flags of a list and acts on them; it can't be taken back."""

    suggestion_list = models.OneToOneField(
        SuggestionList, primary_key=True, on_delete=models.PROTECT, related_name="acknowledgement"
    )
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"acknowledgement of {self.suggestion_list_id}"
