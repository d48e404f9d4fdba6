"""Pathways in the admin: where training is started."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget

import tasks.training
from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.ml.recipes import RECIPES


class RecipeForm(ActionForm):
    """The choice of an action, and the recipe to train."""

    recipe = forms.ChoiceField(
        required=False,
        label="",
        choices=[(name, name) for name in RECIPES],
        widget=UnfoldAdminSelectWidget,
    )


@admin.register(models.Pathway)
class PathwayAdmin(RecordAdmin):
    """Pathways."""

    action_form = RecipeForm
    actions = ("start_training",)
    list_display = ("slug", "title", "created")
    search_fields = ("slug", "title")
    ordering = ("slug",)

    @admin.action(description="Start training")
    def start_training(self, request: HttpRequest, chosen: QuerySet[models.Pathway]) -> None:
        """Have a worker train the recipe on each pathway's published data sets."""
        by = request.user.get_username()
        recipe = RECIPES.get(request.POST.get("recipe", ""), RECIPES["default"])
        self.do_each(
            request,
            chosen,
            lambda row: tasks.training.start(pathway=row.slug, recipe=recipe, by=by),
            done="training was asked for; see the training runs",
        )
