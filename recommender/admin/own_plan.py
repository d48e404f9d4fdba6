"""Own plans in the admin: what clinicians meant to do before a list; the note is the clinic's."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.services import own_plans


@admin.register(models.OwnPlan)
class OwnPlanAdmin(RecordAdmin):
    """Own plans."""

    list_display = ("suggestion_list_id", "intent", "therapy", "came_of_it", "by", "created")
    list_filter = ("intent",)
    exclude = ("note",)
    ordering = ("-created",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.OwnPlan]:
        """The plans with what was decided."""
        found: QuerySet[models.OwnPlan] = super().get_queryset(request)
        return found.prefetch_related("suggestion_list__reviews")

    @admin.display(description="came of it")
    def came_of_it(self, plan: models.OwnPlan) -> str:
        """What its writer decided after having seen the list."""
        return own_plans.came_of(plan)
