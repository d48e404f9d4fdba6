"""API tokens in the admin: revoked here, made by `create_api_client`."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.services import access


@admin.register(models.ApiToken)
class ApiTokenAdmin(RecordAdmin):
    """API tokens, by name; a secret is never shown."""

    actions = ("revoke",)
    list_display = ("name", "user", "created", "expires", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    exclude = ("digest",)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Who may come in is for superusers to say."""
        del obj
        return bool(request.user.is_superuser)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, chosen: QuerySet[models.ApiToken]) -> None:
        """Make tokens worthless."""
        by = request.user.get_username()
        self.do_each(
            request, chosen, lambda row: access.revoke_token(token=row, by=by), done="revoked"
        )
