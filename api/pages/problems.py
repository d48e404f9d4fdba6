"""What a person reads when a page can't be shown; programs get a problem document instead."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api import errors
from api.cds_hooks.outcomes import outcome
from api.middleware import is_page
from recommender import exceptions

_TITLES = {
    400: "That can't be used",
    403: "This page isn't open to you",
    404: "There is nothing here",
    409: "That isn't possible any more",
    503: "No answer at the moment",
}
_NO_LIVE_VERSION = (
    "This pathway has no live model version, so nothing is suggested for it. An administrator "
    "trains one and promotes it; until then decide without a list."
)


def page_for(request: HttpRequest, *, status: int, message: str) -> HttpResponse:
    """A page that says what is wrong and what to do."""
    title = _TITLES.get(status, "Something failed here")
    sign = "shut" if status == 403 else "late" if status == 409 else ""
    shown = {"title": title, "message": message, "status": status, "sign": sign}
    return render(request, "pages/problem.html", shown, status=status)


def page_of(request: HttpRequest, error: exceptions.RecommenderError) -> HttpResponse:
    """The page for an error of ours."""
    status = next(status for kind, status in errors.STATUS_OF if isinstance(error, kind))
    if isinstance(error, exceptions.NoLiveVersion):
        return page_for(request, status=status, message=_NO_LIVE_VERSION)
    remedy = errors.REMEDY_OF.get(error.code, "")
    return page_for(request, status=status, message=f"{error} {remedy}".strip())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page."""
    if request.path_info.startswith("/cds-services/"):
        return outcome(404, "not-found", "There is nothing here: GET /cds-services lists what is.")
    if not is_page(request):
        return errors.not_found(request, exception)
    return page_for(request, status=404, message="Check the address, or start from the queue.")


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page."""
    if not is_page(request):
        return errors.server_error(request)
    number = getattr(request, "request_id", "")
    message = f"Nothing was recorded. Tell the operator this number: {number}"
    return page_for(request, status=500, message=message)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that didn't come from here."""
    if not is_page(request):
        return errors.csrf_failure(request, reason)
    return page_for(
        request, status=403, message="The form was too old. Open the page again and repeat it."
    )
