"""Reviews in the admin: what was decided; the comment is the clinic's."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.Review)
class ReviewAdmin(RecordAdmin):
    """Reviews."""

    list_display = (
        *("id", "outcome", "therapy", "reason_code", "review_on", "reviewed_by", "created"),
        *("against_floor", "second_person", "second_agrees"),
    )
    list_filter = ("outcome", "reason_code", "against_floor", "second_agrees")
    exclude = ("comment",)
    ordering = ("-created",)
