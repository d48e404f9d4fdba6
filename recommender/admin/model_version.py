"""The registry in the admin: promote, roll back."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.exceptions import Refused
from recommender.services import registry


@admin.register(models.ModelVersion)
class ModelVersionAdmin(RecordAdmin):
    """Model versions, of which at most one a pathway is live."""

    actions = ("promote", "roll_back")
    list_display = (
        "pathway", "number", "status", "gates_passed", "personalised", "calibrated", "simulated",
        "created", "promoted_at", "promoted_by",
    )  # fmt: skip
    list_display_links = ("number",)
    list_filter = ("status", "gates_passed", "pathway")
    list_select_related = ("pathway",)
    ordering = ("-created",)
    readonly_fields = ("report",)

    @admin.display(description="Report")
    def report(self, version: models.ModelVersion) -> SafeString:
        """The way to the evaluation with its plots."""
        address = reverse("v1:model-version-report", args=[version.pk])
        return format_html('<a href="{}">Evaluation with plots</a>', address)

    @admin.action(description="Promote: make it live")
    def promote(self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]) -> None:
        """Make versions live, if their gates passed."""
        by = request.user.get_username()
        self.do_each(request, chosen, lambda row: registry.promote(version=row, by=by), done="live")

    @admin.action(description="Roll back: bring back the version before it")
    def roll_back(self, request: HttpRequest, chosen: QuerySet[models.ModelVersion]) -> None:
        """Take live versions back."""
        by = request.user.get_username()
        self.do_each(request, chosen, lambda row: _roll_back(row, by=by), done="taken back")


def _roll_back(version: models.ModelVersion, *, by: str) -> None:
    if version.status != models.ModelVersion.Status.LIVE:
        raise Refused("It isn't live, so there's nothing to take back.")
    registry.roll_back(pathway=version.pathway.slug, by=by)
