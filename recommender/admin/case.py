"""Cases of data sets in the admin: anonymous rows, with the therapies they tried."""

from django.contrib import admin
from unfold.admin import TabularInline

from recommender import models
from recommender.admin.base import RecordAdmin


class ResponseInline(TabularInline):
    """The therapies a case tried."""

    model = models.TherapyResponse
    can_delete = False
    extra = 0
    fields = ("sequence", "therapy", "response", "stopped")
    readonly_fields = fields


@admin.register(models.CaseRecord)
class CaseAdmin(RecordAdmin):
    """Cases."""

    inlines = (ResponseInline,)
    list_display = ("id", "dataset", "year", "site")
    list_filter = ("dataset",)
    list_select_related = ("dataset",)
