"""The audit chain in the admin, for auditors."""

from django.contrib import admin

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.services.access import Role


@admin.register(models.AuditEvent)
class AuditEventAdmin(RecordAdmin):
    """Audit events."""

    viewers = frozenset({Role.AUDITOR})
    list_display = ("id", "at", "actor", "action", "target", "version")
    list_filter = ("action",)
    search_fields = ("actor", "target")
