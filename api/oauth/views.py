"""Where EHR back ends get a token, and where they read how (SMART App Launch 2.2)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from recommender.services import oauth
from recommender.services.cds_clients import ALGORITHMS
from recommender.services.oauth import OauthError

FORM = "application/x-www-form-urlencoded"
UNAUTHORISED = "invalid_client"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@csrf_exempt  # the assertion is the proof; there is no session here
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A bearer token for a registered client that signs its question."""
    try:
        if request.content_type != FORM:
            raise OauthError("invalid_request", f"Send {FORM}.")
        granted = oauth.grant(
            grant_type=request.POST.get("grant_type", ""),
            assertion_type=request.POST.get("client_assertion_type", ""),
            assertion=request.POST.get("client_assertion", ""),
            client_id=request.POST.get("client_id", ""),
            scope=request.POST.get("scope", ""),
            audience=request.build_absolute_uri(request.path),
        )
    except OauthError as error:
        return JsonResponse(
            {"error": error.code, "error_description": error.description},
            status=401 if error.code == UNAUTHORISED else 400,
            headers=NO_STORE,
        )
    return JsonResponse(
        {
            "access_token": granted.token,
            "token_type": "bearer",
            "expires_in": granted.seconds,
            "scope": granted.scope,
        },
        headers=NO_STORE,
    )


@csrf_exempt  # nothing changes here, and a wrong method should hear that it's the method
@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """What there is of SMART here."""
    document = {
        "token_endpoint": request.build_absolute_uri(reverse("oauth:token")),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "grant_types_supported": [oauth.GRANT],
        "scopes_supported": list(oauth.SCOPES),
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["client-confidential-asymmetric", "permission-v2", "permission-v1"],
    }
    return JsonResponse(document, headers={"Access-Control-Allow-Origin": "*"})
