"""Data sets in the admin: their card and report; publish, withdraw with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminTextInputWidget

from recommender import models
from recommender.admin.base import PageAdmin, found_or_404
from recommender.exceptions import RecommenderError
from recommender.services import dataset_cards, datasets

MISSING = {
    "cases_without_year": "cases without a year",
    "cases_without_site": "cases without a site",
    "cases_without_findings": "cases without any finding",
    "cases_without_therapies": "cases without any therapy",
    "responses_unknown": "responses that aren't known",
}


class ReasonForm(ActionForm):
    """The choice of an action, and why."""

    reason = forms.CharField(
        required=False,
        max_length=1000,
        label="",
        widget=UnfoldAdminTextInputWidget({"placeholder": "Reason, to withdraw"}),
    )


@admin.register(models.DataSet)
class DataSetAdmin(PageAdmin):
    """Data sets."""

    action_form = ReasonForm
    actions = ("publish", "withdraw")
    list_display = (
        "name", "version", "pathway", "status", "simulated", "case_count", "response_count",
        "created",
    )  # fmt: skip
    list_filter = ("status", "simulated", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("name", "title")

    def get_urls(self) -> list[URLPattern]:
        """The steps in its life, beside its page."""
        step = path("<int:pk>/step/", self.guarded(_step), name="recommender_dataset_step")
        return [step, *super().get_urls()]

    def shown(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The card, with the report and the next steps."""
        dataset = found_or_404(models.DataSet.objects.select_related("pathway"), pk)
        return self.page(
            request,
            "dataset",
            title=f"Data set {dataset}",
            dataset=dataset,
            versions=dataset_cards.learned_from(dataset),
            **_report(dataset.report),
        )

    @admin.action(description="Publish")
    def publish(self, request: HttpRequest, chosen: QuerySet[models.DataSet]) -> None:
        """Make drafts trainable and unchangeable."""
        by = request.user.get_username()
        self.do_each(
            request, chosen, lambda row: datasets.publish(dataset=row, by=by), done="published"
        )

    @admin.action(description="Withdraw (say why)")
    def withdraw(self, request: HttpRequest, chosen: QuerySet[models.DataSet]) -> None:
        """Keep data sets from further training."""
        by, reason = request.user.get_username(), request.POST.get("reason", "")
        self.do_each(
            request,
            chosen,
            lambda row: datasets.withdraw(dataset=row, reason=reason, by=by),
            done="withdrawn",
        )


@require_POST
def _step(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish or withdraw, from the card."""
    dataset, by = get_object_or_404(models.DataSet, pk=pk), request.user.get_username()
    try:
        if request.POST.get("step") == "publish":
            datasets.publish(dataset=dataset, by=by)
            messages.success(request, f"{dataset} is published: it can be trained on.")
        else:
            reason = request.POST.get("reason", "")
            datasets.withdraw(dataset=dataset, reason=reason, by=by)
            messages.success(request, f"{dataset} is withdrawn: no later run learns from it.")
    except RecommenderError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("admin:recommender_dataset_change", args=[pk]))


def _report(report: dict[str, Any]) -> dict[str, Any]:
    """The report's figures as the page shows them."""
    missing = report.get("missing", {})
    return {
        "report": report,
        "missing": [(words, missing[name]) for name, words in MISSING.items() if name in missing],
        "findings": [_finding(one) for one in report.get("distributions", ())],
        "tried": [
            {**one, "share": one["responded"] / one["known"] if one["responded"] else None}
            for one in report.get("tried", ())
        ],
        "without": sorted(
            report.get("anonymity", {}).get("without", {}).items(), key=lambda pair: -pair[1]
        ),
    }


def _finding(one: dict[str, Any]) -> dict[str, Any]:
    """A finding with its bars in per cent of the cases who have it on record."""
    bars = [
        {"value": value, "count": count, "percent": round(100 * count / one["cases"], 1)}
        for value, count in one.get("values", ())
    ]
    return {**one, "missing": 1 - one["share"], "bars": bars}
