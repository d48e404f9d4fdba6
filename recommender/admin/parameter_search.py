"""Searches in the admin: started, watched trial by trial, cancelled, their winner trained."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

import tasks.training
import tasks.tuning
from recommender import models
from recommender.admin.base import RecordAdmin, StartAdmin, found_or_404
from recommender.admin.training_run import RunForm
from recommender.exceptions import BadInput, RecommenderError
from recommender.ml.halving import DEFAULT_TRIALS, FEWEST_TRIALS, MOST_TRIALS
from recommender.services import recipes, search_figures, tuning
from recommender.services.tuning import Wanted

NAME = "recommender_parametersearch"
SELF = f"admin:{NAME}"
NUMERIC = {"inputmode": "numeric"}
_SEARCHES = models.ParameterSearch.objects.select_related("pathway")


class SearchForm(RunForm):
    """What to search, on what, and what comes out."""

    address = f"{SELF}_add"

    trials = forms.IntegerField(
        initial=DEFAULT_TRIALS,
        min_value=FEWEST_TRIALS,
        max_value=MOST_TRIALS,
        help_text="How many candidates are drawn; the base recipe comes on top.",
        widget=UnfoldAdminTextInputWidget(NUMERIC),
    )
    name = forms.CharField(
        required=False,
        max_length=recipes.MAX_NAME,
        label="Name of the new recipe",
        help_text="Without one it is called after the base recipe.",
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(models.ParameterSearch)
class ParameterSearchAdmin(StartAdmin):
    """Searches for better parameters of a recipe."""

    actions = ("cancel",)
    list_display = (
        "id", "pathway", "base_name", "name", "trial_count", "status", "requested_by", "created",
    )  # fmt: skip
    list_filter = ("status", "pathway")
    list_select_related = ("pathway",)
    ordering = ("-created",)

    def get_urls(self) -> list[URLPattern]:
        """How a search stands, cancelling it, and training what it found."""
        own = [
            path(f"<uuid:pk>/{verb}/", self.guarded(view), name=f"{NAME}_{verb}")
            for verb, view in (("state", _state), ("cancel", _cancel), ("train", _train))
        ]
        return [*own, *super().get_urls()]

    def begin(self, request: HttpRequest) -> HttpResponse:
        """What to search, and on what."""
        form = SearchForm.asked(request)
        if form.is_valid():
            try:
                search = _started(form.cleaned_data, by=request.user.get_username())
            except RecommenderError as error:
                field = error.field if isinstance(error, BadInput) else None
                form.add_error(field if field in form.fields else None, str(error))
            else:
                return HttpResponseRedirect(reverse(f"{SELF}_change", args=[search.pk]))
        return self.page(request, "search_form", title="Search parameters", form=form)

    def shown(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The search as it goes."""
        search = found_or_404(_SEARCHES, pk)
        title = f"Search for parameters of {search.base_name}"
        datasets = list(search.datasets.order_by("name", "version"))
        simulated = any(one.simulated for one in datasets)
        return self.page(
            request,
            "search",
            title=title,
            datasets=datasets,
            simulated=simulated,
            **_shown(search),
        )

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


def _started(given: dict[str, Any], *, by: str) -> models.ParameterSearch:
    pathway = given["pathway"].slug
    wanted = Wanted(
        pathway=pathway,
        base=recipes.named(given["recipe"], pathway=pathway),
        datasets=tuple(given["datasets"]),
        trials=given["trials"],
        seed=given["seed"],
        name=given["name"],
    )
    return tasks.tuning.start(wanted=wanted, by=by)


def _shown(search: models.ParameterSearch) -> dict[str, Any]:
    return {
        "search": search,
        "stage": search_figures.stage(search),
        "share": tuning.share_done(search),
        "tables": search_figures.tables(search)[::-1],
    }


def _state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What changes of the page, asked again until the search has ended."""
    search = get_object_or_404(_SEARCHES, pk=pk)
    return render(request, "recommender_admin/search_state.html", _shown(search))


@require_POST
def _cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    search = get_object_or_404(models.ParameterSearch, pk=pk)
    try:
        tuning.cancel(search=search, by=request.user.get_username())
    except RecommenderError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse(f"{SELF}_change", args=[pk]))


@require_POST
def _train(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Train what was found, on the data on which it was found."""
    search = get_object_or_404(_SEARCHES, pk=pk)
    slug = search.pathway.slug
    chosen = search.datasets.order_by("name", "version")
    try:
        run = tasks.training.start(
            pathway=slug,
            recipe=recipes.named(search.name, pathway=slug),
            datasets=tuple(f"{one.name}@{one.version}" for one in chosen),
            by=request.user.get_username(),
        )
    except RecommenderError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse(f"{SELF}_change", args=[pk]))
    return HttpResponseRedirect(reverse("admin:recommender_trainingrun_change", args=[run.pk]))
