"""A published data set stays as it is, whatever asks for a change."""

import pytest
from django.db import IntegrityError, connection, transaction

from recommender import models
from recommender.services import datasets
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db
REFUSED = "cannot be changed: import a new version"

CHANGES = {
    "a finding's value": "UPDATE recommender_findingrecord SET number = 3",
    "a response": "UPDATE recommender_therapyresponse SET response = 1",
    "a case's site": "UPDATE recommender_caserecord SET site = 'elsewhere'",
    "a case taken out": "DELETE FROM recommender_findingrecord",
    "responses taken out": "DELETE FROM recommender_therapyresponse",
    "a case put in": (
        "INSERT INTO recommender_caserecord (dataset_id, pseudonym, site)"
        " SELECT id, repeat('f', 32), 'elsewhere' FROM recommender_dataset"
    ),
    "the count of its cases": "UPDATE recommender_dataset SET case_count = 1",
    "its label": "UPDATE recommender_dataset SET simulated = true",
    "back to a draft": "UPDATE recommender_dataset SET status = 'draft'",
    "all of it": "DELETE FROM recommender_dataset",
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses(change):
    a_published_dataset(cases=6)

    with (
        pytest.raises(IntegrityError, match=REFUSED),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(CHANGES[change])


def test_it_can_still_be_withdrawn_with_a_reason_but_not_brought_back():
    dataset = a_published_dataset(cases=6)

    datasets.withdraw(dataset=dataset, reason="A fault in the export.", by="tests")

    assert models.DataSet.objects.get().status == "withdrawn"
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        models.DataSet.objects.update(status="published")


def test_a_draft_can_be_mended_but_not_moved_into_a_published_one():
    dataset = a_published_dataset(cases=6)
    draft = models.DataSet.objects.create(
        pathway=dataset.pathway, name="draft", version=1, content_hash="0" * 64, created_by="tests"
    )
    case = models.CaseRecord.objects.create(dataset=draft, pseudonym="a" * 32)

    models.CaseRecord.objects.filter(pk=case.pk).update(site="north")
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        models.CaseRecord.objects.filter(pk=case.pk).update(dataset=dataset)
    case.delete()
    draft.delete()

    assert list(models.DataSet.objects.all()) == [dataset]
