"""A draft of the catalogue: changed, checked, signed by two, published; and what stops it."""

import shutil

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.services import (
    audit,
    catalogue,
    catalogue_checks,
    catalogue_drafts,
    catalogue_signing,
    catalogue_versions,
)
from recommender.services.access import create_client
from recommender.services.safety import active_rules
from tests.catalogue_drafts import (
    EXAMPLES,
    RULE,
    a_draft_with_a_rule,
    a_person,
    signed_and_published,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loaded():
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")


@pytest.fixture
def ann():
    return a_person("ann")


@pytest.fixture
def ben():
    return a_person("ben")


@pytest.fixture
def cem():
    return a_person("cem")


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "catalogue"
    shutil.copytree(settings.FIXTURES_DIR, copy)
    return copy


def begun(by):
    return catalogue_drafts.begin(reason="Changes for a test.", by=by)


def changed(draft, entry_kind, entry, /, *, by="ann", **fields):
    return catalogue_drafts.change(draft=draft, kind=entry_kind, code=entry, fields=fields, by=by)


def signed(draft, by):
    digest = catalogue_drafts.digest_of(draft)
    return catalogue_signing.sign(draft=draft, digest=digest, by=by)


def rule(code):
    return models.SafetyRuleRecord.objects.filter(pathway=None, code=code).first()


def test_a_release_is_the_first_version_and_says_what_it_brought():
    version = models.CatalogueVersion.objects.get()

    assert (version.number, version.origin, version.status) == (1, "release", "published")
    assert version.changes.filter(kind="therapy", before__isnull=True).count() == 128
    assert version.changes.get(code="CI005").after["examples"]


def test_a_draft_holds_nothing_until_it_is_published(ann, ben):
    before = active_rules("anywhere").version
    draft = a_draft_with_a_rule(by=ann)

    assert rule("SITE-1") is None
    assert active_rules("anywhere").version == before

    signed_and_published(draft, ann, ben)
    assert rule("SITE-1").active
    assert "SITE-1" in {each.code for each in active_rules("anywhere").rules}
    assert catalogue_versions.live_number() == 2
    event = models.AuditEvent.objects.get(action=catalogue_signing.PUBLISHED)
    assert (event.actor, event.target, event.version) == ("ann", "catalogue version 2", "2")
    assert audit.verify().intact


def test_one_persons_signature_is_not_enough_and_counts_once(ann):
    draft = a_draft_with_a_rule(by=ann)
    signed(draft, ann)

    with pytest.raises(Refused, match="somebody else"):
        signed(draft, ann)
    with pytest.raises(Refused, match="1 more to sign"):
        catalogue_signing.publish(draft=draft, by=ann)


def test_of_two_signers_one_has_written_none_of_it(ann, ben, cem):
    draft = a_draft_with_a_rule(by=ann)
    changed(draft, EntryKind.THERAPY, "cbt", by=ben, name="CBT")
    signed(draft, ann)
    signed(draft, ben)

    with pytest.raises(Refused, match="wrote none of it"):
        catalogue_signing.publish(draft=draft, by=ann)

    signed(draft, cem)
    assert catalogue_signing.publish(draft=draft, by=ann).number == 2


def test_the_database_publishes_nothing_without_two_signatures(ann, ben):
    draft = a_draft_with_a_rule(by=ann)
    signed(draft, ann)
    unsigned = models.CatalogueVersion.objects.filter(pk=draft.pk)

    with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
        unsigned.update(status="published", number=2, ended_by="ann", ended_at=draft.created)
    with pytest.raises(IntegrityError, match="signed_once"), transaction.atomic():
        models.CatalogueSignature.objects.create(
            version=draft, signer=User.objects.get(username=ann), digest=""
        )


def test_a_published_version_and_its_signatures_stay_as_they_are(ann, ben):
    version = signed_and_published(a_draft_with_a_rule(by=ann), ann, ben)

    for rows in (
        models.CatalogueVersion.objects.filter(pk=version.pk),
        models.CatalogueChange.objects.filter(version=version),
        models.CatalogueSignature.objects.filter(version=version),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.delete()
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        models.CatalogueVersion.objects.filter(pk=version.pk).update(reason="Another.")
    with pytest.raises(Refused, match="published by ann"):
        changed(version, EntryKind.THERAPY, "cbt", name="CBT")


def test_a_change_takes_the_signatures_off(ann, ben):
    draft = a_draft_with_a_rule(by=ann)
    read = catalogue_drafts.digest_of(draft)
    signed(draft, ann)
    signed(draft, ben)

    changed(draft, EntryKind.THERAPY, "cbt", name="CBT")

    assert not draft.signatures.exists()
    with pytest.raises(Refused, match="since you read it"):
        catalogue_signing.sign(draft=draft, digest=read, by=ben)


def test_a_program_does_not_sign(ann):
    create_client(name="robot", roles=frozenset(), by="test")
    draft = a_draft_with_a_rule(by=ann)

    with pytest.raises(Refused, match="person signs"):
        signed(draft, "robot")


def test_there_is_one_draft_at_a_time_and_a_dropped_one_stays_readable(ann, ben):
    draft = a_draft_with_a_rule(by=ann)

    with pytest.raises(Refused, match="ann began a draft"):
        begun(ben)

    catalogue_drafts.discard(draft=draft, by=ben)
    assert begun(ben).is_draft
    assert draft.changes.get().after["reason"] == RULE["reason"]
    assert rule("SITE-1") is None


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        ([], "two examples"),
        (EXAMPLES[:1], "two examples"),
        ([EXAMPLES[0], {**EXAMPLES[1], "findings": "symptom:insomnia=1"}], "doesn't do nothing"),
        ([{**EXAMPLES[0], "does": "caution"}, EXAMPLES[1]], "doesn't do caution"),
    ],
    ids=["none", "only one that fires", "fires on both", "does something else"],
)
def test_a_rule_is_not_signed_before_its_examples_run_right(ann, examples, words):
    draft = a_draft_with_a_rule(by=ann, examples=examples)

    assert words in " ".join(catalogue_checks.problems(draft))
    with pytest.raises(Refused, match=words):
        signed(draft, ann)


