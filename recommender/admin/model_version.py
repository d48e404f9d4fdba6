"""The registry in the admin: promote, roll back."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

import tasks.judging
from recommender import models
from recommender.admin import version_pages
from recommender.admin.base import RecordAdmin
from recommender.exceptions import Refused
from recommender.services import registry


@admin.register(models.ModelVersion)
class ModelVersionAdmin(RecordAdmin):
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
    readonly_fields = ("report", "decision", "trial")

    @admin.display(description="Report")
    def report(self, version: models.ModelVersion) -> SafeString:
        """The way to the evaluation with its plots."""
        address = reverse("v1:model-version-report", args=[version.pk])
        return format_html('<a href="{}">Evaluation with plots</a>', address)

    @admin.display(description="Gates and promotion")
    def decision(self, version: models.ModelVersion) -> SafeString:
        """The way to the gates' decision, line by line."""
        address = reverse("admin:recommender_modelversion_promotion", args=[version.pk])
        return format_html('<a href="{}">The decision line by line</a>', address)

    @admin.display(description="Trial")
    def trial(self, version: models.ModelVersion) -> SafeString:
        """The way to trying it on a made-up case."""
        address = reverse("pages:trial")
        return format_html(
            '<a href="{}?version={}">Try it on a made-up case</a>', address, version.pk
        )

    def get_urls(self) -> list[URLPattern]:
        """The pages of the versions, for those who may see them."""
        own = [
            path(
                "compare/",
                self.guarded(version_pages.compare),
                name="recommender_modelversion_compare",
            ),
            path(
                "<uuid:pk>/promotion/",
                self.guarded(version_pages.promotion),
                name="recommender_modelversion_promotion",
            ),
        ]
        return [*own, *super().get_urls()]

    @admin.action(description="Compare side by side")
    def compare(
        self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]
    ) -> HttpResponseRedirect:
        """Show the chosen versions on one page."""
        del request
        asked = urlencode([("version", str(pk)) for pk in chosen.values_list("pk", flat=True)])
        address = reverse("admin:recommender_modelversion_compare")
        return HttpResponseRedirect(f"{address}?{asked}")

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
        pk = chosen.get().pk
        return HttpResponseRedirect(reverse("admin:recommender_modelversion_promotion", args=[pk]))

    @admin.action(description="Roll back: bring back the version before it")
    def roll_back(self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]) -> None:
        """Take live versions back."""
        by = request.user.get_username()
        self.do_each(request, chosen, lambda row: _roll_back(row, by=by), done="taken back")


def _roll_back(version: models.ModelVersion, *, by: str) -> None:
    if version.status != models.ModelVersion.Status.LIVE:
        raise Refused("It isn't live, so there's nothing to take back.")
    registry.roll_back(pathway=version.pathway.slug, by=by)
