"""Searches in the admin: started here, watched, cancelled, their winner trained."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

import tasks.tuning
from recommender import models
from recommender.admin import search_pages
from recommender.admin.base import RecordAdmin
from recommender.exceptions import BadInput
from recommender.ml.tuning import DEFAULT_TRIALS
from recommender.services import recipes, tuning
from recommender.services.tuning import Wanted


class SearchForm(forms.ModelForm):  # type: ignore[type-arg]
    """What to search; what is in the way is said beside its field."""

    recipe = forms.CharField(
        label="Base recipe",
        initial="default",
        help_text="One that ships, or one that a search made for the pathway.",
        widget=UnfoldAdminTextInputWidget({"list": "recipes"}),
    )
    datasets = forms.ModelMultipleChoiceField(
        models.DataSet.objects.filter(status=models.DataSet.Status.PUBLISHED).select_related(
            "pathway"
        ),
        required=False,
        help_text="None: the newest published version of each data set of the pathway.",
        widget=UnfoldAdminSelectMultipleWidget,
    )
    trials = forms.IntegerField(
        initial=DEFAULT_TRIALS,
        help_text="How many candidates are drawn; the base recipe comes on top.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    seed = forms.IntegerField(
        required=False,
        help_text="The same seed draws the same trials; empty: the recipe's.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    name = forms.CharField(
        required=False,
        label="Name of the new recipe",
        help_text="Empty: after the base recipe.",
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = models.ParameterSearch
        fields = ("pathway",)

    def clean(self) -> dict[str, Any]:
        """Ask the service whether it would search this."""
        given: dict[str, Any] = super().clean() or {}
        if self.errors:
            return given
        try:
            given["wanted"] = _wanted(given)
            tuning.check(given["wanted"])
        except BadInput as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
        return given


def _wanted(given: dict[str, Any]) -> Wanted:
    pathway = given["pathway"].slug
    foreign = [str(one) for one in given["datasets"] if one.pathway.slug != pathway]
    if foreign:
        raise BadInput(f"Not of this pathway: {', '.join(foreign)}.", field="datasets")
    return Wanted(
        pathway=pathway,
        base=recipes.named(given["recipe"], pathway=pathway),
        datasets=tuple(f"{one.name}@{one.version}" for one in given["datasets"]),
        trials=given["trials"],
        seed=given["seed"],
        name=given["name"],
    )


@admin.register(models.ParameterSearch)
class ParameterSearchAdmin(RecordAdmin):
    """Searches for better parameters of a recipe."""

    form = SearchForm
    actions = ("cancel",)
    list_display = (
        "id", "pathway", "base_name", "name", "trial_count", "status", "requested_by", "created",
    )  # fmt: skip
    list_filter = ("status", "pathway")
    list_select_related = ("pathway",)
    ordering = ("-created",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may train may search what to train."""
        return self.has_view_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Model, form: SearchForm, change: object
    ) -> None:
        """Have workers search."""
        del change
        wanted = form.cleaned_data["wanted"]
        search = tasks.tuning.start(wanted=wanted, by=request.user.get_username())
        obj.pk = search.pk

    def response_add(
        self, request: HttpRequest, obj: Model, post_url_continue: str | None = None
    ) -> HttpResponseRedirect:
        """Go on to where the search is watched."""
        del post_url_continue
        messages.success(request, "The search was asked for. This page follows it.")
        return HttpResponseRedirect(
            reverse("admin:recommender_parametersearch_change", args=[obj.pk])
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Watch one search instead of a form nobody may type into."""
        del form_url, extra_context
        search_pages.require(self.has_view_permission(request))
        return search_pages.watch(request, object_id)

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, chosen: QuerySet[models.ParameterSearch]) -> None:
        """Stop searches that wait or run."""
        by = request.user.get_username()
        self.do_each(
            request, chosen, lambda row: tuning.cancel(search=row, by=by), done="cancelled"
        )


@admin.register(models.SearchTrial)
class SearchTrialAdmin(RecordAdmin):
    """Every trial of every search, to filter and export."""

    list_display = (
        "search", "rung", "number", "parameters", "share", "status", "log_loss", "gain",
        "gain_lower", "gain_upper", "kept", "seconds", "worker", "failure",
    )  # fmt: skip
    list_filter = ("status", "search__pathway")
    list_select_related = ("search",)
    ordering = ("-created", "number")
    exclude = ("sums", "lease_until", "sent_at")
