"""What therapies, findings and safety rules share in the admin: they are changed in a draft."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recommender import models
from recommender.admin.base import RecordAdmin
from recommender.admin.catalogue_pages import entry_address
from recommender.clinical.catalogue_changes import EntryKind
from recommender.services import catalogue_drafts

Entry = (
    models.TherapyRecord | models.ConceptRecord | models.ConditionRecord | models.SafetyRuleRecord
)


class CatalogueEntryAdmin(RecordAdmin):
    """An entry to look at, with the way to changing it."""

    readonly_fields: tuple[str, ...] = ("to_change_it",)
    entry_kind: EntryKind

    @admin.display(description="To change it")
    def to_change_it(self, entry: Entry) -> SafeString | str:
        """The way into the draft; what a data set brought belongs to the data set."""
        if getattr(entry, "pathway_id", None) is not None:
            return "It came with a data set of its pathway: publish another version of that."
        draft = catalogue_drafts.current()
        if draft is None:
            address = reverse("admin:recommender_catalogueversion_add")
            return format_html('<a href="{}">Begin a draft of the catalogue</a>', address)
        address = entry_address(draft, self.entry_kind, str(entry))
        return format_html('<a href="{}">Change it in the draft: {}</a>', address, draft.reason)
