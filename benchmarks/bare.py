"""The bare endpoint: a Django JsonResponse without any middleware, behind the same front."""

import os

import django
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.settings")
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
django.setup()


def bare(request: HttpRequest) -> JsonResponse:
    """As little as Django can be asked to do."""
    del request
    return JsonResponse({"status": "ok"})


def bare_post(request: HttpRequest) -> JsonResponse:
    """As little as Django can be asked to do with a body: it is read, not looked at."""
    return JsonResponse({"read": len(request.body)})


urlpatterns = [path("bare/", bare), path("cds-services/bare", bare_post)]
application = import_string("api.front.Front")()
