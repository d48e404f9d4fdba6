"""Every code, grade and rule that ships names where it was read, or says that nobody checked it."""

import csv
import re

import pytest
from django.conf import settings

from recommender.clinical.coding import CODE_PATTERN
from recommender.clinical.names import spelt

SYSTEM_WORDS = {
    "rxnorm": "RxNorm",
    "atc": "ATC",
    "snomed_ct": "SNOMED",
    "icd10cm": "ICD10CM",
    "hpo": "HPO",
}
# How many rows ship, and how many codes of each system: neither is lost without a test saying so.
HOLDINGS = {
    "vocabulary/symptoms.csv": (60, {"snomed_ct": 39, "icd10cm": 38, "hpo": 50}),
    "vocabulary/triggers.csv": (38, {"snomed_ct": 18, "icd10cm": 34}),
    "vocabulary/background.csv": (83, {"snomed_ct": 40, "icd10cm": 56}),
    "vocabulary/conditions.csv": (32, {"snomed_ct": 26, "icd10cm": 31}),
    "therapies/therapies.csv": (128, {"rxnorm": 64, "atc": 64, "snomed_ct": 36}),
}
RULE_TABLES = (
    "safety_rules/rules.csv",
    "safety_rules/comedications.csv",
    "safety_rules/interactions.csv",
    "safety_rules/conditions.csv",
)
MEDICINES = "safety_rules/medicines.csv"


def rows(name):
    with (settings.FIXTURES_DIR / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def coded(name):
    """Each code of a table: the row's own code, the system, the code there, the row's source."""
    return [
        (row["code"], system, row[system], row["source"])
        for row in rows(name)
        for system in SYSTEM_WORDS
        if row.get(system)
    ]


@pytest.mark.parametrize(("name", "holding"), HOLDINGS.items(), ids=HOLDINGS)
def test_a_table_holds_every_row_and_every_code(name, holding):
    systems = [system for _, system, _, _ in coded(name)]

    assert (len(rows(name)), {one: systems.count(one) for one in set(systems)}) == holding


@pytest.mark.parametrize("name", HOLDINGS)
def test_every_code_stands_in_its_source_with_the_name_it_was_found_under(name):
    unsourced = [
        (entry, system, code)
        for entry, system, code, source in coded(name)
        if f"{SYSTEM_WORDS[system]} {code} = '" not in source
    ]

    assert unsourced == []


def test_a_medicine_beside_the_catalogue_has_its_code_from_its_source():
    unsourced = [
        row["code"] for row in rows(MEDICINES) if f"ATC {row['atc']} = '" not in row["source"]
    ]

    assert all(not row["atc"] for row in rows(MEDICINES) if row["code"] in unsourced)


def test_a_medicine_beside_the_catalogue_can_be_named_in_a_request_and_is_no_therapy_of_ours():
    medicines = [row["code"] for row in rows(MEDICINES)]
    ours = {spelt(row["alias"]) for row in rows("therapies/aliases.csv")}

    assert [code for code in medicines if not re.match(CODE_PATTERN, code)] == []
    assert [code for code in medicines if spelt(code) in ours] == []


def test_whatever_a_combination_names_is_in_the_catalogue_or_beside_it_and_not_both():
    catalogue = {row["code"] for row in rows("therapies/therapies.csv")}
    beside = {row["code"] for row in rows(MEDICINES)}
    classes = {row["class"].lower().replace("_", "-") for row in rows("therapies/classes.csv")}
    classes |= {row["class"] for row in rows("therapies/therapies.csv")}
    classes |= {name for row in rows(MEDICINES) for name in row["classes"].split(";")}
    named, named_classes = set(), set()
    for row in rows("safety_rules/interactions.csv"):
        named |= {row["therapy_a"], row["therapy_b"]}
    for row in rows("safety_rules/comedications.csv"):
        named |= set(filter(None, row["other_therapy"].split(";")))
        named_classes |= set(filter(None, row["other_class"].split(";")))

    assert catalogue & beside == set()
    assert named - catalogue - beside == set()
    assert named_classes - classes == set()


def test_every_row_of_medicines_beside_others_names_one():
    silent = [
        row["code"]
        for row in rows("safety_rules/comedications.csv")
        if not row["other_therapy"] and not row["other_class"]
    ]

    assert silent == []


def test_every_contraindication_and_interaction_of_the_source_is_loaded():
    loaded = {row["code"].partition("-")[0] for name in RULE_TABLES for row in rows(name)}

    assert {f"CI{number:03}" for number in range(1, 166)} <= loaded
    assert {f"DDI{number:03}" for number in range(1, 111)} <= loaded


@pytest.mark.parametrize("name", [*HOLDINGS, *RULE_TABLES, MEDICINES, "therapies/classes.csv"])
def test_no_row_is_without_a_source(name):
    assert [row for row in rows(name) if not row["source"].strip()] == []


def test_every_evidence_grade_says_that_it_is_unverified_or_where_it_was_read():
    graded = [row for row in rows("therapies/therapies.csv") if row["evidence_grade"]]

    silent = [
        row["code"]
        for row in graded
        if "unverified" not in row["evidence_source"] and "[" not in row["evidence_source"]
    ]

    assert (len(graded) > 0, silent) == (True, [])


@pytest.mark.parametrize("name", RULE_TABLES)
def test_every_rule_says_how_far_it_was_checked(name):
    words = {"label text", "second-hand", "unverified", "verified", "DDI list"}

    assert {row["verification"] for row in rows(name)} <= words


def test_every_class_is_of_a_therapy_that_ships():
    therapies = {row["code"] for row in rows("therapies/therapies.csv")}
    classes = rows("therapies/classes.csv")

    assert (len(classes), {row["therapy"] for row in classes} - therapies) == (89, set())


def test_every_side_effect_is_of_a_therapy_that_ships_and_stands_in_a_source_of_the_catalogue():
    effects = rows("therapies/side_effects.csv")
    notes = {row["code"]: row["note"] for row in rows("therapies/therapies.csv")}
    reasons = {row["code"]: row["reason"] for row in rows("safety_rules/rules.csv")}
    draft = {row["therapy"] for row in rows("therapies/classes.csv") if row["class"] == "qt"}

    assert {row["therapy"] for row in effects} <= notes.keys()
    assert {row["verification"] for row in effects} == {"unverified"}
    for row in effects:
        where, _, quoted = row["source"].partition(": '")
        read = reasons.get(where.split()[0], notes[row["therapy"]])
        assert quoted.rstrip("'") == read if quoted else row["therapy"] in draft


def test_every_alias_names_its_therapy_once_and_stands_in_the_source_that_it_was_read_in():
    aliases = rows("therapies/aliases.csv")
    therapies = {row["code"] for row in rows("therapies/therapies.csv")}

    assert len({row["alias"].lower() for row in aliases}) == len(aliases) == 56
    assert {row["therapy"] for row in aliases} <= therapies
    assert {row["verification"] for row in aliases} == {"regulator list", "second-hand"}
    assert [row for row in aliases if row["alias"].lower() not in row["source"].lower()] == []
