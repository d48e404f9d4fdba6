"""An uploaded file is imported once by a worker, or refused with what to do; then it's gone."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile

from recommender import models
from recommender.services import recovery, upload_imports
from tasks.datasets import start
from tasks.importing import import_upload
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)

CASES = "case\na\nb\nc\n"
FINDINGS = "case,kind,code,value\na,symptom,insomnia,2\nb,symptom,insomnia,1\n"
RESPONSES = "case,therapy,response\na,sertraline,response\nb,cbt,none\n"


@pytest.fixture(autouse=True)
def catalogue():
    """The therapies and symptoms that the files speak of."""
    a_published_dataset(pathway="elsewhere", cases=1)


def a_zip(**tables):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in tables.items():
            archive.writestr(f"{name}.csv", text)
    return ContentFile(packed.getvalue(), name="from a person.zip")


def an_upload(**given):
    whole = a_zip(cases=CASES, findings=FINDINGS, responses=RESPONSES)
    return start(
        **{"file": whole, "name": "clinic", "pathway": "depression", "by": "admin"} | given
    )


def finished(upload):
    return models.DataSetUpload.objects.filter(pk=upload.pk, finished__isnull=False).first()


def test_an_upload_becomes_a_published_data_set_and_its_file_goes(
    celery_worker_process, eventually
):
    upload = an_upload(publish=True)

    done = eventually(lambda: finished(upload))

    assert (done.status, done.problems) == ("imported", [])
    assert (str(done.dataset), done.dataset.status) == ("clinic v1", "published")
    assert eventually(lambda: not models.DataSetUpload.objects.get(pk=upload.pk).file)
    assert not upload.file.storage.exists(upload.file.name)


def test_a_refused_upload_names_row_and_field_and_its_file_goes_too(
    celery_worker_process, eventually
):
    broken = FINDINGS + "c,symptom,insomnia,9999\n"
    upload = an_upload(file=a_zip(cases=CASES, findings=broken, responses=RESPONSES))

    done = eventually(lambda: finished(upload))

    assert done.status == "refused"
    (problem,) = done.problems
    assert (problem["file"], problem["row"], problem["field"]) == ("findings.csv", 4, "value")
    assert "9999" not in str(done.problems)
    assert not models.DataSet.objects.filter(name="clinic").exists()
    assert eventually(lambda: not upload.file.storage.exists(upload.file.name))


def test_the_same_message_twice_imports_once(celery_worker_process, eventually):
    upload = an_upload()
    import_upload.delay(str(upload.pk))
    later = an_upload(name="later")

    eventually(lambda: finished(upload) and finished(later))

    assert models.DataSet.objects.filter(name="clinic").count() == 1


def test_an_import_that_lost_its_lease_leaves_no_data_set():
    upload = an_upload()
    lose = upload_imports.datasets.import_dataset

    def lose_it_first(**given):
        models.DataSetUpload.objects.filter(pk=upload.pk).update(attempts=2)
        return lose(**given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload_imports.datasets, "import_dataset", lose_it_first)
        upload_imports.carry_out(upload_id=upload.pk)

    assert not models.DataSet.objects.filter(name="clinic").exists()
    assert models.DataSetUpload.objects.get(pk=upload.pk).status == "running"


def test_a_file_that_a_stopped_worker_left_behind_is_deleted_later():
    upload = an_upload()
    models.DataSetUpload.objects.filter(pk=upload.pk).update(status="refused")

    upload_imports.remove_leftover_files()

    assert not upload.file.storage.exists(upload.file.name)


def test_a_waiting_upload_that_the_queue_forgot_is_sent_again():
    upload = an_upload()
    models.DataSetUpload.objects.filter(pk=upload.pk).update(sent_at=None)

    assert recovery.uploads_to_send() == (upload.pk,)
