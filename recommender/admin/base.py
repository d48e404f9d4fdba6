"""What all records in the admin share: they are read by role, and changed by services only."""

import csv
import io
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from recommender.exceptions import RecommenderError
from recommender.services import access
from recommender.services.access import Role

SCRIPTS = (
    "vendor/jquery/jquery.min",
    "jquery.init",
    "core",
    "admin/RelatedObjectLookups",
    "actions",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _line(cells: Iterable[str]) -> str:
    """One line of CSV. A spreadsheet runs what begins with one of these."""
    safe = [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]
    written = io.StringIO()
    csv.writer(written).writerow(safe)
    return written.getvalue()


def roles_in(request: HttpRequest) -> frozenset[Role]:
    """The roles of whoever sends the request, asked once a request."""
    known: frozenset[Role] | None = getattr(request, "known_roles", None)
    if known is None:
        known = access.roles_of(request.user)
        request.known_roles = known  # type: ignore[attr-defined]
    return known


class RecordAdmin(ModelAdmin):
    """A record to look at; nothing is typed into it, added or deleted."""

    viewers = frozenset({Role.DATASET_ADMIN})
    list_per_page = 50
    show_full_result_count = False
    ordering: tuple[str, ...] = ("-pk",)

    @property
    def media(self) -> Media:
        """Django's own scripts without those of filters and of fields filled in from others."""
        return Media(js=[f"admin/js/{name}.js" for name in SCRIPTS])

    @admin.action(description="Export as CSV")
    def export_csv(self, request: HttpRequest, chosen: QuerySet[Any]) -> StreamingHttpResponse:
        """The columns of the list, of the chosen rows; a cell never begins a formula."""
        columns = [str(name) for name in self.get_list_display(request)]
        lines = chain([columns], (self._cells(row, columns) for row in chosen.iterator(2_000)))
        name = self.opts.model_name
        return StreamingHttpResponse(
            (_line(cells) for cells in lines),
            content_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The record's own actions, and the export."""
        own = super().get_actions(request)
        export = self.get_action("export_csv")
        return {**own, "export_csv": export} if export else own

    def _cells(self, row: Model, columns: Iterable[str]) -> list[str]:
        return [str(lookup_field(name, row, self)[2]) for name in columns]

    def page(
        self,
        request: HttpRequest,
        template: str,
        *,
        title: str,
        **shown: Any,  # noqa: ANN401
    ) -> TemplateResponse:
        """A page of the desk's own, inside the admin."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            **shown,
        }
        return TemplateResponse(request, f"recommender_admin/{template}.html", context)

    def guarded(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        """The view, for those who may see the record."""

        def shown(request: HttpRequest, **named: Any) -> HttpResponseBase:  # noqa: ANN401
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, **named)

        guarded: Callable[..., HttpResponseBase] = self.admin_site.admin_view(shown)
        return guarded

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer's role may see this record."""
        del obj
        return not self.viewers.isdisjoint(roles_in(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the record is listed at all."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is added by hand."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is typed over."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted."""
        del request, obj
        return False

    def do_each(
        self,
        request: HttpRequest,
        rows: Iterable[Any],
        verb: Callable[[Any], object],
        *,
        done: str,
    ) -> None:
        """Do the verb to each row chosen, and say of each what came of it."""
        for row in rows:
            try:
                verb(row)
            except RecommenderError as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: {done}", messages.SUCCESS)


class PageAdmin(RecordAdmin):
    """A record that is shown on a page of the desk's own."""

    def shown(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The page of the record of this key."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """The record's page; nothing is posted to it."""
        del form_url, extra_context
        if request.method == "POST":
            raise PermissionDenied
        return self.guarded(self.shown)(request, pk=object_id)


class StartAdmin(PageAdmin):
    """A record that people begin, with a form of the desk's own."""

    def begin(self, request: HttpRequest) -> HttpResponse:
        """The form, and what a POST of it begins."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may see such records may begin one."""
        return self.has_view_permission(request, obj)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The form."""
        del form_url, extra_context
        return self.guarded(self.begin)(request)


def found_or_404(records: QuerySet[Any], pk: str) -> Any:  # noqa: ANN401 - a record of the set
    """The record of this key; a key that can't be one is a missing page."""
    try:
        return records.get(pk=pk)
    except (records.model.DoesNotExist, ValidationError, ValueError):
        raise Http404 from None
