"""The vocabulary in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.catalogue_entry import CatalogueEntryAdmin
from recommender.clinical.catalogue_changes import EntryKind


@admin.register(models.ConceptRecord)
class ConceptAdmin(CatalogueEntryAdmin):
    """The findings that can be recorded."""

    entry_kind = EntryKind.FINDING
    list_display = ("code", "display", "kind", "value_type", "pathway", "retired")
    list_filter = ("kind", "value_type", "retired", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("code", "display")
    ordering = ("kind", "code")
