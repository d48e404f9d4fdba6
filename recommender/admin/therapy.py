"""Therapies in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.catalogue_entry import CatalogueEntryAdmin
from recommender.clinical.catalogue_changes import EntryKind


@admin.register(models.TherapyRecord)
class TherapyAdmin(CatalogueEntryAdmin):
    """The therapy catalogue."""

    entry_kind = EntryKind.THERAPY
    list_display = ("code", "name", "kind", "therapy_class", "pathway", "retired")
    list_filter = ("kind", "retired", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("code", "name")
    ordering = ("code",)
