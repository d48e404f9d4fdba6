"""Safety rules in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.catalogue_entry import CatalogueEntryAdmin
from recommender.clinical.catalogue_changes import EntryKind


@admin.register(models.SafetyRuleRecord)
class SafetyRuleAdmin(CatalogueEntryAdmin):
    """The safety rules."""

    entry_kind = EntryKind.RULE
    list_display = ("code", "therapy", "therapy_class", "severity", "floor", "active", "pathway")
    list_filter = ("severity", "floor", "active", "verification", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("code", "therapy", "therapy_class", "reason")
    ordering = ("code",)
