"""The mapping editor: what each column of an uploaded table is, with its first rows beside it."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

import tasks.datasets
from recommender import models
from recommender.admin import mapping_form
from recommender.admin.mapping_form import draft_in
from recommender.admin.table_mapping import as_file
from recommender.exceptions import BadInput, Refused
from recommender.formats.mapping import Mapping, mapping_text
from recommender.formats.mapping_draft import Draft, mapping_from
from recommender.formats.wide_preview import FirstRows
from recommender.services import table_mappings, upload_previews, uploads

if TYPE_CHECKING:
    from recommender.admin.upload import DataSetUploadAdmin


def address(upload: models.DataSetUpload, *, kept: models.TableMapping | None = None) -> str:
    """Where the upload is mapped, beginning with a mapping that was kept."""
    own = reverse("admin:recommender_datasetupload_mapping", args=[upload.pk])
    return f"{own}?{urlencode({'kept': kept.pk})}" if kept else own


class MappingPages:
    """The editor and its preview."""

    def __init__(self, admin: "DataSetUploadAdmin") -> None:
        self._admin = admin

    def editor(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The form; a POST imports, downloads or gives up."""
        upload = get_object_or_404(models.DataSetUpload, pk=pk)
        by = request.user.get_username()
        try:
            if request.POST.get("only") == "give-up":
                uploads.give_up(upload=upload, by=by)
                return HttpResponseRedirect(_watched(upload))
            first = upload_previews.first_rows(upload)
        except (BadInput, Refused) as problem:
            messages.error(request, str(problem))
            return HttpResponseRedirect(reverse("admin:recommender_datasetupload_changelist"))
        if request.method != "POST":
            draft, kept = _begun(request, upload, first)
            return self._shown(request, upload, first, draft, keep_as=kept)
        draft = draft_in(request.POST, first)
        try:
            return _done(request, upload, _mapping(request, draft), by=by)
        except (BadInput, Refused) as problem:
            return self._shown(request, upload, first, draft, problem=str(problem))

    def preview(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What the choices so far make of the first rows."""
        return _previewed(request, pk)

    def _shown(
        self,
        request: HttpRequest,
        upload: models.DataSetUpload,
        first: FirstRows,
        draft: Draft,
        **more: str,
    ) -> HttpResponse:
        posted = request.POST
        return self._admin.page(
            request,
            "mapping_editor",
            title=f"Map the columns of {upload.name}",
            **{
                "keep_as": posted.get("keep_as", ""),
                "drop_rest": "drop_rest" in posted,
                "drop_reason": posted.get("drop_reason", "not needed"),
                **more,
            },
            upload=upload,
            draft=draft,
            kept=models.TableMapping.objects.values_list("name", flat=True),
            vocabulary=_in_scope(models.ConceptRecord, upload),
            therapies=_in_scope(models.TherapyRecord, upload),
            **mapping_form.shown(first, draft),
        )


@require_POST
def _previewed(request: HttpRequest, pk: UUID) -> HttpResponse:
    upload = get_object_or_404(models.DataSetUpload, pk=pk)
    try:
        first = upload_previews.first_rows(upload)
        draft = draft_in(request.POST, first)
        shown: dict[str, Any] = {
            "still_open": draft.still_open,
            "preview": upload_previews.preview(
                upload, first, mapping_from(draft.without_open("still open"))
            ),
        }
    except (BadInput, Refused) as problem:
        shown = {"problem": str(problem)}
    return render(request, "recommender_admin/mapping_preview.html", shown)


def _begun(
    request: HttpRequest, upload: models.DataSetUpload, first: FirstRows
) -> tuple[Draft, str]:
    """What to begin with, and the name it is kept under."""
    chosen = request.GET.get("kept", "")
    kept = models.TableMapping.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    mapping = table_mappings.mapping_in(kept) if kept else None
    return upload_previews.begin(upload, first, mapping=mapping), kept.name if kept else ""


def _mapping(request: HttpRequest, draft: Draft) -> Mapping:
    """The mapping that was made; what is open is dropped where that was asked for."""
    if "drop_rest" in request.POST:
        draft = draft.without_open(request.POST.get("drop_reason", ""))
    if draft.still_open:
        raise BadInput(
            f"Say what these columns are, or leave them out: {', '.join(draft.still_open)}."
        )
    return mapping_from(draft)


def _done(
    request: HttpRequest, upload: models.DataSetUpload, mapping: Mapping, *, by: str
) -> HttpResponse:
    """Download it, or keep it where a name is given and import with it."""
    if request.POST.get("only") == "download":
        return as_file(mapping_text(mapping), upload.name)
    tasks.datasets.start_mapped(
        upload=upload, mapping=mapping, keep_as=request.POST.get("keep_as", ""), by=by
    )
    return HttpResponseRedirect(_watched(upload))


def _watched(upload: models.DataSetUpload) -> str:
    return reverse("admin:recommender_datasetupload_change", args=[upload.pk])


def _in_scope(
    record: type[models.ConceptRecord] | type[models.TherapyRecord], upload: models.DataSetUpload
) -> Any:  # noqa: ANN401 - a query set of one of the two
    here = Q(pathway=None) | Q(pathway__slug=upload.pathway_slug)
    return record.objects.filter(here, retired=False).order_by("code")
