"""Whose a resource is: another patient's only where it surely says so."""

import pytest

from recommender.formats.fhir.ownership import Person

EHR, PARTNER = "https://ehr.example/fhir", "https://partner.example/fhir"


def patient(number=None, *linked, address=""):
    found = {"resourceType": "Patient", "link": [{"other": {"reference": one}} for one in linked]}
    return address, found | ({"id": number} if number else {})


# As Bundles bring them: under addresses that are no server's, and linked to one another.
PATIENTS = [
    patient("p-7", address="urn:uuid:0b7d"),
    patient("p-8", address="urn:uuid:1c8e"),
    patient(address="urn:uuid:2d9f"),
    patient("p-7", "Patient/old"),
    patient("p-9", "Patient/p-8"),
    patient("new", "Patient/p-7"),
]


def person(*servers):
    return Person.of("p-7", servers=servers, patients=PATIENTS)


def condition(reference, field="subject"):
    return {"resourceType": "Condition", field: {"reference": reference}}


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p-7",
        "Patient/P-7",
        "Patient/p-7/_history/3",
        f"{EHR}/Patient/p-7",
        f"{EHR}/Patient/p-7/_history/3",
        f"{PARTNER}/Patient/p-7",
        f"{PARTNER}/Patient/4711",
        "urn:uuid:0b7d",
        "urn:uuid:2d9f",
        "urn:uuid:never-seen",
        "urn:oid:1.2.3",
        "Patient/old",
        "Patient/new",
        "#p-8",
        "Group/p-8",
        "Patient?identifier=urn:mrn|8",
        "Patient/",
        "p-8",
        "",
        None,
        7,
    ],
)
@pytest.mark.parametrize("field", ["subject", "patient"])
def test_what_is_theirs_or_cannot_be_told_is_not_another_patients(reference, field):
    assert not person(EHR + "/").is_another(condition(reference, field))


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p-8",
        "Patient/p-77",
        "Patient/p-8/_history/p-7",
        f"{EHR}/Patient/p-8",
        f"{EHR}/Patient/p-8/_history/7",
        "urn:uuid:1c8e",
        "Patient/p-9",
    ],
)
@pytest.mark.parametrize("field", ["subject", "patient"])
def test_what_names_somebody_else_is_another_patients(reference, field):
    assert person(EHR).is_another(condition(reference, field))


def test_without_a_known_server_every_address_is_the_ehrs():
    assert person().is_another(condition(f"{PARTNER}/Patient/4711"))
    assert not person().is_another(condition(f"{PARTNER}/Patient/p-7"))


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"subject": None},
        {"subject": []},
        {"subject": "Patient/p-8"},
        {"subject": {"identifier": {"value": "8"}}},
        {"subject": {"display": "Somebody"}},
        {"resourceType": "Patient"},
        {"resourceType": "Patient", "id": "P-7"},
        {"resourceType": "Patient", "id": "old"},
        {"resourceType": "Patient", "id": 7},
    ],
)
def test_what_does_not_say_whose_it_is_stays(resource):
    assert not person(EHR).is_another(resource)


def test_a_patient_of_another_id_is_another_patient():
    assert person(EHR).is_another({"resourceType": "Patient", "id": "p-8"})
