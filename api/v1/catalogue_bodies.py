"""What may be sent to change an entry of the catalogue, and what became of it in the draft."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.exceptions import Refused
from recommender.services import catalogue_drafts, catalogue_entries
from recommender.services.catalogue_entries import FORMS

Entry = (
    models.TherapyRecord | models.ConceptRecord | models.ConditionRecord | models.SafetyRuleRecord
)
NOT_SENT = frozenset({"floor"})


def sent_fields(kind: EntryKind) -> tuple[str, ...]:
    """The fields that a draft may give an entry; the floor is a release's to set."""
    return tuple(name for name in FORMS[kind].fields if name not in NOT_SENT)


class _EntryBody(serializers.ModelSerializer[Any]):
    """Any of an entry's fields; what isn't sent stays as it is."""

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401
        """A field that isn't there is refused: what was meant for it would be lost."""
        if isinstance(data, dict) and (unknown := sorted(data.keys() - self.fields.keys())):
            known = ", ".join(self.fields)
            raise ValidationError({unknown[0]: [f"There's no such field. There are: {known}."]})
        return super().to_internal_value(data)


def _codes() -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(max_length=64), required=False)


class TherapyBody(_EntryBody):
    """A therapy's fields."""

    codes = _codes()

    class Meta:
        model = models.TherapyRecord
        fields = sent_fields(EntryKind.THERAPY)
        validators: tuple[Any, ...] = ()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`class` is a word of Python, so that field can't be an attribute."""
        own = super().get_fields()
        own.pop("therapy_class")
        named = serializers.CharField(
            source="therapy_class", max_length=100, required=False, allow_blank=True
        )
        return {**own, "class": named}


class NewTherapyBody(TherapyBody):
    """A therapy to add, by its code."""

    class Meta(TherapyBody.Meta):
        fields = ("code", *TherapyBody.Meta.fields)


class ConceptBody(_EntryBody):
    """A finding's fields."""

    codes = _codes()

    class Meta:
        model = models.ConceptRecord
        fields = sent_fields(EntryKind.FINDING)
        validators: tuple[Any, ...] = ()


class NewConceptBody(ConceptBody):
    """A finding to add, by its kind and code."""

    class Meta(ConceptBody.Meta):
        fields = ("kind", "code", *ConceptBody.Meta.fields)


class ConditionBody(_EntryBody):
    """A condition's fields."""

    codes = _codes()

    class Meta:
        model = models.ConditionRecord
        fields = sent_fields(EntryKind.CONDITION)
        validators: tuple[Any, ...] = ()


class NewConditionBody(ConditionBody):
    """A condition to add, by its code."""

    code = serializers.CharField(max_length=64)

    class Meta(ConditionBody.Meta):
        fields = ("code", *ConditionBody.Meta.fields)


class SafetyRuleBody(_EntryBody):
    """A rule's fields, with its worked cases."""

    examples = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(max_length=500, allow_blank=True)),
        max_length=50,
        required=False,
    )

    class Meta:
        model = models.SafetyRuleRecord
        fields = sent_fields(EntryKind.RULE)
        validators: tuple[Any, ...] = ()


class NewSafetyRuleBody(SafetyRuleBody):
    """A rule to add, by its code."""

    class Meta(SafetyRuleBody.Meta):
        fields = ("code", *SafetyRuleBody.Meta.fields)


class DraftedAnswer(serializers.Serializer[Any]):
    """An entry as the draft has it now; `after` is null where that is as it is live."""

    draft = serializers.CharField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in EntryKind])
    code = serializers.CharField()
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)


def add(request: Request, kind: EntryKind, body: type[_EntryBody]) -> Response:
    """Put a new entry into the draft."""
    fields = _read(request, body, partial=False)
    key = tuple(str(fields.pop(name)) for name in FORMS[kind].key)
    code = catalogue_entries.code_of(key)
    if catalogue_entries.live(kind, code) is not None:
        raise Refused("There is an entry of this code already: send a PATCH to its own address.")
    return _drafted(request, kind, code, fields)


def change(request: Request, kind: EntryKind, entry: Entry, body: type[_EntryBody]) -> Response:
    """Put the change of an entry into the draft."""
    if getattr(entry, "pathway_id", None) is not None:
        raise Refused("It came with a data set of its pathway: publish another version of that.")
    return _drafted(request, kind, str(entry), _read(request, body, partial=True))


def _read(request: Request, body: type[_EntryBody], *, partial: bool) -> dict[str, Any]:
    given = body(data=request.data, partial=partial)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _drafted(request: Request, kind: EntryKind, code: str, fields: dict[str, Any]) -> Response:
    draft = catalogue_drafts.current()
    if draft is None:
        raise Refused(catalogue_drafts.NONE_OPEN)
    made = catalogue_drafts.change(
        draft=draft, kind=kind, code=code, fields=fields, by=request.user.username
    )
    address = reverse("v1:catalogue-version", args=[draft.pk])
    return Response(
        {
            "draft": address,
            "kind": kind.value,
            "code": code,
            "before": made.before if made else catalogue_entries.live(kind, code),
            "after": made.after if made else None,
        },
        status=status.HTTP_202_ACCEPTED,
        headers={"Location": address},
    )
