"""API clients in the admin: made with a token that is shown once, revoked. For superusers."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from recommender import models
from recommender.admin.base import StartAdmin, found_or_404
from recommender.exceptions import RecommenderError
from recommender.services import access
from recommender.services.access import Role

LONGEST_DAYS = 3650
WORDS = {
    Role.EHR_CLIENT: "EHR client: asks for suggestions, sends outcomes",
    Role.CLINICIAN: "clinician: reviews",
    Role.DATASET_ADMIN: "data set admin: data, training, versions",
    Role.AUDITOR: "auditor: reads the audit chain",
}


class ClientForm(forms.Form):
    """Who the program is, and what it may do."""

    name = forms.CharField(
        max_length=150,
        label="Name of the client",
        help_text="Letters, digits and . @ + - _. One that exists gets another token.",
        widget=UnfoldAdminTextInputWidget,
    )
    roles = forms.MultipleChoiceField(
        choices=[(role.value, words) for role, words in WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        label="What it may do",
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=365,
        label="Days until the token ends",
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )


@admin.register(models.ApiToken)
class ApiTokenAdmin(StartAdmin):
    """API tokens, by name; a secret is shown once, to whoever made it."""

    actions = ("revoke",)
    list_display = ("name", "user", "roles", "created", "expires", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.ApiToken]:
        """With the roles of the users at hand."""
        found: QuerySet[models.ApiToken] = super().get_queryset(request)
        return found.prefetch_related("user__groups")

    @admin.display(description="roles")
    def roles(self, token: models.ApiToken) -> str:
        """What the token may do."""
        return ", ".join(sorted(group.name for group in token.user.groups.all()))

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Who may come in is for superusers to say."""
        del obj
        return bool(request.user.is_superuser)

    def begin(self, request: HttpRequest) -> HttpResponse:
        """The form; a POST answers with the secret."""
        form = ClientForm(request.POST or None)
        if form.is_valid():
            try:
                made = _made(form.cleaned_data, by=request.user.get_username())
            except RecommenderError as error:
                form.add_error(None, str(error))
            else:
                shown = self.page(request, "token", title=f"Token of {made.token.user}", made=made)
                shown.headers["Cache-Control"] = "no-store"
                return shown
        return self.page(request, "token_form", title="New API client", form=form)

    def shown(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The token without its secret."""
        token = found_or_404(self.get_queryset(request), pk)
        return self.page(request, "token", title=f"Token of {token.user}", token=token)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, chosen: QuerySet[models.ApiToken]) -> None:
        """Make tokens worthless."""
        by = request.user.get_username()
        self.do_each(
            request, chosen, lambda row: access.revoke_token(token=row, by=by), done="revoked"
        )


def _made(given: dict[str, Any], *, by: str) -> access.NewToken:
    return access.create_client(
        name=given["name"],
        roles=frozenset(Role(role) for role in given["roles"]),
        expires_in=timedelta(days=given["days"]),
        by=by,
    )
