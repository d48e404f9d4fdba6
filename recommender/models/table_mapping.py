"""Mappings of wide tables, kept under a name for the next upload of such a table."""

from django.db import models


class TableMapping(models.Model):
    """A mapping file: the text of `import_dataset --mapping`, made or changed in the admin."""

    name = models.CharField(max_length=100, unique=True)
    text = models.TextField(help_text="TOML, as a mapping file holds it.")
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150)
    changed = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=150)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
