"""The one Django app of the product."""

from django.apps import AppConfig


class RecommenderConfig(AppConfig):
    """Everything that is stored belongs to this app."""

    name = "recommender"
    verbose_name = "Treatment recommender"
    default_auto_field = "django.db.models.BigAutoField"
