"""Reviews in the admin: what was decided; the comment is the clinic's."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.Review)
class ReviewAdmin(RecordAdmin):
    """Reviews."""

    list_display = ("id", "outcome", "therapy", "reason_code", "reviewed_by", "created")
    list_filter = ("outcome", "reason_code")
    exclude = ("comment",)
    ordering = ("-created",)
