"""The vocabulary in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.ConceptRecord)
class ConceptAdmin(RecordAdmin):
    """The findings that can be recorded."""

    list_display = ("code", "display", "kind", "value_type", "pathway", "retired")
    list_filter = ("kind", "value_type", "retired", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("code", "display")
    ordering = ("kind", "code")
