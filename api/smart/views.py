"""A clinician launches from the EHR and lands on the list that the card named."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from api.pages import problems
from recommender.exceptions import NotTrusted, RecommenderError
from recommender.services import smart_launch

PENDING = "smart-launches"
# One browser may open several charts at once.
MOST_PENDING = 5
BACKEND = "django.contrib.auth.backends.ModelBackend"
REFUSED = "The EHR's answer isn't accepted. Launch again, or log in here."


@never_cache
@require_safe
def launch(request: HttpRequest) -> HttpResponse:
    """From the EHR, or by somebody who chose one: on to its authorisation server."""
    try:
        address, state, pending = smart_launch.begin(
            iss=request.GET.get("iss", ""),
            launch=request.GET.get("launch", ""),
            redirect_uri=request.build_absolute_uri(reverse("smart:callback")),
        )
    except RecommenderError as error:
        return problems.page_of(request, error)
    waiting = dict(list(request.session.get(PENDING, {}).items())[1 - MOST_PENDING :])
    request.session[PENDING] = {**waiting, state: pending.as_kept()}
    return redirect(address)


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the EHR: who it is, then the list or the queue."""
    waiting = request.session.get(PENDING, {})
    kept = waiting.pop(request.GET.get("state", ""), None)
    request.session[PENDING] = waiting
    code = request.GET.get("code", "")
    if kept is None or not code:
        return problems.page_for(request, status=403, message=REFUSED)
    try:
        arrived = smart_launch.finish(code=code, kept=kept, iss=request.GET.get("iss", ""))
    except NotTrusted:
        return problems.page_for(request, status=403, message=REFUSED)
    except RecommenderError as error:
        return problems.page_of(request, error)
    login(request, arrived.user, backend=BACKEND)
    if arrived.list_id is None:
        return redirect("pages:queue")
    return redirect("pages:review", pk=arrived.list_id)
