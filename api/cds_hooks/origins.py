"""Which web origins may call from a browser: those of registered clients."""

from typing import Any

from corsheaders.signals import check_request_enabled
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpRequest, HttpResponse

from recommender.services import cds_clients


def is_registered(sender: object, request: HttpRequest, **named: Any) -> bool:  # noqa: ANN401
    """Whether a page of an enabled client asks for a CDS service; other addresses ask nobody."""
    del sender, named
    if not request.path_info.startswith("/cds-services"):
        return False
    origin = request.headers.get("Origin", "")
    return bool(origin) and cds_clients.is_known_origin(origin)


def let_read(refused: HttpResponse, origin: str) -> None:
    """Let a registered page read a refusal that is made before the framework hears of its call."""
    refused.headers["Vary"] = "origin"
    close_old_connections()
    try:
        if origin and cds_clients.is_known_origin(origin):
            refused.headers["Access-Control-Allow-Origin"] = origin
    except (InterfaceError, OperationalError):
        return  # the refusal itself needs no database


def connect() -> None:
    """Ask for every call of a CDS service from a browser elsewhere."""
    check_request_enabled.connect(is_registered, dispatch_uid="cds-origins")
