"""Acknowledged alerts in the admin: who acts on the red flags of which list."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.AlertAcknowledgement)
class AlertAcknowledgementAdmin(RecordAdmin):
    """Acknowledged alerts."""

    list_display = ("suggestion_list", "by", "at")
    ordering = ("-at",)
