"""CDS clients: the EHRs that may call the CDS Hooks services, and the calls they made."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from recommender.models.pathway import Pathway


class CdsClient(models.Model):
    """One EHR: who it says it is (`iss`), the public keys it signs with, what it may ask."""

    name = models.CharField(max_length=100, unique=True)
    issuer = models.CharField(
        max_length=300, help_text="The `iss` of its tokens, letter by letter."
    )
    tenant = models.CharField(
        max_length=200, blank=True, help_text="The `tenant` of its tokens; empty where it has none."
    )
    keys = models.JSONField(
        default=dict, blank=True, help_text="Its public keys as a JWK Set; ES384 or RS384."
    )
    jwks_url = models.CharField(
        max_length=300,
        blank=True,
        help_text="Where it publishes its keys (`jku`); may stand instead of keys.",
    )
    origins = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="Web origins of its browser clients, such as https://ehr.example.",
    )
    fhir_servers = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="Base addresses that may be asked for what it didn't prefetch.",
    )
    pathways = models.ManyToManyField(
        Pathway, blank=True, related_name="+", help_text="What it may ask about; none means all."
    )
    smart_client_id = models.CharField(
        max_length=200,
        blank=True,
        help_text="Our client id at its authorisation server; with it clinicians launch from it.",
    )
    calls_per_minute = models.PositiveIntegerField(
        default=600, help_text="How often it may call each web process; more is answered 429."
    )
    enabled = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    called_as = ""
    """The tenant that the call in hand names; of one that is registered, that one."""

    class Meta:
        ordering = ["name"]
        verbose_name = "CDS client"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "tenant"],
                name="cds_client_is_one_of_its_issuer_and_tenant",
                violation_error_message="Another client has this issuer and tenant.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CdsCall(models.Model):
    """A token that was used; it isn't taken a second time before it expires."""

    client = models.ForeignKey(CdsClient, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the token's `jti`.")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "digest"], name="cds_call_is_made_once")
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"
