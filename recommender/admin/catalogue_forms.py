"""Forms to change an entry of the catalogue in a draft: its fields, and a rule's worked cases."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from recommender.admin.catalogue_fields import CodesField, WordsField
from recommender.clinical.catalogue_changes import EntryKind
from recommender.clinical.safety import Severity
from recommender.exceptions import BadInput, Refused
from recommender.services import catalogue_entries
from recommender.services.catalogue_entries import FORMS, Fields

# What a form doesn't offer: the floor is a release's to set, worked cases have rows of their own.
NOT_TYPED = frozenset({"floor", "examples"})
SPARE = 2


class ExampleForm(forms.Form):
    """One worked case: a therapy, what is recorded, and what the rule does there."""

    therapy = forms.CharField(max_length=64, widget=UnfoldAdminTextInputWidget)
    findings = forms.CharField(
        required=False,
        max_length=500,
        help_text="kind:code=value, several by ; (background:pregnant, symptom:insomnia=2), "
        "clinician:question=1 or 0 for an answer",
        widget=UnfoldAdminTextInputWidget,
    )
    tried = forms.CharField(
        required=False,
        max_length=500,
        help_text="therapy:in-use or therapy:days since it was stopped, several by ;, or none",
        widget=UnfoldAdminTextInputWidget,
    )
    scores = forms.CharField(
        required=False,
        max_length=500,
        help_text="scale=total or scale:item=answer, several by ; (phq9=20)",
        widget=UnfoldAdminTextInputWidget,
    )
    allergies = forms.CharField(
        required=False,
        max_length=500,
        help_text="codes of therapies or classes by ;, or none",
        widget=UnfoldAdminTextInputWidget,
    )
    does = forms.ChoiceField(
        required=False,
        choices=[("", "it doesn't fire"), *((word, word) for word in Severity)],
        widget=UnfoldAdminSelectWidget,
    )


ExampleForms = forms.formset_factory(ExampleForm, extra=SPARE, can_delete=True)


class EntryPage:
    """The forms of one entry, filled in as the draft has it or as it was sent."""

    def __init__(
        self,
        request: HttpRequest,
        kind: EntryKind,
        code: str,
        fields: Fields,
        sent: QueryDict | None = None,
    ) -> None:
        self.kind, self._fields = kind, fields
        record = catalogue_entries.as_record(kind, code, fields)
        self.form = _form_class(request, kind)(sent, instance=record)
        examples = fields.get("examples", [])
        self.examples = (
            ExampleForms(sent, initial=examples, prefix="example")
            if kind is EntryKind.RULE
            else None
        )

    def is_valid(self) -> bool:
        """Whether what was sent can be read."""
        return self.form.is_valid() and (self.examples is None or self.examples.is_valid())

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        given = {name: self.form.cleaned_data[name] for name in self.form.fields}
        if self.examples is not None:
            given["examples"] = [self._example(each) for each in self._kept(self.examples)]
        return given

    def complain(self, error: BadInput | Refused) -> None:
        """Say what is wrong beside its field."""
        field = getattr(error, "field", None)
        self.form.add_error(field if field in self.form.fields else None, str(error))

    @staticmethod
    def _kept(examples: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
        rows = (each.cleaned_data for each in examples.forms)
        return [row for row in rows if row.get("therapy") and not row.get("DELETE")]

    @staticmethod
    def _example(row: Mapping[str, Any]) -> dict[str, str]:
        return {name: row[name].strip() for name in ExampleForm.base_fields}


def _form_class(request: HttpRequest, kind: EntryKind) -> type[forms.ModelForm]:  # type: ignore[type-arg]
    """The record's own form in the admin's clothes."""
    form = FORMS[kind]
    typed = [name for name in form.fields if name not in NOT_TYPED]
    words = {"attributes": WordsField, "indications": WordsField, "codes": CodesField}
    own = {name: field() for name, field in words.items() if name in typed}
    base: type[forms.ModelForm] = type("EntryForm", (forms.ModelForm,), own)  # type: ignore[type-arg]
    made: type[forms.ModelForm] = admin.site.get_model_admin(form.record).get_form(  # type: ignore[type-arg]
        request, form=base, fields=typed
    )
    return made