def test_an_example_has_to_notice_each_fault_of_its_rule(ann):
    draft = a_draft_with_a_rule(by=ann, min_value=2)
    assert "threshold raised" in " ".join(catalogue_checks.problems(draft))

    by_value = [
        {**EXAMPLES[0], "findings": "symptom:insomnia=2"},
        {**EXAMPLES[1], "findings": "symptom:insomnia=1"},
    ]
    a_draft_with_a_rule(by=ann, min_value=2, examples=by_value)
    assert catalogue_checks.problems(draft) == []


@pytest.mark.parametrize(
    ("kind", "code", "fields"),
    [
        (EntryKind.RULE, "CI069", {"active": False}),
        (EntryKind.RULE, "CI069", {"severity": "monitor"}),
        (EntryKind.RULE, "CI069", {"examples": []}),
        (EntryKind.THERAPY, "phenelzine", {"attributes": []}),
        (EntryKind.THERAPY, "phenelzine", {"codes": {}}),
        (EntryKind.FINDING, "background/pregnant", {"retired": True}),
        (EntryKind.FINDING, "background/pregnant", {"codes": {}}),
        (EntryKind.FINDING, "background/pregnant", {"value_type": "category"}),
        (EntryKind.RULE, "SITE-2", {**RULE, "floor": True}),
    ],
)
def test_the_floor_is_not_weakened_by_any_door_of_a_draft(ann, kind, code, fields):
    draft = begun(ann)

    with pytest.raises(Refused, match="release"):
        changed(draft, kind, code, **fields)


