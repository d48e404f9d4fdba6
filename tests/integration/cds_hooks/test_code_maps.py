"""Which codes stand for what, at the bedside and in data sets."""

import pytest

from recommender import models
from recommender.services import fhir_codes, names, unmapped_codes, wording
from recommender.services.fhir_codes import bedside_map, code_map

pytestmark = pytest.mark.django_db
ATC = "http://www.whocc.no/atc"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.fixture(autouse=True)
def fresh():
    fhir_codes.forget()
    yield
    fhir_codes.forget()


def therapy(code, rxnorm, *, retired=False):
    return models.TherapyRecord.objects.create(
        code=code, name=code, kind="medication", codes={"rxnorm": rxnorm}, retired=retired
    )


def test_what_is_never_suggested_is_known_at_the_bedside_and_not_in_data_sets():
    diuretic = (ATC, "C03AA03")

    assert (bedside_map().therapy(diuretic), code_map().therapy(diuretic)) == (
        "hydrochlorothiazide",
        None,
    )


def test_a_retired_therapy_may_still_be_in_use_unless_its_code_passed_to_another():
    therapy("old", "111", retired=True)
    therapy("older", "222", retired=True)
    therapy("new", "222")

    found = [bedside_map().therapy((RXNORM, code)) for code in ("111", "222")]

    assert found == ["old", "new"]
    assert code_map().therapy((RXNORM, "111")) is None


def test_an_unknown_code_is_mapped_to_a_medicine_beside_the_catalogue():
    unmapped_codes.count({("MedicationStatement", RXNORM, "333"): 1})
    waiting = models.UnmappedCode.objects.get()

    unmapped_codes.resolve(code=waiting, kind="therapy", entry="any-diuretic", by="admin")
    fhir_codes.forget()

    assert bedside_map().therapy((RXNORM, "333")) == "any-diuretic"
    assert code_map().therapy((RXNORM, "333")) is None


def test_words_of_cards_are_remembered_until_a_change_of_the_catalogue_is_told(live_version):
    area = live_version.pathway
    models.TherapyRecord.objects.create(
        pathway=area, code="yoga", name="Yoga", kind="psychotherapy", retired=True
    )

    def name():
        return wording.remembered_words(pathway_id=area.pk).therapies["yoga"].name

    assert name() == "Yoga"
    models.TherapyRecord.objects.filter(code="yoga").update(name="Gentle yoga")
    assert name() == "Yoga"
    names.forget()
    assert name() == "Gentle yoga"
