"""Versions of the catalogue in the admin: begin a draft, change entries, sign, publish."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from recommender import models
from recommender.admin import catalogue_pages
from recommender.admin.base import RecordAdmin
from recommender.exceptions import Refused
from recommender.services import catalogue_drafts


class DraftForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is to be changed, and why."""

    class Meta:
        model = models.CatalogueVersion
        fields = ("reason",)

    def clean(self) -> dict[str, Any]:
        """Say whether another draft is open."""
        given: dict[str, Any] = super().clean() or {}
        try:
            catalogue_drafts.refuse_second_draft()
        except Refused as error:
            self.add_error(None, str(error))
        return given


@admin.register(models.CatalogueVersion)
class CatalogueVersionAdmin(RecordAdmin):
    """The draft, and what each published version changed."""

    form = DraftForm
    list_display = (
        "__str__", "status", "origin", "reason", "created", "created_by", "ended_at", "ended_by",
    )  # fmt: skip
    list_filter = ("status", "origin")
    search_fields = ("reason", "changes__code")
    search_help_text = "Words of the reason, or the code of an entry that a version changed."
    ordering = ("-created",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever manages the catalogue may begin a draft."""
        return self.has_view_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Model, form: DraftForm, change: object) -> None:
        """Begin it."""
        del change
        made = catalogue_drafts.begin(
            reason=form.cleaned_data["reason"], by=request.user.get_username()
        )
        obj.pk = made.pk

    def response_add(
        self, request: HttpRequest, obj: models.CatalogueVersion, post_url_continue: object = None
    ) -> HttpResponse:
        """Go on to the draft."""
        del request, post_url_continue
        return HttpResponseRedirect(catalogue_pages.address_of(obj))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The diff with its signatures."""
        del form_url, extra_context
        if not self.has_view_permission(request):
            raise PermissionDenied
        return catalogue_pages.version(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        """The pages of a draft's entries, for those who may see them."""
        own = [
            path(
                "<int:pk>/entries/<slug:kind>/",
                self._guarded(catalogue_pages.add),
                name="recommender_catalogueversion_add_entry",
            ),
            path(
                "<int:pk>/entries/<slug:kind>/<path:code>/",
                self._guarded(catalogue_pages.entry),
                name="recommender_catalogueversion_entry",
            ),
        ]
        return [*own, *super().get_urls()]

    def _guarded(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def shown(request: HttpRequest, **named: Any) -> HttpResponse:  # noqa: ANN401
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, **named)

        guarded: Callable[..., HttpResponse] = self.admin_site.admin_view(shown)
        return guarded
