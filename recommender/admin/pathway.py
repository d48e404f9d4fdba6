"""Pathways in the admin: where training is started, and how a version goes live there."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget

import tasks.training
from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.exceptions import BadInput, Refused
from recommender.ml.gates import Limits
from recommender.services import pathways, recipes


class RecipeForm(ActionForm):
    """The choice of an action, and the recipe to train."""

    recipe = forms.ChoiceField(
        required=False,
        label="",
        choices=lambda: [(name, name) for name in recipes.every_name()],
        widget=UnfoldAdminSelectWidget,
    )


class PathwayForm(forms.ModelForm):  # type: ignore[type-arg]
    """What can change of a pathway."""

    class Meta:
        model = models.Pathway
        fields = ("title", "promotion_by_two", "gate_limits")

    is_superuser = False

    def clean_gate_limits(self) -> dict[str, float]:
        """Limits that the gates know."""
        given: dict[str, float] = self.cleaned_data["gate_limits"] or {}
        try:
            Limits.from_json(given)
        except BadInput as error:
            raise forms.ValidationError(str(error)) from None
        return given

    def clean_promotion_by_two(self) -> bool:
        """One person alone can't do away with the second."""
        by_two: bool = self.cleaned_data["promotion_by_two"]
        stored = models.Pathway.objects.get(pk=self.instance.pk)
        try:
            pathways.check_promotion_by_two(stored, by_two=by_two, is_superuser=self.is_superuser)
        except Refused as error:
            raise forms.ValidationError(str(error)) from None
        return by_two


@admin.register(models.Pathway)
class PathwayAdmin(RecordAdmin):
    """Pathways."""

    form = PathwayForm
    action_form = RecipeForm
    actions = ("start_training",)
    fields = ("slug", "title", "promotion_by_two", "gate_limits", "created")
    readonly_fields = ("slug", "created")
    list_display = ("slug", "title", "promotion_by_two", "created")
    search_fields = ("slug", "title")
    ordering = ("slug",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever manages data and versions may."""
        return self.has_view_permission(request, obj)

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Pathway | None = None,
        change: bool = False,
        **named: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """The form, which knows who sends it."""
        form = super().get_form(request, obj, change, **named)
        form.is_superuser = request.user.is_superuser
        return form

    def save_model(
        self, request: HttpRequest, obj: models.Pathway, form: PathwayForm, change: object
    ) -> None:
        """Carry out what changed, each by its service."""
        del change
        by = request.user.get_username()
        if "title" in form.changed_data:
            pathways.retitle(pathway=obj, title=obj.title, by=by)
        if "gate_limits" in form.changed_data:
            pathways.set_gate_limits(pathway=obj, limits=obj.gate_limits, by=by)
        if "promotion_by_two" in form.changed_data:
            pathways.set_promotion_by_two(
                pathway=obj,
                by_two=obj.promotion_by_two,
                by=by,
                is_superuser=bool(request.user.is_superuser),
            )

    @admin.action(description="Start training")
    def start_training(self, request: HttpRequest, chosen: QuerySet[models.Pathway]) -> None:
        """Have a worker train the recipe on each pathway's published data sets."""
        by, name = request.user.get_username(), request.POST.get("recipe") or "default"
        self.do_each(
            request,
            chosen,
            lambda row: tasks.training.start(
                pathway=row.slug, recipe=recipes.named(name, pathway=row.slug), by=by
            ),
            done="training was asked for; see the training runs",
        )
