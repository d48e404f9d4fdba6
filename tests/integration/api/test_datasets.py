"""The life of a data set, as a program leads it."""

import io
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from recommender import models
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db
DATASETS = "/api/v1/datasets/"
UPLOAD = "/api/v1/datasets/upload/"


@pytest.fixture
def draft():
    pathway = models.Pathway.objects.create(slug="depression", title="Depression")
    return models.DataSet.objects.create(
        pathway=pathway,
        name="clinic",
        version=1,
        content_hash="0" * 64,
        case_count=3,
        response_count=3,
        created_by="test",
        report={"cases": 3},
    )


def a_form(**fields):
    return {"file": a_file(), "name": "clinic", "pathway": "depression", **fields}


def a_file(name="clinic.zip"):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("cases.csv"), "case\na\n")
    return SimpleUploadedFile(name, content.getvalue())


@pytest.fixture(autouse=True)
def _no_files_left():
    yield
    for upload in models.DataSetUpload.objects.exclude(file=""):
        default_storage.delete(upload.file.name)


def test_a_list_costs_as_many_queries_for_many_as_for_one(
    dataset_admin, draft, django_assert_num_queries
):
    for version in (2, 3, 4):
        draft.pk, draft.version = None, version
        draft.save(force_insert=True)
    dataset_admin.get(DATASETS)

    with django_assert_num_queries(1):
        answer = dataset_admin.get(DATASETS).json()

    assert [one["version"] for one in answer["results"]] == [4, 3, 2, 1]
    assert "report" not in answer["results"][0]


def test_pages_follow_each_other_without_a_gap(dataset_admin, draft):
    for version in range(2, 8):
        draft.pk, draft.version = None, version
        draft.save(force_insert=True)

    seen, address = [], f"{DATASETS}?limit=3"
    while address:
        page = dataset_admin.get(address).json()
        seen += [one["version"] for one in page["results"]]
        address = page["next"]

    assert seen == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pathway=depression", 1),
        ("pathway=grief", 0),
        ("status=draft", 1),
        ("status=published", 0),
        ("name=clinic", 1),
        ("simulated=true", 0),
    ],
)
def test_a_list_can_be_narrowed(dataset_admin, draft, query, found):
    assert len(dataset_admin.get(f"{DATASETS}?{query}").json()["results"]) == found


def test_a_draft_is_published_and_withdrawn_with_a_reason(dataset_admin):
    dataset = a_published_dataset()
    address = f"{DATASETS}{dataset.pk}/"

    withdrawn = dataset_admin.post(f"{address}withdraw/", {"reason": "A clinic asked for it."})

    assert withdrawn.status_code == 200
    assert withdrawn.json()["status"] == "withdrawn"
    assert dataset_admin.get(address).json()["withdrawn_by"] == "client-dataset_admin"
    assert dataset_admin.post(f"{address}publish/").status_code == 409


def test_a_withdrawal_without_a_reason_is_refused(dataset_admin, draft):
    answer = dataset_admin.post(f"{DATASETS}{draft.pk}/withdraw/", {})

    assert answer.status_code == 400
    assert answer.json()["field"] == "reason"


def test_a_draft_is_published(dataset_admin, draft):
    answer = dataset_admin.post(f"{DATASETS}{draft.pk}/publish/")

    assert (answer.status_code, answer.json()["status"]) == (200, "published")


def test_the_report_is_given_as_the_import_made_it(dataset_admin, draft):
    assert dataset_admin.get(f"{DATASETS}{draft.pk}/report/").json() == {"cases": 3}


def test_an_upload_is_accepted_and_can_be_followed(dataset_admin):
    answer = dataset_admin.post(UPLOAD, a_form(), format="multipart")

    assert answer.status_code == 202
    followed = dataset_admin.get(answer["Location"]).json()
    assert (followed["status"], followed["problems"]) == ("waiting", [])
    assert dataset_admin.get(f"{DATASETS}uploads/").json()["results"][0]["id"] == followed["id"]


def test_the_name_of_the_file_is_not_kept(dataset_admin):
    dataset_admin.post(UPLOAD, a_form(file=a_file("jane-doe.zip")), format="multipart")

    assert "jane" not in models.DataSetUpload.objects.get().file.name


def test_a_mapping_may_come_as_a_text_or_as_a_file(dataset_admin):
    mapping = SimpleUploadedFile("mapping.toml", b'therapy = "arm"\n')
    table = {"file": SimpleUploadedFile("table.csv", b"arm\ncbt\n"), "format": "table"}

    for given in ('therapy = "arm"\n', mapping):
        dataset_admin.post(UPLOAD, a_form(**table, mapping=given), format="multipart")

    assert {one.mapping.strip() for one in models.DataSetUpload.objects.all()} == {
        'therapy = "arm"'
    }


def test_a_mapping_that_is_kept_is_named(dataset_admin):
    models.TableMapping.objects.create(name="Ward tables", text='therapy = "arm"\n')
    table = {"file": SimpleUploadedFile("table.csv", b"arm\ncbt\n"), "format": "table"}

    answer = dataset_admin.post(
        UPLOAD, a_form(**table, mapping_name="Ward tables"), format="multipart"
    )

    assert answer.status_code == 202
    assert models.DataSetUpload.objects.get().mapping == 'therapy = "arm"\n'


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"file": SimpleUploadedFile("notes.docx", b"x")}, "file"),
        ({"file": SimpleUploadedFile("empty.zip", b"")}, "file"),
        ({"name": "../etc"}, "name"),
        ({"pathway": "Not A Slug"}, "pathway"),
        ({"format": "docx"}, "format"),
        ({"mapping": "x = 1"}, "mapping"),
        ({"mapping": "x = 1", "mapping_name": "y"}, "mapping_name"),
    ],
)
def test_an_upload_that_cannot_be_used_is_refused_by_its_field(dataset_admin, fields, field):
    answer = dataset_admin.post(UPLOAD, a_form(**fields), format="multipart")

    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert not models.DataSetUpload.objects.exists()


@override_settings(MAX_UPLOAD_BYTES=50)
def test_an_upload_that_is_too_large_is_a_413(dataset_admin):
    assert dataset_admin.post(UPLOAD, a_form(), format="multipart").status_code == 413


def test_an_upload_sent_twice_is_kept_once(dataset_admin):
    first, again = (
        dataset_admin.post(UPLOAD, a_form(), format="multipart", HTTP_IDEMPOTENCY_KEY="k")
        for _ in range(2)
    )

    assert first["Location"] == again["Location"]
    assert models.DataSetUpload.objects.count() == 1


def test_another_file_with_the_same_key_is_refused(dataset_admin):
    other = SimpleUploadedFile("clinic.zip", b"another")
    dataset_admin.post(UPLOAD, a_form(), format="multipart", HTTP_IDEMPOTENCY_KEY="k")

    answer = dataset_admin.post(
        UPLOAD, a_form(file=other), format="multipart", HTTP_IDEMPOTENCY_KEY="k"
    )

    assert answer.status_code == 422
