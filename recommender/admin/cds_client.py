"""CDS clients in the admin: registered, changed and switched off by superusers."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from recommender import models
from recommender.exceptions import BadInput
from recommender.services import audit, cds_clients, fhir_server


class CdsClientForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks the keys before they are stored: public, readable, each with its `kid`."""

    class Meta:
        model = models.CdsClient
        fields = (
            "name", "issuer", "tenant", "keys", "jwks_url", "origins", "fhir_servers", "pathways",
            "smart_client_id",
            "calls_per_minute", "enabled",
        )  # fmt: skip

    def clean(self) -> dict[str, object]:
        """Keys that are public, or an address where they are published."""
        given: dict[str, object] = super().clean() or {}
        try:
            if given.get("keys") or not given.get("jwks_url"):
                cds_clients.check_keys(given.get("keys"))
        except BadInput as error:
            self.add_error("keys", str(error))
        try:
            if given.get("jwks_url"):
                fhir_server.check_server(str(given["jwks_url"]), field="jwks_url")
        except BadInput as error:
            self.add_error("jwks_url", str(error))
        return given

    def clean_fhir_servers(self) -> list[str]:
        """Base addresses, encrypted in production."""
        servers: list[str] = self.cleaned_data["fhir_servers"]
        try:
            for each in servers:
                fhir_server.check_server(each)
        except BadInput as error:
            raise forms.ValidationError(str(error)) from None
        return servers


@admin.register(models.CdsClient)
class CdsClientAdmin(ModelAdmin):
    """The EHRs that may call; every change is audited."""

    form = CdsClientForm
    list_display = ("name", "issuer", "tenant", "enabled", "created")
    filter_horizontal = ("pathways",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Who may come in is for superusers to say."""
        return bool(request.user.is_superuser)

    def save_model(
        self, request: HttpRequest, obj: models.CdsClient, form: object, change: object
    ) -> None:
        """Store it and say who did."""
        super().save_model(request, obj, form, change)
        action = "cds_client.changed" if change else "cds_client.registered"
        audit.record(action=action, target=obj.name, by=request.user.get_username())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.CdsClient]) -> None:
        """Remove several, each as if it were alone."""
        for client in queryset:
            self.delete_model(request, client)

    def delete_model(self, request: HttpRequest, obj: models.CdsClient) -> None:
        """Remove it and say who did."""
        audit.record(action="cds_client.removed", target=obj.name, by=request.user.get_username())
        super().delete_model(request, obj)
