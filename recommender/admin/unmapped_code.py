"""Codes and names that no entry knows: the most frequent first, to be mapped."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.exceptions import BadInput
from recommender.services import unmapped_codes


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the code stands for."""

    class Meta:
        model = models.UnmappedCode
        fields = ("kind", "entry")

    def clean(self) -> dict[str, Any]:
        """Only entries that there are."""
        given: dict[str, Any] = super().clean() or {}
        try:
            unmapped_codes.check(
                kind=given.get("kind", ""),
                entry=given.get("entry", ""),
                named=self.instance.named_kind,
            )
        except BadInput as error:
            self.add_error(error.field, str(error))
        return given


@admin.register(models.UnmappedCode)
class UnmappedCodeAdmin(RecordAdmin):
    """Codes and names that no entry knows, and those that were mapped."""

    form = MappingForm
    fields = (
        *("resource", "system", "code", "close_to", "seen", "last_seen"),
        *("kind", "entry", "mapped_by"),
    )
    readonly_fields = ("resource", "system", "code", "close_to", "seen", "last_seen", "mapped_by")
    list_display = ("code", "system", "resource", "seen", "last_seen", "kind", "entry", "mapped_by")
    list_filter = (("entry", admin.EmptyFieldListFilter), "resource", "system")
    search_fields = ("code", "entry")
    ordering = ("-seen",)

    @admin.display(description="close to")
    def close_to(self, code: models.UnmappedCode) -> str:
        """Entries whose names are similar; a person decides."""
        return ", ".join(unmapped_codes.suggested(code)) or "nothing"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever manages data may map."""
        return self.has_view_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: models.UnmappedCode, form: MappingForm, change: object
    ) -> None:
        """Map it."""
        del change
        unmapped_codes.resolve(
            code=obj,
            kind=form.cleaned_data["kind"],
            entry=form.cleaned_data["entry"],
            by=request.user.get_username(),
        )
