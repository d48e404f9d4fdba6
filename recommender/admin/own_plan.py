"""Own plans in the admin: what clinicians meant to do before a list; the note is the clinic's."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.OwnPlan)
class OwnPlanAdmin(RecordAdmin):
    """Own plans."""

    list_display = ("suggestion_list_id", "intent", "therapy", "by", "created")
    list_filter = ("intent",)
    exclude = ("note",)
    ordering = ("-created",)
