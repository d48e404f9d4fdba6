"""The page of a search: how far it is, every trial, cancel it, train what it found."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

import tasks.training
from recommender import models
from recommender.exceptions import RecommenderError
from recommender.services import recipes, search_figures, tuning

PAGE = "recommender_admin/search.html"
PROGRESS = "recommender_admin/search_progress.html"


def require(allowed: bool) -> None:
    """Refuse whoever may not see searches."""
    if not allowed:
        raise PermissionDenied


def watch(request: HttpRequest, object_id: str) -> HttpResponse:
    """One search; a POST cancels it or trains its recipe. Asked by htmx, only what changes."""
    search = get_object_or_404(
        models.ParameterSearch.objects.select_related("pathway"), pk=_id(object_id)
    )
    if request.method == "POST":
        return _act(request, search)
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, PROGRESS, _shown(search))
    context = {
        **admin.site.each_context(request),
        "title": f"Search of {search.base_name} on {search.pathway}",
        **_shown(search),
    }
    return TemplateResponse(request, PAGE, context)


def _act(request: HttpRequest, search: models.ParameterSearch) -> HttpResponseRedirect:
    by = request.user.get_username()
    try:
        if "cancel" in request.POST:
            tuning.cancel(search=search, by=by)
            messages.success(request, "The search is cancelled.")
        elif "train" in request.POST:
            run = _train(search, by=by)
            messages.success(request, "Training was asked for.")
            return HttpResponseRedirect(
                reverse("admin:recommender_trainingrun_change", args=[run.pk])
            )
    except RecommenderError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(request.path)


def _train(search: models.ParameterSearch, *, by: str) -> models.TrainingRun:
    """Train what was found, on the data on which it was found."""
    slug = search.pathway.slug
    chosen = search.datasets.order_by("name", "version")
    return tasks.training.start(
        pathway=slug,
        recipe=recipes.named(search.name, pathway=slug),
        datasets=tuple(f"{one.name}@{one.version}" for one in chosen),
        by=by,
    )


def _shown(search: models.ParameterSearch) -> dict[str, Any]:
    return {
        "search": search,
        "datasets": ", ".join(str(one) for one in search.datasets.order_by("name", "version")),
        "stage": search_figures.stage(search),
        "percent": round(tuning.share_done(search) * 100),
        "tables": search_figures.tables(search)[::-1],
        "succeeded": search.status == models.ParameterSearch.Status.SUCCEEDED,
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text.replace("_2D", "-"))
    except ValueError:
        raise Http404 from None
