"""The stop switch in the admin: halt suggestions with a reason, and lift a stop with one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminTextInputWidget

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.exceptions import BadInput, Refused
from recommender.services import stops


class LiftForm(ActionForm):
    """The choice of an action, and why."""

    reason = forms.CharField(
        required=False,
        max_length=500,
        label="",
        widget=UnfoldAdminTextInputWidget({"placeholder": "Why suggestions may go on"}),
    )


class StopForm(forms.ModelForm):  # type: ignore[type-arg]
    """What to stop and why; what is in the way is said beside its field."""

    class Meta:
        model = models.SuggestionStop
        fields = ("pathway", "therapy_class", "therapy", "reason")

    def clean(self) -> dict[str, Any]:
        """Ask the service whether it would stop this."""
        given: dict[str, Any] = super().clean() or {}
        if self.errors:
            return given
        try:
            stops.check(**_asked(given))
        except BadInput as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
        except Refused as error:
            self.add_error(None, str(error))
        return given


def _asked(given: dict[str, Any]) -> dict[str, str]:
    pathway = given["pathway"]
    return {
        "reason": given["reason"],
        "pathway": pathway.slug if pathway else "",
        "therapy": given["therapy"],
        "therapy_class": given["therapy_class"],
    }


@admin.register(models.SuggestionStop)
class SuggestionStopAdmin(RecordAdmin):
    """What is stopped now, and what was."""

    form = StopForm
    action_form = LiftForm
    actions = ("lift",)
    list_display = (
        "code", "pathway", "therapy_class", "therapy", "reason", "stopped_by", "stopped_at",
        "lifted_at", "lifted_by",
    )  # fmt: skip
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "pathway")
    list_select_related = ("pathway",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever manages versions may stop what they suggest."""
        return self.has_view_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Model, form: StopForm, change: object) -> None:
        """Stop it."""
        del change
        made = stops.stop(**_asked(form.cleaned_data), by=request.user.get_username())
        obj.pk = made.pk

    @admin.action(description="Lift: let suggestions go on (say why)")
    def lift(self, request: HttpRequest, chosen: QuerySet[models.SuggestionStop]) -> None:
        """Lift stops."""
        by, reason = request.user.get_username(), request.POST.get("reason", "")
        self.do_each(
            request,
            chosen,
            lambda row: stops.lift(stop=row.pk, reason=reason, by=by),
            done="lifted",
        )
