"""Therapies in the admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from recommender import models
from recommender.admin.catalogue_entry import CatalogueEntryAdmin
from recommender.clinical.catalogue_changes import EntryKind
from recommender.services import offers


@admin.register(models.TherapyRecord)
class TherapyAdmin(CatalogueEntryAdmin):
    """The therapy catalogue."""

    entry_kind = EntryKind.THERAPY
    actions = ("offer", "stop_offering")
    list_display = ("code", "name", "kind", "therapy_class", "pathway", "offered", "retired")
    list_filter = ("kind", "offered", "retired", "pathway")
    list_select_related = ("pathway",)
    search_fields = ("code", "name")
    ordering = ("code",)

    @admin.action(description="Offered at this site")
    def offer(self, request: HttpRequest, chosen: QuerySet[models.TherapyRecord]) -> None:
        """Say on the review page that it can be had here."""
        self._set(request, chosen, offered=True)

    @admin.action(description="Not offered at this site")
    def stop_offering(self, request: HttpRequest, chosen: QuerySet[models.TherapyRecord]) -> None:
        """Say on the review page that it can't be had here; safety isn't concerned."""
        self._set(request, chosen, offered=False)

    def _set(
        self, request: HttpRequest, chosen: QuerySet[models.TherapyRecord], *, offered: bool
    ) -> None:
        by = request.user.get_username()
        self.do_each(
            request,
            chosen,
            lambda row: offers.set_offered(therapy=row, offered=offered, by=by),
            done="offered here" if offered else "not offered here",
        )
