"""Pages about model versions: side by side, and the gates' decision before one goes live."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from recommender import models
from recommender.exceptions import Refused
from recommender.ml import report_evidence
from recommender.services import registry
from recommender.services.version_figures import (
    COMPARISON_HEAD,
    FOLLOWED_HEAD,
    comparison_rows,
    followed_rows,
)

TEMPLATE = "recommender_admin/versions.html"
_VERSIONS = models.ModelVersion.objects.select_related("pathway", "training_run")


def compare(request: HttpRequest) -> HttpResponse:
    """The versions named in the address, one under the other."""
    asked = request.GET.getlist("version")
    found = [get_object_or_404(_VERSIONS, pk=pk) for pk in asked[:4]]
    return _page(request, found, title="Compare versions")


def promotion(request: HttpRequest, pk: str) -> HttpResponse:
    """The gates' decision line by line, beside the version that is live; a POST promotes."""
    chosen = get_object_or_404(_VERSIONS, pk=pk)
    live = _VERSIONS.filter(pathway=chosen.pathway, status="live").exclude(pk=chosen.pk).first()
    problem = ""
    if request.method == "POST":
        try:
            registry.promote(version=chosen, by=request.user.get_username())
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, f"{chosen} is live.")
            return HttpResponseRedirect(reverse("admin:recommender_modelversion_changelist"))
    return _page(
        request,
        [chosen, *([live] if live else [])],
        title=f"Promote {chosen}?",
        problem=problem,
        promotes=str(chosen) if chosen.gates_passed and chosen.status != "live" else "",
        replaced=str(live) if live else "",
    )


def _page(
    request: HttpRequest, versions: list[models.ModelVersion], *, title: str, **more: str
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": title,
        "versions": [_shown(each) for each in versions],
        "comparison_head": COMPARISON_HEAD,
        "followed_head": FOLLOWED_HEAD,
        **more,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _shown(version: models.ModelVersion) -> dict[str, Any]:
    evidence = version.evaluation.get("evidence")
    datasets = version.training_run.datasets.order_by("name", "version")
    for one in version.evaluation.get("first_places", ()):
        one["first_percent"] = f"{one['first']:.0%}"
        one["given_percent"] = f"{one['given']:.0%}"
    return {
        "title": str(version),
        "version": version,
        "trained_on": ", ".join(str(each) for each in datasets) or "no data set",
        "comparison": comparison_rows(version.evaluation) if version.evaluation else (),
        "studies": report_evidence.sentences(evidence) if evidence else (),
        "followed": followed_rows(version.evaluation) if version.evaluation else (),
    }
