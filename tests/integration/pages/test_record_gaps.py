"""The review page says what the EHR's record left open, as the card that links to it does."""

import pytest
from django.urls import reverse

from api.cds_hooks.catalogue import PREFETCH
from recommender import models
from recommender.clinical.record_gaps import TOLD_BY, Gaps
from tests.integration.cds_hooks.bodies import PATH, bundle, patient_view
from tests.integration.cds_hooks.conftest import ehr  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
INSOMNIA = "193462001"
FAILED = {"resourceType": "OperationOutcome", "issue": []}
CUT = {**bundle(INSOMNIA), "link": [{"relation": "next", "url": "https://elsewhere/next"}]}
WHOLE = dict.fromkeys(PREFETCH) | {"conditions": bundle(INSOMNIA)}


@pytest.fixture
def given(ehr, live_version):  # noqa: F811
    """The list that an EHR gets for this record."""

    def ask(prefetch):
        answer = ehr.post(PATH, patient_view(prefetch=prefetch))
        assert answer.status_code == 200, answer.content
        return models.SuggestionList.objects.get()

    return ask


def shown(clinician, found):
    page = clinician.get(reverse("pages:review", args=[found.pk]))
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_what_failed_did_not_come_or_is_cut_is_told_in_words(clinician, given):
    record = {**WHOLE, "conditions": CUT, "allergies": FAILED}
    del record["family"]

    page = shown(clinician, given(record))

    assert "readable): allergies, family history.</p>" in page
    assert "<strong>Not read to the end</strong>: conditions.</p>" in page


def test_a_record_that_came_whole_leaves_nothing_to_tell(clinician, given):
    found = given(WHOLE)

    assert found.record_gaps is None
    page = shown(clinician, found)
    assert "Not known here" not in page
    assert "Not read to the end" not in page


def test_a_case_given_by_hand_has_no_record_that_could_be_incomplete(clinician, ask):
    found = ask()

    assert found.record_gaps is None
    assert "Not known here" not in shown(clinician, found)


def test_of_a_record_with_gaps_the_names_of_its_parts_are_stored_and_no_more(given):
    found = given({**WHOLE, "medications": {**FAILED, "id": "MARKED"}, "MARKED-own": FAILED})

    assert found.record_gaps == {"without": ["medications"], "cut": []}


def test_a_list_that_is_asked_for_again_has_to_do_without_the_same(clinician, given):
    found = given({**WHOLE, "allergies": FAILED})

    clinician.post(reverse("pages:acknowledge", args=[found.pk]))

    again = models.SuggestionList.objects.exclude(pk=found.pk).get()
    assert "readable): allergies.</p>" in shown(clinician, again)


def test_every_part_of_a_record_that_is_asked_for_has_its_words():
    assert set(TOLD_BY) == set(PREFETCH)


def test_gaps_are_the_same_after_they_were_stored():
    gaps = Gaps(("patient",), ("conditions", "family"), 2, by_other_id=True)

    assert Gaps.from_stored(gaps.as_stored()) == gaps
    assert Gaps().as_stored() is None
    assert Gaps.from_stored(None) == Gaps()
