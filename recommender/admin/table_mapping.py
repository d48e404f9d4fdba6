"""Kept mappings in the admin: read, downloaded as the file that `import_dataset` takes."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify

from recommender import models
from recommender.admin.base import RecordAdmin


def as_file(text: str, name: str) -> HttpResponse:
    """A mapping file to save."""
    file = f"{slugify(name) or 'mapping'}.toml"
    return HttpResponse(
        text,
        content_type="application/toml",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


@admin.register(models.TableMapping)
class TableMappingAdmin(RecordAdmin):
    """Mappings of wide tables; they are made where a table is uploaded."""

    list_display = ("name", "changed", "changed_by", "created_by")
    search_fields = ("name",)
    ordering = ("name",)
    readonly_fields = ("file",)

    @admin.display(description="As a file")
    def file(self, kept: models.TableMapping) -> SafeString:
        """The way to the file."""
        address = reverse("admin:recommender_tablemapping_file", args=[kept.pk])
        return format_html('<a href="{}">Download as TOML</a>', address)

    def get_urls(self) -> list[URLPattern]:
        """The file beside the record."""
        own = path("<int:pk>/file/", self.guarded(_file), name="recommender_tablemapping_file")
        return [own, *super().get_urls()]


def _file(request: HttpRequest, pk: int) -> HttpResponse:
    del request
    kept = get_object_or_404(models.TableMapping, pk=pk)
    return as_file(kept.text, kept.name)
