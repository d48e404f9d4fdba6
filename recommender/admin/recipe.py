"""Named recipes in the admin: what searches made, and training with them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

import tasks.training
from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.RecipeRecord)
class RecipeRecordAdmin(RecordAdmin):
    """Recipes that searches made. They are found beside the shipped ones wherever one trains."""

    actions = ("train",)
    list_display = ("name", "pathway", "note", "created", "created_by")
    list_filter = ("pathway",)
    list_select_related = ("pathway",)
    ordering = ("-created",)

    @admin.action(description="Train on the pathway's published data sets")
    def train(self, request: HttpRequest, chosen: QuerySet[models.RecipeRecord]) -> None:
        """Have a worker train each recipe."""
        by = request.user.get_username()
        self.do_each(
            request,
            chosen,
            lambda row: tasks.training.start(
                pathway=row.pathway.slug, recipe=row.to_value(), by=by
            ),
            done="training was asked for; see the training runs",
        )
