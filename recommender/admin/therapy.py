"""Therapies in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.TherapyRecord)
class TherapyAdmin(RecordAdmin):
    """The therapy catalogue."""

    list_display = ("code", "name", "kind", "therapy_class", "pathway", "retired")
    list_filter = ("kind", "retired", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("code", "name")
    ordering = ("code",)
