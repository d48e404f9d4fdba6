"""Uploads from the desk: who may, what is asked, what is kept, what goes again."""

import random
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from recommender import models
from recommender.exceptions import BadInput, Refused
from recommender.formats.mapping import mapping_of
from recommender.services import dataset_files, datasets, demo_users, uploads
from tests import published

pytestmark = pytest.mark.django_db
ADD = "admin:recommender_datasetupload_add"
TABLE = b"arm,insomnia,better\ncbt,2,1\ncbt,1,0\n"
MAPPING = {
    "about": {"title": "A trial", "source": "docs", "licence": "CC0-1.0"},
    "attempt": {
        "therapy": "arm",
        "arms": {"cbt": "cbt"},
        "why": "as told",
        "response_column": "better",
    },
    "findings": [
        {"column": "insomnia", "kind": "symptom", "code": "insomnia", "value_type": "severity"}
    ],
}


@pytest.fixture
def log_in(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_users.create(by="test")

    def as_(username):
        user = User.objects.get(username=username)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_


def a_table(**given):
    return uploads.receive(
        file=ContentFile(TABLE, name="t.csv"),
        name="trial",
        pathway="depression",
        by="admin",
        map_first=True,
        **given,
    )


def send(client, **given):
    body = {"file": SimpleUploadedFile("t.csv", TABLE), "name": "trial", "pathway": "depression"}
    return client.post(reverse(ADD), body | given)


def test_only_those_who_manage_data_may_upload(log_in):
    assert send(log_in("auditor")).status_code == 403
    assert send(log_in("clinician")).status_code == 302
    assert not models.DataSetUpload.objects.exists()
    assert send(log_in("dataset-admin")).status_code == 302
    assert models.DataSetUpload.objects.get().status == "unmapped"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pathway": "No Slug"}, "Use lower-case"),
        ({"name": "../x"}, "Use letters"),
        ({"file": SimpleUploadedFile("t.exe", b"x")}, "ends in"),
        ({"file": ""}, "required"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(log_in, given, said):
    answer = send(log_in("dataset-admin"), **given)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not models.DataSetUpload.objects.exists()


@pytest.mark.parametrize("table", [b"a,a\n1,2\n", b"a,b\n", b"\xff\xfe,b\n1,2\n"])
def test_a_table_that_cannot_be_read_is_said_on_the_form_and_goes(log_in, table):
    page = send(log_in("dataset-admin"), file=SimpleUploadedFile("t.csv", table))

    assert "Not uploaded." in page.content.decode()
    assert models.DataSetUpload.objects.get().status == "refused"


def test_the_mapping_is_downloaded_kept_and_downloaded_again(log_in):
    client, upload = log_in("dataset-admin"), a_table()
    editor = reverse("admin:recommender_datasetupload_mapping", args=[upload.pk])
    chosen = {
        "c0-role": "therapy", "c0-therapy-0": "cbt",
        "c1-role": "finding", "c1-kind": "symptom", "c1-code": "insomnia",
        "c1-value_type": "severity", "c2-role": "response", "why": "as told",
        "about-title": "A trial", "about-source": "docs", "about-licence": "CC0-1.0",
    }  # fmt: skip

    file = client.post(editor, chosen | {"only": "download"})
    client.post(editor, chosen | {"keep_as": "trial table"})
    kept = models.TableMapping.objects.get()
    again = client.get(reverse("admin:recommender_tablemapping_file", args=[kept.pk]))

    assert b'therapy = "arm"' in file.content
    assert file["Content-Disposition"] == 'attachment; filename="trial.toml"'
    assert again.content == file.content
    assert models.DataSetUpload.objects.get().status == "waiting"


def test_a_table_of_hundreds_of_columns_is_mapped(log_in):
    client, names = log_in("dataset-admin"), [f"symptom_{number}" for number in range(400)]
    table = f"{','.join(['arm', *names])}\ncbt{',1' * 400}\n".encode()
    send(client, file=SimpleUploadedFile("t.csv", table))
    upload = models.DataSetUpload.objects.get()
    chosen = {"c0-role": "therapy", "c0-therapy-0": "cbt", "why": "x", "response": "symptom_0 > 0"}
    chosen |= {f"about-{name}": "x" for name in ("title", "source", "licence")}
    for place, name in enumerate(names, start=1):
        chosen |= {
            f"c{place}-role": "finding",
            f"c{place}-kind": "symptom",
            f"c{place}-code": name,
            f"c{place}-display": name,
            f"c{place}-value_type": "flag",
        }

    client.post(reverse("admin:recommender_datasetupload_mapping", args=[upload.pk]), chosen)

    upload.refresh_from_db()
    assert upload.status == "waiting"
    assert upload.mapping.count('column = "symptom_') == 400


@pytest.mark.parametrize("left_out", ["title", "source", "licence", "why"])
def test_where_a_table_is_from_has_to_be_said(left_out):
    upload = a_table()
    part = "attempt" if left_out == "why" else "about"
    mapping = mapping_of({**MAPPING, part: {**MAPPING[part], left_out: " "}})

    with pytest.raises(BadInput) as refused:
        uploads.set_mapping(upload=upload, mapping=mapping, by="admin")

    assert refused.value.field == left_out


def test_a_table_is_mapped_once():
    upload = a_table()
    uploads.set_mapping(upload=upload, mapping=mapping_of(MAPPING), by="admin")

    with pytest.raises(Refused):
        uploads.set_mapping(upload=upload, mapping=mapping_of(MAPPING), by="admin")
    with pytest.raises(Refused):
        uploads.give_up(upload=upload, by="admin")


def test_a_table_that_nobody_maps_goes_after_a_day(django_capture_on_commit_callbacks):
    old, new = a_table(), a_table()
    models.DataSetUpload.objects.filter(pk=old.pk).update(
        created=timezone.now() - timedelta(days=2)
    )

    with django_capture_on_commit_callbacks(execute=True):
        assert uploads.give_up_forgotten() == 1

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, bool(old.file)) == ("refused", False)
    assert (new.status, bool(new.file)) == ("unmapped", True)


def import_folder(tmp_path, ids, *, symptom):
    published.a_published_dataset(pathway="elsewhere", cases=1, version=random.randint(1, 10**6))
    folder = tmp_path / symptom
    folder.mkdir()
    (folder / "cases.csv").write_text("case\n" + "".join(f"{one}\n" for one in ids))
    (folder / "findings.csv").write_text(
        "case,kind,code\n" + "".join(f"{one},symptom,{symptom}\n" for one in ids)
    )
    (folder / "responses.csv").write_text(
        "case,therapy,response\n" + "".join(f"{one},cbt,1\n" for one in ids)
    )
    content = dataset_files.read(path=folder, pathway="depression")
    return datasets.import_dataset(content=content, name="ward", pathway="depression", by="x")


def test_a_new_version_says_what_changed(tmp_path):
    import_folder(tmp_path, "abc", symptom="insomnia")
    second = import_folder(tmp_path, "bcde", symptom="worry").dataset

    changes = second.report["changes"]

    assert (changes["since"], changes["same_content"]) == (1, False)
    assert [changes[f"cases_{name}"] for name in ("in_both", "new", "gone")] == [2, 2, 1]
    assert (changes["findings_new"], changes["findings_gone"]) == (["worry"], ["insomnia"])


def test_the_card_of_a_data_set_is_a_page_and_json(log_in, tmp_path):
    dataset = import_folder(tmp_path, "abc", symptom="insomnia").dataset
    client = log_in("dataset-admin")

    page = client.get(reverse("admin:recommender_dataset_change", args=[dataset.pk]))
    card = client.get(reverse("v1:dataset-card", args=[dataset.pk])).json()

    assert dataset.content_hash in page.content.decode()
    assert (card["cases"], card["report"]["duplicates"]) == (3, 3)
    assert card["learned_from_it"] == []


def test_a_data_set_is_published_and_withdrawn_from_its_card(log_in, tmp_path):
    dataset = import_folder(tmp_path, "abc", symptom="insomnia").dataset
    client = log_in("dataset-admin")
    step = reverse("admin:recommender_dataset_step", args=[dataset.pk])

    client.post(step, {"step": "publish"})
    dataset.refresh_from_db()
    assert (dataset.status, dataset.published_by) == ("published", "dataset-admin")

    client.post(step, {"step": "withdraw", "reason": "The clinic asked."})
    dataset.refresh_from_db()
    assert (dataset.status, dataset.withdrawn_reason) == ("withdrawn", "The clinic asked.")
