"""Long lists by cursor: pages stay right while rows are added."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """By time of creation."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering: tuple[str, ...] = ("-created", "-pk")


class ByNumber(NewestFirst):
    """By a number that counts up: the newest first."""

    ordering = ("-id",)


class ByCode(NewestFirst):
    """By code, for the catalogue."""

    ordering = ("code", "pk")


class BySlug(NewestFirst):
    """By slug."""

    ordering = ("slug",)
