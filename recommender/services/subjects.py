"""Subjects: lists for the same patient of an EHR meet under a pseudonym that only it can renew."""

import hashlib
import hmac

from django.conf import settings

from recommender import models

EARLIER_SHOWN = 5


def earlier_than(suggestion_list: models.SuggestionList) -> tuple[models.SuggestionList, ...]:
    """The latest lists given before this one for the same patient, with their reviews."""
    if not suggestion_list.subject:
        return ()
    found = models.SuggestionList.objects.filter(
        subject=suggestion_list.subject, created__lt=suggestion_list.created
    )
    ordered = found.order_by("-created").defer("case", "answer").prefetch_related("reviews")
    return tuple(ordered[:EARLIER_SHOWN])


def pseudonym(client: models.CdsClient, patient: str) -> str:
    """A keyed digest: the same at each call of this client, and nothing to anybody else's.

    Nor to another tenant's, where one registration serves several: their ids may be alike.
    """
    tenant = "" if client.tenant else client.called_as
    parts = ["cds", str(client.pk), patient, *([tenant] if tenant else [])]
    said = "\0".join(parts).encode()
    return hmac.new(settings.PSEUDONYM_KEY.encode(), said, hashlib.sha256).hexdigest()
