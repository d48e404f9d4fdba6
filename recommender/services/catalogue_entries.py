"""Entries of the shipped catalogue as documents: what versions hold, compare and write."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.clinical.condition_rules import ConditionRule
from recommender.clinical.safety import SafetyRule
from recommender.exceptions import BadInput, UnknownName

Fields = dict[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """How entries of one kind are kept: the record, its key, its fields, and when it's gone."""

    record: type[
        models.TherapyRecord
        | models.ConceptRecord
        | models.ConditionRecord
        | models.SafetyRuleRecord
    ]
    key: Key
    fields: tuple[str, ...]
    gone: Mapping[str, bool]
    of_pathways: bool = True

    @property
    def shipped(self) -> QuerySet[Any]:
        """The entries without a pathway: those that versions speak of."""
        every: QuerySet[Any] = self.record.objects.all()
        return every.filter(pathway=None) if self.of_pathways else every

    def document(self, record: Model) -> Fields:
        """Every field of a record as it is kept in a version."""
        return {name: _plain(getattr(record, name)) for name in self.fields}


FORMS: dict[EntryKind, Form] = {
    EntryKind.THERAPY: Form(
        models.TherapyRecord,
        key=("code",),
        fields=(
            *("name", "kind", "therapy_class", "attributes", "codes", "indications"),
            *("note", "evidence_grade", "evidence_source", "source", "retired"),
        ),
        gone={"retired": True},
    ),
    EntryKind.FINDING: Form(
        models.ConceptRecord,
        key=("kind", "code"),
        fields=(
            *("display", "group", "value_type", "system", "system_code", "codes", "source"),
            "retired",
        ),
        gone={"retired": True},
    ),
    EntryKind.CONDITION: Form(
        models.ConditionRecord,
        key=("code",),
        fields=("display", "codes", "source", "retired"),
        gone={"retired": True},
        of_pathways=False,
    ),
    EntryKind.RULE: Form(
        models.SafetyRuleRecord,
        key=("code",),
        fields=(
            *("therapy", "therapy_class", "kind", "finding", "min_value", "severity", "reason"),
            *("condition", "has_to_be_known", "source", "verification", "active", "floor"),
            "examples",
        ),
        gone={"active": False},
    ),
}


def key_of(kind: EntryKind, code: str) -> Key:
    """The key of an entry by the code that a version names it by."""
    if kind is not EntryKind.FINDING:
        return (code,)
    of_kind, separator, own = code.partition("/")
    if not (separator and own):
        raise UnknownName(
            "Name a finding as kind/code, such as symptom/insomnia or trigger/bereavement.",
            field="code",
        )
    return (of_kind, own)


def code_of(key: Key) -> str:
    """The code that a version names an entry by."""
    return "/".join(key)


def found(kind: EntryKind, codes: Iterable[str]) -> dict[str, Model]:
    """The shipped entries of these codes."""
    form = FORMS[kind]
    wanted = set(codes)
    own = form.shipped.filter(
        **{f"{form.key[-1]}__in": [key_of(kind, each)[-1] for each in wanted]}
    )
    by_code = {code_of(tuple(getattr(row, name) for name in form.key)): row for row in own}
    return {code: row for code, row in by_code.items() if code in wanted}


def live(kind: EntryKind, code: str) -> Fields | None:
    """An entry as it is now, or None where there is none."""
    record = found(kind, [code]).get(code)
    return None if record is None else FORMS[kind].document(record)


def every(kind: EntryKind) -> Iterator[tuple[str, Fields]]:
    """All shipped entries of a kind, with their codes."""
    form = FORMS[kind]
    for row in form.shipped:
        yield code_of(tuple(getattr(row, name) for name in form.key)), form.document(row)


def as_record(kind: EntryKind, code: str, fields: Mapping[str, Any]) -> Model:
    """The record that these fields make; the one that there is, where there is one."""
    form = FORMS[kind]
    record = found(kind, [code]).get(code)
    if record is None:
        record = form.record(**dict(zip(form.key, key_of(kind, code), strict=True)))
    for name in fields.keys() & set(form.fields):
        setattr(record, name, fields[name])
    return record


def rule_value(record: models.SafetyRuleRecord) -> SafetyRule | ConditionRule | None:
    """The rule as the clinic's value, or None for one that can't be read."""
    try:
        return record.to_value()
    except (BadInput, ValueError, TypeError):
        return None


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
