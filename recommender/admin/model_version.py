"""The registry in the admin: promote, roll back."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

import tasks.judging
from recommender import models
from recommender.admin import version_pages
from recommender.admin.base import PageAdmin
from recommender.exceptions import Refused
from recommender.services import registry

NAME = "recommender_modelversion"


@admin.register(models.ModelVersion)
class ModelVersionAdmin(PageAdmin):
    """Model versions, of which at most one a pathway is live."""

    actions = ("compare", "study", "promote", "roll_back")
    list_display = (
        "pathway", "number", "status", "gates_passed", "personalised", "calibrated", "simulated",
        "created", "promoted_at", "promoted_by",
    )  # fmt: skip
    list_display_links = ("number",)
    list_filter = ("status", "gates_passed", "pathway")
    list_select_related = ("pathway",)
    ordering = ("-created",)

    def get_urls(self) -> list[URLPattern]:
        """The pages of the versions, for those who may see them."""
        pages = version_pages.VersionPages(self)
        views: dict[str, Callable[..., HttpResponseBase]] = {
            "promotion": pages.promotion,
            "roll_back": version_pages.roll_back,
            "study": version_pages.study,
            "attributes": version_pages.attributes,
            "reliability": version_pages.reliability,
        }
        own = [
            path(f"<uuid:pk>/{name}/", self.guarded(view), name=f"{NAME}_{name}")
            for name, view in views.items()
        ]
        compare = path("compare/", self.guarded(pages.compare), name=f"{NAME}_compare")
        return [compare, *own, *super().get_urls()]

    def shown(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The model card."""
        return version_pages.VersionPages(self).card(request, pk)

    @admin.action(description="Compare side by side")
    def compare(
        self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]
    ) -> HttpResponseRedirect:
        """Show the chosen versions on one page, the oldest first."""
        del request
        keys = chosen.order_by("number").values_list("pk", flat=True)
        return HttpResponseRedirect(version_pages.comparison_of(keys))

    @admin.action(description="Study: other sites, later years, less data")
    def study(self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]) -> None:
        """Have a worker train the recipes again on parts of their data."""
        by = request.user.get_username()
        self.do_each(
            request,
            chosen,
            lambda row: tasks.judging.start(version=row, by=by),
            done="a study was asked for; see its report in some minutes",
        )

    @admin.action(description="Promote: see the gates' decision first")
    def promote(
        self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]
    ) -> HttpResponseRedirect | None:
        """Lead to the decision on one version."""
        if chosen.count() != 1:
            self.message_user(request, "Choose one version to promote.", messages.ERROR)
            return None
        return HttpResponseRedirect(reverse(f"admin:{NAME}_promotion", args=[chosen.get().pk]))

    @admin.action(description="Roll back: bring back the version before it")
    def roll_back(self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]) -> None:
        """Take live versions back."""
        by = request.user.get_username()
        self.do_each(request, chosen, lambda row: _roll_back(row, by=by), done="taken back")


def _roll_back(version: models.ModelVersion, *, by: str) -> None:
    if version.status != models.ModelVersion.Status.LIVE:
        raise Refused("It isn't live, so there's nothing to take back.")
    registry.roll_back(pathway=version.pathway.slug, by=by)