@pytest.mark.parametrize(
    ("kind", "code", "fields", "field"),
    [
        (EntryKind.RULE, "SITE-2", {**RULE, "therapy": "moonlight"}, "therapy"),
        (EntryKind.RULE, "SITE-2", {**RULE, "finding": "moonlight"}, "finding"),
        (EntryKind.RULE, "SITE-2", {**RULE, "therapy_class": "ssri"}, "__all__"),
        (EntryKind.RULE, "SITE-2", {**RULE, "therapy": "", "therapy_class": "x"}, "therapy_class"),
        (EntryKind.RULE, "SITE-2", {**RULE, "severity": "strict"}, "severity"),
        (EntryKind.RULE, "SITE-2", {**RULE, "source": " "}, "source"),
        (EntryKind.RULE, "SITE-2", {**RULE, "examples": [{"therapy": "x"}]}, "examples"),
        (EntryKind.RULE, "SITE-2", {**RULE, "colour": "red"}, "colour"),
        (EntryKind.THERAPY, "walks", {"name": "Walks", "kind": "magic", "source": "x"}, "kind"),
        (EntryKind.THERAPY, "no spaces", {"name": "Walks", "kind": "social"}, "__all__"),
        (EntryKind.THERAPY, "cbt", {"indications": ["MOON"]}, "indications"),
        (EntryKind.THERAPY, "cbt", {"attributes": ["targets:moon"]}, "attributes"),
        (EntryKind.THERAPY, "cbt", {"codes": {"loinc": "1"}}, "codes"),
        (EntryKind.FINDING, "insomnia", {"display": "Insomnia"}, "code"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_by_its_field(ann, kind, code, fields, field):
    draft = begun(ann)

    with pytest.raises(BadInput) as refusal:
        changed(draft, kind, code, **fields)

    assert refusal.value.field == field
    assert not draft.changes.exists()


def test_a_finding_that_a_rule_asks_for_takes_the_rule_with_it(ann):
    draft = begun(ann)
    changed(draft, EntryKind.FINDING, "background/cyp2c19_poor", retired=True)
    asking = models.SafetyRuleRecord.objects.filter(finding="cyp2c19_poor", active=True)

    left = " ".join(catalogue_checks.problems(draft))

    assert asking.exists()
    assert all(each.code in left for each in asking)
    for each in asking:
        changed(draft, EntryKind.RULE, each.code, active=False)
    assert catalogue_checks.problems(draft) == []


SEVERE = {
    **RULE,
    "kind": "",
    "finding": "",
    "condition": {"total_at_least": {"instrument": "phq9", "minimum": 20}},
    "examples": [
        {**EXAMPLES[0], "findings": "", "scores": "phq9=20"},
        {**EXAMPLES[1], "findings": "", "scores": "phq9=19"},
        {**EXAMPLES[0], "findings": "", "scores": ""},  # nobody asked yet: it holds
    ],
}


def test_a_rule_with_a_condition_is_drafted_with_cases_of_its_own(ann, ben):
    draft = begun(ann)
    changed(draft, EntryKind.RULE, "SITE-3", **SEVERE)
    assert catalogue_checks.problems(draft) == []

    signed_and_published(draft, ann, ben)

    assert "SITE-3" in {each.code for each in active_rules("anywhere").conditional}


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({"moon": 1}, "condition"),
        ({"present": "symptom:moon"}, "condition"),
        ({"taking": {"class": "moon"}}, "condition"),
        ({"taking": {"therapy": "moon"}}, "condition"),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(ann, condition, field):
    draft = begun(ann)

    with pytest.raises(BadInput) as refusal:
        changed(draft, EntryKind.RULE, "SITE-3", **{**SEVERE, "condition": condition})

    assert refusal.value.field.startswith(field)


def test_a_change_back_to_what_is_live_leaves_the_draft(ann):
    draft = begun(ann)
    name = models.TherapyRecord.objects.get(code="cbt").name

    changed(draft, EntryKind.THERAPY, "cbt", name="CBT")
    assert changed(draft, EntryKind.THERAPY, "cbt", name=name) is None

    assert catalogue_checks.problems(draft) == ["The draft changes nothing yet."]


def test_a_retired_entry_stays_readable_and_comes_back(ann, ben):
    draft = begun(ann)
    changed(draft, EntryKind.THERAPY, "cbt", retired=True)
    signed_and_published(draft, ann, ben)
    assert models.TherapyRecord.objects.get(code="cbt").retired

    again = begun(ann)
    changed(again, EntryKind.THERAPY, "cbt", retired=False)
    signed_and_published(again, ann, ben)

    assert not models.TherapyRecord.objects.get(code="cbt").retired
    assert [each.after["retired"] for each in catalogue_versions.published_here()] == [True, False]


def test_what_the_site_published_stays_when_a_release_is_loaded(ann, ben, folder):
    draft = a_draft_with_a_rule(by=ann)
    changed(draft, EntryKind.RULE, "CI007", active=False)
    changed(draft, EntryKind.THERAPY, "cbt", name="CBT, one to one")
    signed_and_published(draft, ann, ben)
    rules = folder / "safety_rules/rules.csv"
    text = rules.read_text("utf-8")
    rules.write_text(text.replace("Avoid: arrhythmia risk", "Avoid: arrhythmia", 1), "utf-8")

    catalogue.load(folder=folder, by="release")

    cbt = models.TherapyRecord.objects.get(code="cbt")
    assert (cbt.name, rule("SITE-1").active) == ("CBT, one to one", True)
    assert (rule("CI007").active, rule("CI007").reason) == (False, "Avoid: arrhythmia")
    assert catalogue_versions.live_number() == 3


def test_a_rule_that_a_release_takes_into_the_floor_is_the_releases_again(ann, ben, folder):
    draft = begun(ann)
    changed(draft, EntryKind.RULE, "CI007", active=False)
    signed_and_published(draft, ann, ben)
    rules = folder / "safety_rules/rules.csv"
    text = rules.read_text("utf-8")
    start = text.index("CI007,")
    rules.write_text(
        text[:start] + text[start:].replace(",relative,,", ",relative,yes,", 1), "utf-8"
    )

    catalogue.load(folder=folder, by="release")

    assert (rule("CI007").active, rule("CI007").floor) == (True, True)


def test_a_draft_is_taken_up_anew_when_a_release_came_between(ann, ben, folder):
    draft = begun(ann)
    changed(draft, EntryKind.RULE, "CI007", severity="monitor", examples=[])
    rules = folder / "safety_rules/rules.csv"
    text = rules.read_text("utf-8")
    rules.write_text(text.replace("Avoid: arrhythmia risk", "Avoid: arrhythmia", 1), "utf-8")
    catalogue.load(folder=folder, by="release")

    assert "save it again" in " ".join(catalogue_checks.problems(draft))

    change = changed(draft, EntryKind.RULE, "CI007")
    assert (change.after["reason"], change.after["severity"]) == ("Avoid: arrhythmia", "monitor")


def test_a_change_that_is_not_there_cannot_be_taken_out(ann):
    draft = a_draft_with_a_rule(by=ann)

    with pytest.raises(UnknownName):
        catalogue_drafts.take_out(draft=draft, kind=EntryKind.THERAPY, code="cbt", by=ann)
    catalogue_drafts.take_out(draft=draft, kind=EntryKind.RULE, code="SITE-1", by=ann)

    assert not draft.changes.exists()
