"""The audit chain in the admin, for auditors: searched, and its state told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import RangeDateFilter

import tasks.audit_chain
from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.exceptions import RecommenderError
from recommender.services import audit, chain_checks
from recommender.services.access import Role

NAME = "recommender_auditevent"


class DayFilter(RangeDateFilter):
    """From one day to another, both whole, in UTC; what is no day doesn't narrow anything."""

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[models.AuditEvent]
    ) -> QuerySet[models.AuditEvent]:
        """The rows of these days."""
        del request
        name, given = self.parameter_name, self.used_parameters
        if first := _day(given.get(f"{name}_from")):
            queryset = queryset.filter(**{f"{name}__gte": first})
        if after := _day(given.get(f"{name}_to"), later=timedelta(days=1)):
            queryset = queryset.filter(**{f"{name}__lt": after})
        return queryset


def _day(text: object, *, later: timedelta = timedelta()) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC) + later
    except (ValueError, OverflowError):
        return None


@admin.register(models.AuditEvent)
class AuditEventAdmin(RecordAdmin):
    """Audit events."""

    viewers = frozenset({Role.AUDITOR})
    list_before_template = "recommender_admin/chain.html"
    list_display = ("id", "at", "actor", "action", "target", "version")
    list_filter = (("at", DayFilter), "action")
    list_filter_submit = True
    search_fields = ("actor", "target", "version")
    search_help_text = "Who, what it was done to, or on which version"
    ordering = ("-id",)

    @property
    def media(self) -> Media:
        """With the look of the desk's own pages, which the chain's state has."""
        return super().media + Media(css={"all": ["recommender_admin/desk.css"]})

    def get_urls(self) -> list[URLPattern]:
        """The chain's state, and checking it now."""
        own = [
            path("chain/", self.guarded(_chain), name=f"{NAME}_chain"),
            path("chain/check/", self.guarded(_check), name=f"{NAME}_check"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The events, below what is known of the chain."""
        shown: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), **_state()}
        )
        return shown


@admin.register(models.ChainCheck)
class ChainCheckAdmin(RecordAdmin):
    """When the chain was walked, and how far it held."""

    viewers = frozenset({Role.AUDITOR})
    list_display = ("asked_at", "asked_by", "finished", "events", "broken_at", "problem")


def _state() -> dict[str, Any]:
    head = audit.head()
    newest = chain_checks.newest()
    return {
        "head": head,
        "newest": newest,
        "since": head.number - newest.events if newest else head.number,
        "waiting": chain_checks.waiting(),
    }


def _chain(request: HttpRequest) -> HttpResponse:
    return render(request, "recommender_admin/chain_state.html", _state())


@require_POST
def _check(request: HttpRequest) -> HttpResponse:
    try:
        tasks.audit_chain.start(by=request.user.get_username())
    except RecommenderError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse(f"admin:{NAME}_changelist"))
