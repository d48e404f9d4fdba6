"""Training runs in the admin: watched, cancelled."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.services import training


@admin.register(models.TrainingRun)
class TrainingRunAdmin(RecordAdmin):
    """Training runs. They are started from their pathway."""

    actions = ("cancel",)
    list_display = (
        "id", "pathway", "recipe_name", "status", "stage", "percent_done", "requested_by",
        "created",
    )  # fmt: skip
    list_filter = ("status", "pathway")
    list_select_related = ("pathway",)
    ordering = ("-created",)

    @admin.display(description="done", ordering="share_done")
    def percent_done(self, run: models.TrainingRun) -> str:
        """How far the run is."""
        return f"{run.share_done:.0%}"

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, chosen: QuerySet[models.TrainingRun]) -> None:
        """Stop the runs that are waiting or training."""
        by = request.user.get_username()
        self.do_each(request, chosen, lambda row: training.cancel(run=row, by=by), done="cancelled")
