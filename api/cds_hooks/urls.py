"""The addresses of the CDS Hooks services; without a slash at the end, as the standard has them."""

from django.urls import path

from api.cds_hooks import origins, views

origins.connect()

app_name = "cds"
urlpatterns = [
    path("cds-services", views.services, name="services"),
    path("cds-services/<str:service>", views.service, name="service"),
    path("cds-services/<str:service>/feedback", views.feedback, name="feedback"),
]
