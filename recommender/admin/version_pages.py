"""Pages about model versions: the model card, side by side, the gates' decision, what is told."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

import tasks.judging
from recommender import models
from recommender.admin.base import found_or_404
from recommender.exceptions import RecommenderError, Refused
from recommender.ml import report_evidence
from recommender.services import judging, model_cards, registry, source_attributes, version_panels
from recommender.services.source_attributes import NOT_KNOWN
from recommender.services.version_figures import (
    COMPARISON_HEAD,
    FOLLOWED_HEAD,
    comparison_rows,
    followed_rows,
    side_by_side,
)

if TYPE_CHECKING:
    from recommender.admin.model_version import ModelVersionAdmin

# Nothing runs in a picture, and nothing is loaded by it.
PICTURE_POLICY = {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [NONE]}
MOST_COMPARED = 4
FIRST_PLACES_SHOWN = 6
_VERSIONS = models.ModelVersion.objects.select_related("pathway", "training_run")


def address(version: models.ModelVersion) -> str:
    """Where the version's card is."""
    return reverse("admin:recommender_modelversion_change", args=[version.pk])


def comparison_of(keys: Iterable[UUID]) -> str:
    """Where these versions stand side by side."""
    asked = urlencode([("version", str(key)) for key in keys])
    return f"{reverse('admin:recommender_modelversion_compare')}?{asked}"


class VersionPages:
    """The pages that look at one version or several."""

    def __init__(self, admin: "ModelVersionAdmin") -> None:
        self._admin = admin

    def card(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The model card as a page, with the source attributes to fill in."""
        version: models.ModelVersion = found_or_404(_VERSIONS, pk)
        card = model_cards.card_of(version)
        return self._admin.page(
            request,
            "version",
            title=str(version),
            version=version,
            card=card,
            datasets=version.training_run.datasets.order_by("name", "version"),
            live=_live(version),
            comparison_head=COMPARISON_HEAD,
            **_evaluated(version.evaluation),
            regulation=card["source_attributes"]["regulation"],
            attributes=_attributes(version, card["source_attributes"]["attributes"]),
        )

    def compare(self, request: HttpRequest) -> HttpResponse:
        """The versions named in the address, side by side."""
        asked = list(dict.fromkeys(request.GET.getlist("version")))[:MOST_COMPARED]
        versions = [found_or_404(_VERSIONS, pk) for pk in asked]
        if not versions:
            raise Http404
        shown: dict[str, Any] = _figures(versions)
        try:
            by = request.user.get_username()
            shown["panel"] = version_panels.panel(versions=versions, by=by)
        except RecommenderError as error:
            shown["panel_problem"] = str(error)
        return self._admin.page(request, "compare", title="Versions side by side", **shown)

    def promotion(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The gates' decision line by line; a POST proposes or promotes."""
        version = get_object_or_404(_VERSIONS, pk=pk)
        by, problem = request.user.get_username(), ""
        if request.method == "POST":
            try:
                messages.success(request, _decided(version, request.POST.get("step", ""), by=by))
                return HttpResponseRedirect(address(version))
            except Refused as refused:
                problem = str(refused)
        live = _live(version)
        return self._admin.page(
            request,
            "promotion",
            title=f"Promote {version}?",
            version=version,
            live=live,
            problem=problem,
            may_promote=registry.may_promote(version, by=by),
            **(_figures([live, version]) if live else {}),
        )


@require_POST
def roll_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the live version back."""
    version = get_object_or_404(_VERSIONS, pk=pk)
    try:
        back = registry.roll_back(
            pathway=version.pathway.slug, by=request.user.get_username(), taken_back=version
        )
    except RecommenderError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(address(version))
    messages.success(request, f"{version} was taken back; {back} is live.")
    return HttpResponseRedirect(address(back))


@require_POST
def study(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a worker train the recipe again on parts of the data."""
    version = get_object_or_404(_VERSIONS, pk=pk)
    try:
        tasks.judging.start(version=version, by=request.user.get_username())
    except RecommenderError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "A study was asked for; see the report in some minutes.")
    return HttpResponseRedirect(address(version))


@require_POST
def attributes(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep what was filled in of the source attributes."""
    version = get_object_or_404(_VERSIONS, pk=pk)
    asked = source_attributes.asked(version)
    told = {name: request.POST[name] for name in asked if name in request.POST}
    try:
        source_attributes.tell(version=version, told=told, by=request.user.get_username())
    except RecommenderError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Saved; the card says it from now on.")
    return HttpResponseRedirect(f"{address(version)}#attributes")


@csp(PICTURE_POLICY)  # type: ignore[arg-type]
def reliability(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The reliability plot."""
    del request
    drawn = judging.reliability(get_object_or_404(_VERSIONS, pk=pk))
    if not drawn:
        raise Http404
    return HttpResponse(drawn, content_type="image/svg+xml")


def _decided(version: models.ModelVersion, step: str, *, by: str) -> str:
    """Carry the step out; answers what came of it."""
    if step == "propose":
        registry.propose(version=version, by=by)
        return f"{version} is proposed. Somebody else has to promote it."
    registry.promote(version=version, by=by)
    return f"{version} is live."


def _live(version: models.ModelVersion) -> models.ModelVersion | None:
    return _VERSIONS.filter(pathway=version.pathway, status="live").exclude(pk=version.pk).first()


def _evaluated(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of an evaluation, if there is one."""
    if not evaluation:
        return {}
    evidence = evaluation.get("evidence")
    return {
        "comparison": comparison_rows(evaluation),
        "followed_head": FOLLOWED_HEAD,
        "followed": followed_rows(evaluation),
        "first_places": evaluation.get("first_places", ())[:FIRST_PLACES_SHOWN],
        "studies": report_evidence.sentences(evidence) if evidence else (),
    }


def _figures(versions: list[models.ModelVersion]) -> dict[str, Any]:
    runs = [each.training_run for each in versions]
    return {
        "versions": versions,
        "metrics": [
            ("Recipe", [run.recipe_name for run in runs]),
            ("Seed", [str(run.seed) for run in runs]),
            ("Data", [_trained_on(run) for run in runs]),
            *side_by_side([each.evaluation for each in versions]),
        ],
        "same_data": len({each.training_run.data_hash for each in versions}) == 1,
    }


def _trained_on(run: models.TrainingRun) -> str:
    return ", ".join(str(each) for each in run.datasets.order_by("name", "version"))


def _attributes(
    version: models.ModelVersion, given: list[dict[str, str]]
) -> list[dict[str, object]]:
    """The attributes with what the form shows of those that are asked for."""
    asked, before = source_attributes.asked(version), source_attributes.told_before(version)
    return [
        {
            **one,
            "asked": one["paragraph"] in asked,
            "by": one["told_by"],
            "filled": before.get(one["paragraph"], "")
            if one["value"] == NOT_KNOWN
            else one["value"],
        }
        for one in given
    ]
