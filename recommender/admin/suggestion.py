"""Suggestion lists in the admin: that they were given, by what and when; not for whom."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.SuggestionList)
class SuggestionListAdmin(RecordAdmin):
    """Suggestion lists without the case and the answer, which are the clinic's."""

    list_display = ("id", "pathway", "status", "model_version", "requested_by", "created")
    list_filter = ("status", "pathway")
    list_select_related = ("pathway", "model_version__pathway")
    exclude = ("case", "answer")
    ordering = ("-created",)
