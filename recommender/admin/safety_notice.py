"""Safety notices in the admin: what EHRs were told beside a ranking, and what was overridden."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.SafetyNotice)
class SafetyNoticeAdmin(RecordAdmin):
    """Which rules and red flags spoke, and how often a clinician went on all the same."""

    list_display = (
        "id", "pathway", "therapy", "rules", "red_flags", "failed_before", "overridden", "created",
    )  # fmt: skip
    list_filter = ("pathway",)
    list_select_related = ("pathway",)
    ordering = ("-created",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.SafetyNotice]:
        """With the number of reviews."""
        notices: QuerySet[models.SafetyNotice] = super().get_queryset(request)
        return notices.annotate(times_overridden=Count("reviews"))

    @admin.display(description="Overridden", ordering="times_overridden")
    def overridden(self, notice: models.SafetyNotice) -> int:
        """How many times."""
        return int(notice.times_overridden)  # type: ignore[attr-defined]


@admin.register(models.SafetyNoticeReview)
class SafetyNoticeReviewAdmin(RecordAdmin):
    """Why clinicians went on; the comment is the clinic's."""

    list_display = ("notice", "reason_code", "reviewed_by", "created")
    list_filter = ("reason_code",)
    list_select_related = ("notice",)
    exclude = ("comment",)
    ordering = ("-created",)
