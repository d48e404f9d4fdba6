"""What all records in the admin share: they are read by role, and changed by services only."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from recommender.exceptions import RecommenderError
from recommender.services import access
from recommender.services.access import Role


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
