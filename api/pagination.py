"""Long lists by cursor: pages stay right while rows are added."""

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """By time of creation."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering: tuple[str, ...] = ("-created", "-pk")

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place in the list; PostgreSQL can't be asked for one that holds NUL."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is not None and "\x00" in str(cursor.position or ""):
            raise NotFound
        return cursor


class ByNumber(NewestFirst):
    """By a number that counts up: the newest first."""

    ordering = ("-id",)


class ByCode(NewestFirst):
    """By code, for the catalogue."""

    ordering = ("code", "pk")


class BySlug(NewestFirst):
    """By slug."""

    ordering = ("slug",)
