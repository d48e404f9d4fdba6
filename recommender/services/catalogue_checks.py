"""What is in the way of an entry, and of a draft as a whole, before it may be signed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.clinical.condition_rules import ConditionRule, read_rule_condition
from recommender.clinical.conditions import Condition
from recommender.clinical.floor import Floor, findings_in, subjects_in
from recommender.clinical.rule_examples import RuleExample
from recommender.clinical.rule_mutations import mutants_of_rules
from recommender.clinical.safety import SafetyRule
from recommender.clinical.therapy import Therapy, class_code
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.formats.catalogue_folder import SYSTEMS
from recommender.formats.rule_examples import read_example
from recommender.services import catalogue_entries
from recommender.services.catalogue_entries import FORMS, Fields
from recommender.services.shipped_safety import shipped_safety

TARGETS = "targets:"


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """One worked case of a rule, and whether the rule does on it what it says."""

    rule: str
    written: Mapping[str, str]
    kept: bool


@dataclass(frozen=True)
class Prospect:
    """The shipped catalogue as a draft would leave it."""

    therapies: Mapping[str, Fields]
    findings: Mapping[str, Fields]
    conditions: Mapping[str, Fields]
    rules: Mapping[str, Fields]
    changes: tuple[models.CatalogueChange, ...]

    @classmethod
    def of(cls, draft: models.CatalogueVersion) -> "Prospect":
        """What is live now, with the draft's changes made."""
        changes = tuple(draft.changes.all())
        entries = {kind: dict(catalogue_entries.every(kind)) for kind in EntryKind}
        for change in changes:
            entries[EntryKind(change.kind)][change.code] = change.after
        return cls(
            therapies=entries[EntryKind.THERAPY],
            findings=entries[EntryKind.FINDING],
            conditions=entries[EntryKind.CONDITION],
            rules=entries[EntryKind.RULE],
            changes=changes,
        )

    @cached_property
    def known(self) -> dict[str, Therapy]:
        """The therapies as values, those beside the catalogue too."""
        own = {
            code: models.TherapyRecord(code=code, **fields).to_value()
            for code, fields in self.therapies.items()
        }
        return {**shipped_safety().outside, **own}

    @cached_property
    def subjects(self) -> frozenset[str]:
        """What a rule may speak of: therapies, pathways' own too, and what rules named before."""
        own = models.TherapyRecord.objects.values_list("code", flat=True)
        named = models.SafetyRuleRecord.objects.values_list("therapy", flat=True)
        return frozenset({*self.known, *own, *named})

    @cached_property
    def classes(self) -> frozenset[str]:
        """Every class that a therapy belongs to."""
        return frozenset().union(*(therapy.classes for therapy in self.known.values()))

    @cached_property
    def active(self) -> dict[str, SafetyRule | ConditionRule]:
        """The rules that would hold and can be read."""
        values = {
            code: catalogue_entries.rule_value(models.SafetyRuleRecord(code=code, **fields))
            for code, fields in self.rules.items()
            if fields["active"]
        }
        return {code: value for code, value in values.items() if value is not None}

    def examples(self, rules: Iterable[str]) -> Iterator[ExampleRun]:
        """The worked cases of these rules, each run against its rule alone."""
        for code in rules:
            rule = self.active.get(code)
            for written in self.rules[code]["examples"]:
                example = read_example(code, written)
                kept = rule is not None and example.is_kept_by([rule], known=self.known)
                yield ExampleRun(code, written, kept)


def usable(
    kind: EntryKind,
    code: str,
    before: Fields | None,
    wanted: Fields,
    *,
    draft: models.CatalogueVersion,
) -> Fields:
    """The fields as they are kept, or what is wrong with them, by the field."""
    record = catalogue_entries.as_record(kind, code, wanted)
    _refuse_wrong_tables(wanted)
    try:
        record.full_clean(exclude={"codes", "examples", "pathway"})
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise BadInput(" ".join(messages), field=name) from None
    after = FORMS[kind].document(record)
    if not after["source"].strip():
        raise BadInput("Say where it was read, or `unverified`.", field="source")
    if objection := floor().objection(kind, code, before or {}, after):
        raise Refused(objection)
    prospect = Prospect.of(draft)
    for field, problem in _dangling(kind, after, prospect):
        raise UnknownName(problem, field=field)
    for written in after.get("examples", ()):
        read_example(code, written)
    return after


def problems(draft: models.CatalogueVersion) -> list[str]:
    """What has to be put right before the draft can be signed or published."""
    prospect = Prospect.of(draft)
    if not prospect.changes:
        return ["The draft changes nothing yet."]
    changed = {each.code for each in prospect.changes if each.kind == EntryKind.RULE}
    return [
        *_of_changes(prospect),
        *_of_changed_rules(prospect, changed & prospect.active.keys()),
        *_of_other_rules(prospect, prospect.active.keys() - changed),
    ]


