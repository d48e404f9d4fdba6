"""The addresses of SMART's Backend Services."""

from django.urls import path

from api.oauth import views

app_name = "oauth"
urlpatterns = [
    path("oauth/token", views.token, name="token"),
    path(".well-known/smart-configuration", views.configuration, name="configuration"),
]
