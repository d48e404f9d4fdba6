"""Arms of published studies, as data sets brought them."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin


@admin.register(models.EvidenceArm)
class EvidenceArmAdmin(RecordAdmin):
    """The arms; what they come to is in each version's report."""

    list_display = (
        "study", "code", "condition", "age_group", "responders", "n", "high_risk_of_bias",
        "dataset",
    )  # fmt: skip
    list_filter = ("dataset", "condition", "high_risk_of_bias")
    list_select_related = ("dataset", "therapy")
    search_fields = ("study",)