def floor() -> Floor:
    """What the floor rests on now."""
    shipped = shipped_safety()
    rules = models.SafetyRuleRecord.objects.filter(pathway=None, active=True, floor=True)
    readable = [value for rule in rules if (value := catalogue_entries.rule_value(rule))]
    return Floor.of(readable, shipped.combinations, shipped.red_flags)


def _refuse_wrong_tables(wanted: Fields) -> None:
    codes = wanted.get("codes", {})
    if not isinstance(codes, dict) or not all(isinstance(each, str) for each in codes.values()):
        raise BadInput("Give codes as a table of system and code.", field="codes")
    if unknown := sorted(codes.keys() - SYSTEMS.keys()):
        systems = ", ".join(SYSTEMS)
        raise UnknownName(f"No system {unknown[0]}. There are: {systems}.", field="codes")
    examples = wanted.get("examples", [])
    if not isinstance(examples, list) or not all(isinstance(each, dict) for each in examples):
        raise BadInput("Give examples as a list of tables.", field="examples")


def _dangling(kind: EntryKind, after: Fields, prospect: Prospect) -> Iterator[tuple[str, str]]:
    """What an entry names that wouldn't be there, by the field."""
    if kind is EntryKind.THERAPY:
        yield from _dangling_in_therapy(after, prospect)
    if kind is EntryKind.RULE and after["active"]:
        yield from _dangling_in_rule(after, prospect)


def _dangling_in_therapy(after: Fields, prospect: Prospect) -> Iterator[tuple[str, str]]:
    for name in after["attributes"]:
        target = name.removeprefix(TARGETS)
        if target != name and f"symptom/{target}" not in prospect.findings:
            yield "attributes", f"No symptom has the code {target}."
    for condition in sorted(set(after["indications"]) - prospect.conditions.keys()):
        yield "indications", f"No condition has the code {condition}."


def _dangling_in_rule(after: Fields, prospect: Prospect) -> Iterator[tuple[str, str]]:
    if after["therapy"] and after["therapy"] not in prospect.subjects:
        yield "therapy", f"No therapy has the code {after['therapy']}."
    if after["therapy_class"] and class_code(after["therapy_class"]) not in prospect.classes:
        yield "therapy_class", f"No therapy is of the class {after['therapy_class']}."
    if after["condition"] is not None:
        yield from _dangling_in_condition(read_rule_condition(after["condition"]), prospect)
    if after["finding"]:
        finding = prospect.findings.get(f"{after['kind']}/{after['finding']}")
        if finding is None or finding["retired"]:
            yield "finding", f"No {after['kind']} in use has the code {after['finding']}."


def _dangling_in_condition(condition: Condition, prospect: Prospect) -> Iterator[tuple[str, str]]:
    for each in subjects_in(condition):
        if each.therapy and each.therapy not in prospect.subjects:
            yield "condition", f"No therapy has the code {each.therapy}."
        if each.therapy_class and each.therapy_class not in prospect.classes:
            yield "condition", f"No therapy is of the class {each.therapy_class}."
    for code in findings_in(condition):
        finding = prospect.findings.get(code)
        if finding is None or finding["retired"]:
            yield "condition", f"No finding in use has the code {code}."


def _of_changes(prospect: Prospect) -> Iterator[str]:
    holds = floor()
    for change in prospect.changes:
        kind = EntryKind(change.kind)
        live = catalogue_entries.live(kind, change.code)
        if live != change.before:
            yield f"{change} has changed since it was drafted: open it and save it again."
        if objection := holds.objection(kind, change.code, live or {}, change.after):
            yield f"{change}: {objection}"
        for _, problem in _dangling(kind, change.after, prospect):
            yield f"{change}: {problem}"


def _of_changed_rules(prospect: Prospect, codes: Iterable[str]) -> Iterator[str]:
    for code in sorted(codes):
        runs = list(prospect.examples([code]))
        fires = {bool(run.written["does"]) for run in runs}
        if fires != {True, False}:
            yield f"rule {code} needs two examples: a case it fires on and one it doesn't."
            continue
        broken = [run for run in runs if not run.kept]
        yield from (_not_kept(run) for run in broken)
        if not broken:
            yield from _unnoticed(prospect, code, [read_example(code, r.written) for r in runs])


def _unnoticed(prospect: Prospect, code: str, examples: list[RuleExample]) -> Iterator[str]:
    """The faults in a rule that none of its examples would show."""
    for mutant in mutants_of_rules([prospect.active[code]], examples, prospect.known):
        if not mutant.caught:
            yield (
                f"rule {code}: no example would notice if it were wrong ({mutant.what}). Add a "
                "case that would."
            )


def _of_other_rules(prospect: Prospect, codes: Iterable[str]) -> Iterator[str]:
    for code in sorted(codes):
        for _, problem in _dangling(EntryKind.RULE, prospect.rules[code], prospect):
            yield f"rule {code}: {problem} Change or switch off the rule as well."
        yield from (_not_kept(run) for run in prospect.examples([code]) if not run.kept)


def _not_kept(run: ExampleRun) -> str:
    does = run.written["does"] or "nothing"
    return (
        f"rule {run.rule}: it doesn't do {does} for {run.written['therapy']} as its example says."
    )
