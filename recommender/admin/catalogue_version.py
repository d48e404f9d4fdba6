"""Versions of the catalogue in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.CatalogueVersion)
class CatalogueVersionAdmin(RecordAdmin):
    """Drafts, and what each published version changed."""

    list_display = (
        "__str__", "status", "origin", "reason", "created", "created_by", "ended_at", "ended_by",
    )  # fmt: skip
    list_filter = ("status", "origin")
    search_fields = ("reason", "changes__code")
    ordering = ("-created",)
