"""The addresses of the pages."""

from django.conf import settings
from django.urls import path

from api.pages import ask, ehr, queue, review, trial

app_name = "pages"
urlpatterns = [
    path("", queue.home, name="home"),
    path("review/", queue.queue, name="queue"),
    path("review/<uuid:pk>/", review.review, name="review"),
    path("review/<uuid:pk>/compare/", review.compare, name="compare"),
    path("review/<uuid:pk>/print/", review.together, name="print"),
    path("review/<uuid:pk>/plan/", review.plan, name="plan"),
    path("review/<uuid:pk>/take-up/", queue.take_up, name="take-up"),
    path("review/second/<uuid:pk>/", review.second, name="second"),
    path("review/<uuid:pk>/acknowledge/", review.acknowledge, name="acknowledge"),
    path("try/", trial.trial, name="trial"),
    path("ask/", ask.ask, name="ask"),
]
if not settings.PRODUCTION:
    urlpatterns += [
        path("ehr/", ehr.ehr, name="ehr"),
        path("ehr/token/", ehr.token, name="ehr-token"),
    ]
