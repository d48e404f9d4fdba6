"""Uploads in the admin: a file is dropped, its columns mapped, its import watched."""

from pathlib import PurePath
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

import tasks.datasets
from recommender import models
from recommender.admin import mapping_pages
from recommender.admin.base import StartAdmin, found_or_404
from recommender.exceptions import RecommenderError
from recommender.models.pathway import SLUG
from recommender.services import upload_previews, uploads

FORMATS = (("", "as the file says"), ("csv", "CSV"), ("parquet", "Parquet"), ("fhir", "FHIR R4"))
TABLES = (".csv", ".parquet")
UNMAPPED = models.DataSetUpload.Status.UNMAPPED
_UPLOADS = models.DataSetUpload.objects.select_related("dataset").defer("mapping")
HEADLINES = {
    "waiting": "Waiting for a worker",
    "running": "Being checked",
    "imported": "Imported",
    "refused": "Refused: nothing was imported",
}


class UploadForm(forms.Form):
    """The file, and what it is to become."""

    file = forms.FileField(
        widget=forms.FileInput({"accept": ".zip,.csv,.parquet"}), label="The file"
    )
    name = forms.RegexField(
        r"^[\w][\w .-]*$",
        max_length=100,
        label="Name of the data set",
        help_text="The name of an earlier one makes this its next version.",
        widget=UnfoldAdminTextInputWidget({"list": "names", "autocomplete": "off"}),
        error_messages={"invalid": "Use letters, digits, spaces, dots and dashes."},
    )
    pathway = forms.CharField(
        max_length=64,
        validators=[SLUG],
        label="Pathway",
        help_text="The clinical area, such as depression; a new one is made.",
        widget=UnfoldAdminTextInputWidget({"list": "pathways", "autocomplete": "off"}),
    )
    mapping = forms.ModelChoiceField(
        models.TableMapping.objects.all(),
        required=False,
        label="Mapping, for a wide table",
        empty_label="made now, column by column",
        help_text="You see it with the first rows before anything is imported.",
        widget=UnfoldAdminSelectWidget,
    )
    format = forms.ChoiceField(
        choices=FORMATS,
        required=False,
        label="What the .zip holds",
        widget=UnfoldAdminSelectWidget,
    )

    def clean_file(self) -> Any:  # noqa: ANN401 - Django's uploaded file
        """Neither too large nor of a kind that nothing reads."""
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(f"Send at most {settings.MAX_UPLOAD_BYTES:,} bytes.")
        if PurePath(file.name).suffix.lower() not in uploads.SUFFIXES:
            raise forms.ValidationError(
                f"Give a file that ends in {', '.join(uploads.SUFFIXES)}; zip a folder first."
            )
        return file


@admin.register(models.DataSetUpload)
class DataSetUploadAdmin(StartAdmin):
    """Uploads and what became of them."""

    list_display = ("name", "pathway_slug", "status", "created", "created_by", "finished")
    list_filter = ("status",)
    ordering = ("-created",)

    def get_urls(self) -> list[URLPattern]:
        """The upload's own pages."""
        name = "recommender_datasetupload"
        pages = mapping_pages.MappingPages(self)
        own = [
            path("<uuid:pk>/state/", self.guarded(_state), name=f"{name}_state"),
            path("<uuid:pk>/mapping/", self.guarded(pages.editor), name=f"{name}_mapping"),
            path("<uuid:pk>/preview/", self.guarded(pages.preview), name=f"{name}_preview"),
        ]
        return [*own, *super().get_urls()]

    def begin(self, request: HttpRequest) -> HttpResponse:
        """The form with the place to drop a file."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return HttpResponseRedirect(_received(form.cleaned_data, request))
            except RecommenderError as error:
                form.add_error(None, str(error))
        return self.page(
            request,
            "upload_form",
            title="Upload a data set",
            form=form,
            fields=[form[name] for name in ("name", "pathway", "mapping", "format")],
            pathways=models.Pathway.objects.all(),
            names=models.DataSet.objects.order_by("name").values_list("name", flat=True).distinct(),
        )

    def shown(self, request: HttpRequest, pk: str) -> HttpResponse:
        """How the import goes; for a table that isn't mapped, the editor."""
        upload = found_or_404(_UPLOADS, pk)
        if upload.status == UNMAPPED:
            return HttpResponseRedirect(mapping_pages.address(upload))
        return self.page(request, "upload", title=f"Upload of {upload.name}", **_shown(upload))


def _received(given: dict[str, Any], request: HttpRequest) -> str:
    """Keep the file; answers where to go on."""
    by, kept = request.user.get_username(), given.pop("mapping")
    if PurePath(given["file"].name).suffix.lower() in TABLES:
        given["format"] = "table"
        upload = uploads.receive(**given, map_first=True, by=by)
        upload_previews.give_up_unreadable(upload, by=by)
        return mapping_pages.address(upload, kept=kept)
    upload = tasks.datasets.start(**given, by=by)
    return reverse("admin:recommender_datasetupload_change", args=[upload.pk])


def _state(request: HttpRequest, pk: UUID) -> HttpResponse:
    upload = get_object_or_404(_UPLOADS, pk=pk)
    return render(request, "recommender_admin/upload_state.html", _shown(upload))


def _shown(upload: models.DataSetUpload) -> dict[str, Any]:
    return {
        "upload": upload,
        "headline": HEADLINES[upload.status],
        "is_final": upload.finished is not None,
        "counts": sorted(upload.problem_counts.items(), key=lambda pair: -pair[1]),
    }
