"""Loading the catalogue: what comes, what changes, what stays."""

import csv
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from recommender import models
from recommender.exceptions import RefusedImport
from recommender.services import catalogue, names

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped catalogue that a test may change."""
    copy = tmp_path / "catalogue"
    shutil.copytree(settings.FIXTURES_DIR, copy)
    return copy


def change(path: Path, edit) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        fields, rows = list(reader.fieldnames), edit(list(reader))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        writer.writerows(rows)


def without(code: str):
    return lambda rows: [row for row in rows if row["code"] != code]


def with_cell(code: str, column: str, value: str):
    return lambda rows: [row | {column: value} if row["code"] == code else row for row in rows]


def events() -> int:
    return models.AuditEvent.objects.filter(action=catalogue.LOADED).count()


def test_the_shipped_catalogue_is_there_after_a_load():
    loaded = catalogue.load(folder=settings.FIXTURES_DIR, by="test")

    assert (loaded.therapies.added, loaded.concepts.added) == (128, 181)
    assert loaded.conditions.added == 32
    assert models.ConditionRecord.objects.get(code="MDD").codes["snomed_ct"] == "370143000"
    assert models.TherapyRecord.objects.get(code="escitalopram").note == (
        "dose cap in older adults; QT"
    )
    assert models.ConceptRecord.objects.get(code="insomnia").group == "sleep"
    assert models.TherapyRecord.objects.get(code="sertraline").therapy_class == "ssri"
    assert "targets:insomnia" in models.TherapyRecord.objects.get(code="mirtazapine").attributes
    insomnia = models.ConceptRecord.objects.get(code="insomnia")
    assert (insomnia.kind, insomnia.value_type) == ("symptom", "severity")
    assert models.SafetyRuleRecord.objects.filter(active=True).count() == loaded.rules.total


def test_a_second_load_does_nothing_and_leaves_no_event():
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")

    again = catalogue.load(folder=settings.FIXTURES_DIR, by="test")
    compared = catalogue.load(folder=settings.FIXTURES_DIR, by="test", force=True)

    assert again is None
    assert not any((compared.therapies, compared.concepts, compared.rules))
    assert events() == 1


def test_knowing_that_nothing_changed_takes_one_query(django_assert_num_queries):
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")

    with django_assert_num_queries(1):
        catalogue.load(folder=settings.FIXTURES_DIR, by="test")


def test_a_changed_entry_is_updated_in_place(folder):
    catalogue.load(folder=folder, by="test")
    before = models.TherapyRecord.objects.get(code="cbt")
    change(folder / "therapies/therapies.csv", with_cell("cbt", "name", "CBT, one to one"))

    loaded = catalogue.load(folder=folder, by="test")

    assert loaded.therapies.changed == 1
    after = models.TherapyRecord.objects.get(code="cbt")
    assert (after.pk, after.name) == (before.pk, "CBT, one to one")
    assert events() == 2


def test_a_vanished_entry_is_retired_and_comes_back_when_it_returns(folder):
    catalogue.load(folder=folder, by="test")
    original = (folder / "vocabulary/triggers.csv").read_text("utf-8")
    change(folder / "vocabulary/triggers.csv", without("retirement"))

    gone = catalogue.load(folder=folder, by="test")
    assert gone.concepts.retired == 1
    assert models.ConceptRecord.objects.get(code="retirement").retired

    (folder / "vocabulary/triggers.csv").write_text(original, "utf-8")
    catalogue.load(folder=folder, by="test")
    assert not models.ConceptRecord.objects.get(code="retirement").retired


def test_a_vanished_rule_is_switched_off_and_stays_readable(folder):
    catalogue.load(folder=folder, by="test")
    change(folder / "safety_rules/rules.csv", without("CI021"))

    catalogue.load(folder=folder, by="test")

    assert not models.SafetyRuleRecord.objects.get(code="CI021").active


def test_what_a_data_set_brought_is_left_alone(folder):
    pathway = models.Pathway.objects.create(slug="own", title="Own")
    own = models.TherapyRecord.objects.create(
        pathway=pathway, code="own-drug", name="Own drug", kind="medication"
    )

    catalogue.load(folder=folder, by="test")

    own.refresh_from_db()
    assert not own.retired


@pytest.mark.parametrize(
    ("file", "edit", "place"),
    [
        (
            "therapies/therapies.csv",
            with_cell("cbt", "kind", "magic"),
            "therapies/therapies.csv, row 69, field 'kind'",
        ),
        (
            "therapies/therapies.csv",
            with_cell("cbt", "targets", "no_such_symptom"),
            "field 'targets'",
        ),
        (
            "safety_rules/rules.csv",
            with_cell("CI005", "finding", "no_such_finding"),
            "safety_rules/rules.csv, row 2, field 'finding'",
        ),
        ("safety_rules/rules.csv", with_cell("CI005", "therapy", "citalopran"), "field 'therapy'"),
        ("safety_rules/rules.csv", with_cell("CI005", "class", "ssri"), "field 'therapy'"),
        ("safety_rules/rules.csv", with_cell("CI013", "class", "ssrri"), "field 'class'"),
        ("safety_rules/rules.csv", with_cell("CI005", "severity", "strict"), "field 'severity'"),
        ("safety_rules/rules.csv", with_cell("CI005", "source", ""), "field 'source'"),
        ("safety_rules/rules.csv", with_cell("CI005", "min_value", "two"), "field 'min_value'"),
        ("safety_rules/rules.csv", lambda rows: [*rows, rows[0]], "field 'code'"),
        ("safety_rules/rules.csv", lambda _: [], "the table has no rows"),
        ("vocabulary/symptoms.csv", with_cell("anxiety", "code", "two words"), "field 'code'"),
    ],
)
def test_a_broken_file_is_refused_by_its_place_and_nothing_is_written(folder, file, edit, place):
    catalogue.load(folder=folder, by="test")
    before = list(models.SafetyRuleRecord.objects.values_list())
    change(folder / file, edit)

    with pytest.raises(RefusedImport) as refusal:
        catalogue.load(folder=folder, by="test")

    assert place in str(refusal.value)
    assert list(models.SafetyRuleRecord.objects.values_list()) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "the file is missing"),
        (b"\xff\xfe\x00", "isn't UTF-8"),
        (b'code,"therapy\n', "isn't CSV"),
        (b"code,something\na,b\n", "a missing or an unknown column"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder, content, words):
    path = folder / "safety_rules/rules.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(RefusedImport, match=words):
        catalogue.load(folder=folder, by="test")


def test_names_and_codes_of_a_catalogue_just_loaded_are_known_at_once(
    django_capture_on_commit_callbacks,
):
    names.forget()
    assert names.known_names("").find("therapy", "rxnorm:36437") is None

    with django_capture_on_commit_callbacks(execute=True):
        catalogue.load(folder=settings.FIXTURES_DIR, by="test")

    assert names.known_names("").find("therapy", "rxnorm:36437") == "sertraline"
    assert names.known_names("").find("therapy", "Zoloft") == "sertraline"
