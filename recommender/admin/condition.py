"""Conditions in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.catalogue_entry import CatalogueEntryAdmin
from recommender.clinical.catalogue_changes import EntryKind


@admin.register(models.ConditionRecord)
class ConditionAdmin(CatalogueEntryAdmin):
    """What therapies are indicated for."""

    entry_kind = EntryKind.CONDITION
    list_display = ("code", "display", "retired")
    list_filter = ("retired",)
    search_fields = ("code", "display")
    ordering = ("code",)
