"""Data sets and uploads in the admin: publish, withdraw with a reason."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminTextInputWidget

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.services import datasets


class ReasonForm(ActionForm):
    """The choice of an action, and why."""

    reason = forms.CharField(
        required=False,
        max_length=1000,
        label="",
        widget=UnfoldAdminTextInputWidget({"placeholder": "Reason, to withdraw"}),
    )


@admin.register(models.DataSet)
class DataSetAdmin(RecordAdmin):
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


@admin.register(models.DataSetUpload)
class DataSetUploadAdmin(RecordAdmin):
    """Uploads and what became of them."""

    list_display = ("name", "pathway_slug", "status", "created", "created_by", "finished")
    list_filter = ("status",)
    ordering = ("-created",)
    exclude = ("file", "lease_until", "sent_at")
