"""Pages about versions of the catalogue: the diff with its signatures, and an entry to change."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from recommender import models
from recommender.admin.catalogue_forms import EntryPage
from recommender.clinical.catalogue_changes import EntryKind
from recommender.exceptions import BadInput, RecommenderError, Refused
from recommender.services import (
    catalogue_drafts,
    catalogue_reading,
    catalogue_signing,
)
from recommender.services.catalogue_reading import ReadChange

VERSION = "recommender_admin/catalogue_version.html"
ENTRY = "recommender_admin/catalogue_entry.html"


def version(request: HttpRequest, pk: str) -> HttpResponse:
    """What a version changes, who signed it, and what is in its way; a POST decides."""
    if not pk.isdecimal():
        raise Http404
    found = get_object_or_404(models.CatalogueVersion, pk=pk)
    problem = ""
    if request.method == "POST":
        try:
            said = _decide(request, found)
        except RecommenderError as error:
            problem = str(error)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(address_of(found))
    asked = request.GET.get("q", "").strip()
    read = catalogue_reading.read(found)
    context = {
        **admin.site.each_context(request),
        "title": str(found).capitalize(),
        "read": read,
        "changes": [_shown(each) for each in read.changes],
        "examples": [(run, _lines(run.written)) for run in read.examples],
        "problem": problem,
        "asked": asked,
        "found": catalogue_reading.search(asked) if asked and found.is_draft else (),
        "kinds": [kind.value for kind in EntryKind],
    }
    return TemplateResponse(request, VERSION, context)


def add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Lead to the page of an entry that isn't there yet."""
    draft = get_object_or_404(models.CatalogueVersion, pk=pk)
    code = request.GET.get("code", "").strip()
    if not code:
        messages.error(request, "Give the new entry a code.")
        return HttpResponseRedirect(address_of(draft))
    return HttpResponseRedirect(entry_address(draft, kind, code))


def entry(request: HttpRequest, pk: int, kind: str, code: str) -> HttpResponse:
    """One entry as the draft has it, to be changed; its worked cases are run on saving."""
    draft = get_object_or_404(models.CatalogueVersion, pk=pk)
    try:
        of_kind = EntryKind(kind)
        fields = catalogue_drafts.drafted(draft=draft, kind=of_kind, code=code)
    except (ValueError, BadInput) as error:
        messages.error(request, f"There is no such entry: {error}")
        return HttpResponseRedirect(address_of(draft))
    sent = request.POST if request.method == "POST" else None
    page = EntryPage(request, of_kind, code, fields, sent)
    if sent is not None and page.is_valid():
        try:
            catalogue_drafts.change(
                draft=draft,
                kind=of_kind,
                code=code,
                fields=page.given,
                by=request.user.get_username(),
            )
        except (BadInput, Refused) as error:
            page.complain(error)
        else:
            messages.success(request, f"{kind} {code}: kept in the draft.")
            return HttpResponseRedirect(address_of(draft))
    context = {
        **admin.site.each_context(request),
        "title": f"{kind.capitalize()} {code}",
        "draft": draft,
        "page": page,
        "back": address_of(draft),
    }
    return TemplateResponse(request, ENTRY, context)


def address_of(version: models.CatalogueVersion) -> str:
    """Where a version is read."""
    return reverse("admin:recommender_catalogueversion_change", args=[version.pk])


def entry_address(draft: models.CatalogueVersion, kind: str, code: str) -> str:
    """Where an entry is changed in a draft."""
    return reverse("admin:recommender_catalogueversion_entry", args=[draft.pk, kind, code])


def _shown(read: ReadChange) -> dict[str, Any]:
    return {
        "change": read.change,
        "done": read.done,
        "fields": [(each.field, _lines(each.before), _lines(each.after)) for each in read.fields],
    }


def _lines(value: Any) -> str:  # noqa: ANN401
    """A value of an entry in plain words, a part a line."""
    if isinstance(value, list):
        return "\n".join(_lines(each).replace("\n", ", ") for each in value)
    if isinstance(value, Mapping):
        return "\n".join(
            f"{name}: {part}" for name, part in value.items() if part not in ("", None)
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _decide(request: HttpRequest, draft: models.CatalogueVersion) -> str:
    """Do what the button says; answers what was done."""
    by, asked = request.user.get_username(), request.POST
    named: dict[str, Any] = {"draft": draft, "by": by}
    match asked.get("do"):
        case "sign":
            catalogue_signing.sign(**named, digest=asked.get("digest", ""))
            return "You have signed the draft."
        case "publish":
            done = catalogue_signing.publish(**named)
            return f"{done} holds from the next answer on.".capitalize()
        case "discard":
            catalogue_drafts.discard(**named)
            return "The draft is dropped; it stays readable."
        case "take out":
            kind, code = asked.get("kind", ""), asked.get("code", "")
            catalogue_drafts.take_out(**named, kind=EntryKind(kind), code=code)
            return f"{kind} {code} stays as it is."
        case _:
            raise BadInput("There is no such button.")
