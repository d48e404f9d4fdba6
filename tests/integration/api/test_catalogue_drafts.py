"""The catalogue written over REST: into a draft, signed by two people, published."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from recommender import models
from recommender.services import access, catalogue
from tests.catalogue_drafts import RULE, a_person

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture(autouse=True)
def loaded(db):
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")


@pytest.fixture
def person():
    """Somebody with the role and a token of their own."""

    def make(name):
        user = User.objects.get(username=a_person(name))
        made = access.create_token(user=user, name="own", by="test")
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.secret}")
        return client

    return make


@pytest.fixture
def draft(dataset_admin):
    """The address of a draft that a program began."""
    begun = dataset_admin.post(f"{API}/catalogue-versions/", {"reason": "For a test."})
    assert begun.status_code == 201
    return begun["Location"]


def entry(client, address, code):
    (found,) = client.get(f"{API}/{address}/?code={code}").json()["results"]
    return f"{API}/{address}/{found['id']}/"


def sign(client, draft):
    return client.post(f"{draft}sign/", {"digest": client.get(draft).json()["digest"]})


def test_what_is_written_waits_in_the_draft_for_two_signatures(dataset_admin, person, draft):
    added = dataset_admin.post(f"{API}/safety-rules/", {"code": "SITE-1", **RULE}, format="json")
    changed = dataset_admin.patch(entry(dataset_admin, "therapies", "cbt"), {"class": "talking"})
    read = dataset_admin.get(draft).json()

    assert (added.status_code, added["Location"]) == (202, draft)
    assert changed.json()["after"]["therapy_class"] == "talking"
    assert [(each["code"], each["done"]) for each in read["changes"]] == [
        ("SITE-1", "added"),
        ("cbt", "changed"),
    ]
    assert all(each["kept"] for each in read["examples"])
    assert read["problems"] == []
    assert not models.SafetyRuleRecord.objects.filter(code="SITE-1").exists()

    ann, ben = person("ann"), person("ben")
    alone = (sign(ann, draft).status_code, ann.post(f"{draft}publish/").status_code)
    together = (sign(ben, draft).status_code, ben.post(f"{draft}publish/").status_code)

    assert (alone, together) == ((200, 409), (200, 200))
    published = ben.get(draft).json()
    assert (published["version"]["number"], published["version"]["status"]) == (2, "published")
    assert [each["by"] for each in published["signatures"]] == ["ann", "ben"]
    assert ann.get(f"{API}/safety-rules/?code=SITE-1").json()["results"][0]["active"]


def test_a_program_may_draft_and_not_sign(dataset_admin, draft):
    dataset_admin.patch(entry(dataset_admin, "therapies", "cbt"), {"name": "CBT"})

    refused = sign(dataset_admin, draft)

    assert refused.status_code == 409
    assert "person signs" in refused.json()["detail"]


def test_without_a_draft_nothing_is_written(dataset_admin):
    refused = dataset_admin.patch(entry(dataset_admin, "therapies", "cbt"), {"name": "CBT"})

    assert refused.status_code == 409
    assert "Begin one" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("therapies", {"code": "walks", "name": "Walks", "kind": "magic"}, "kind"),
        ("therapies", {"code": "walks", "name": "Walks", "kind": "social"}, "source"),
        ("vocabulary", {"kind": "trigger", "code": "moon", "colour": "red"}, "colour"),
        ("conditions", {"code": "MOON", "display": "Moon"}, "source"),
        ("safety-rules", {**RULE, "code": "SITE-1", "finding": "moon"}, "finding"),
        ("safety-rules", {**RULE, "code": "SITE-1", "floor": True}, "floor"),
        ("safety-rules", {**RULE, "code": "SITE-1", "examples": [1]}, "examples"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(dataset_admin, draft, address, body, field):
    refused = dataset_admin.post(f"{API}/{address}/", body, format="json")

    assert refused.status_code in {400, 404}
    assert refused.json()["field"].startswith(field)


def test_the_floor_and_what_a_data_set_brought_are_refused(dataset_admin, draft):
    depression = models.Pathway.objects.create(slug="depression", title="Depression")
    models.TherapyRecord.objects.create(pathway=depression, code="own", name="Own", kind="social")

    floor = dataset_admin.patch(entry(dataset_admin, "safety-rules", "CI069"), {"active": False})
    own = dataset_admin.patch(entry(dataset_admin, "therapies", "own"), {"name": "Mine"})

    assert (floor.status_code, own.status_code) == (409, 409)
    assert "Only a release" in floor.json()["detail"]
    assert "data set" in own.json()["detail"]


def test_a_change_is_taken_out_and_a_draft_is_dropped(dataset_admin, draft):
    dataset_admin.patch(entry(dataset_admin, "therapies", "cbt"), {"name": "CBT"})
    (change,) = dataset_admin.get(draft).json()["changes"]

    gone = dataset_admin.delete(f"{draft}changes/{change['id']}/")
    dropped = dataset_admin.post(f"{draft}discard/")
    again = dataset_admin.post(f"{draft}discard/")

    assert (gone.status_code, dropped.status_code, again.status_code) == (204, 200, 409)
    assert dropped.json()["version"]["status"] == "discarded"


def test_a_condition_is_added_before_a_therapy_is_indicated_for_it(dataset_admin, draft):
    body = {"code": "PICA", "display": "Pica", "source": "unverified"}
    cbt = entry(dataset_admin, "therapies", "cbt")

    too_soon = dataset_admin.patch(cbt, {"indications": ["PICA"]}, format="json")
    added = dataset_admin.post(f"{API}/conditions/", body)
    then = dataset_admin.patch(cbt, {"indications": ["PICA"]}, format="json")

    assert (too_soon.status_code, added.status_code, then.status_code) == (404, 202, 202)
    assert too_soon.json()["field"] == "indications"


def test_an_entry_of_the_same_code_is_not_added_twice(dataset_admin, draft):
    body = {"code": "cbt", "name": "CBT", "kind": "psychotherapy", "source": "unverified"}

    refused = dataset_admin.post(f"{API}/therapies/", body)

    assert refused.status_code == 409
    assert "PATCH" in refused.json()["detail"]
