"""Safety rules in the admin."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.SafetyRuleRecord)
class SafetyRuleAdmin(RecordAdmin):
    """The safety rules."""

    list_display = ("code", "therapy", "therapy_class", "severity", "floor", "active", "pathway")
    list_filter = ("severity", "floor", "active", "verification", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("code", "therapy", "therapy_class", "reason")
    ordering = ("code",)
