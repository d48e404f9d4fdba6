"""What all records in the admin share: they are read by role, and changed by services only."""

import csv
import io
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import lookup_field
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from unfold.admin import ModelAdmin

from recommender.exceptions import RecommenderError
from recommender.services import access
from recommender.services.access import Role

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
