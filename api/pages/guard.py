"""Who may see a page: people who logged in, by the same table as the API."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from api.authentication import Caller
from api.pages import problems
from api.permissions import PAGE_ACCESS, may
from recommender.exceptions import RecommenderError
from recommender.services import access

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]


def page(name: str) -> Callable[[View[Rest]], View[Rest]]:
    """A page that the table opens to some roles; its expected errors become pages, too."""

    def guarded(view: View[Rest]) -> View[Rest]:
        @never_cache
        @require_http_methods([*PAGE_ACCESS[name], "HEAD"])
        @wraps(view)
        def shown(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            roles = access.roles_of(request.user)
            # The request log tells the role by it.
            request.auth = Caller(request.user.username, roles, by_token=False)  # type: ignore[attr-defined]
            if not may(roles, name, request.method or ""):
                return problems.page_for(
                    request,
                    status=403,
                    message="Your role doesn't allow this. Log in as a clinician, or ask an "
                    "administrator for the role.",
                )
            try:
                return view(request, *args, **kwargs)
            except RecommenderError as error:
                return problems.page_of(request, error)

        return shown

    return guarded
