"""The stop switch: it holds from the next answer on, says why, and can't be gone round."""

import pytest
from django.core.management import call_command

from recommender import models
from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.review import Decision, Outcome
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.services import reviews, stops, suggestions
from recommender.services.access import Role
from tests import learned
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db
SLEEPLESS = SuggestionRequest("depression", Case((Finding(FindingKind.SYMPTOM, "insomnia", 3.0),)))
WHY = "Doses are being checked."


@pytest.fixture(autouse=True)
def catalogue(live_version):
    for each in learned.THERAPIES:
        models.TherapyRecord.objects.get_or_create(
            pathway=None,
            code=each.code,
            defaults={
                "name": each.name,
                "kind": each.kind.value,
                "therapy_class": each.therapy_class,
            },
        )


def asked():
    return suggestions.suggest(request=SLEEPLESS, by="tests").answer


def codes(answer):
    return [one.therapy.code for one in answer.suggestions]


def test_the_very_next_answer_is_empty_and_says_why(live_version):
    before = asked()
    stop = stops.stop(reason=WHY, by="admin")
    stopped = asked().as_given()
    stops.lift(stop=stop.pk, reason="Doses are right.", by="admin")

    assert stopped["suggestions"] == []
    assert stopped["status"] == "insufficient_evidence"
    assert WHY in stopped["reason"]
    assert codes(asked()) == codes(before) != []


def test_red_flags_come_through_a_stop(live_version, clinician):
    stops.stop(reason=WHY, by="admin")
    body = sleepless()
    body["case"]["instruments"] = [{"instrument": "phq-9", "answers": {"9": 3}}]

    answer = clinician.post(ADDRESS, body, format="json").json()

    assert answer["status"] == "urgent"
    assert answer["red_flags"]
    assert answer["suggestions"] == []


def test_a_stop_of_one_pathway_leaves_the_others_alone(live_version):
    models.Pathway.objects.create(slug="grief", title="Grief")
    stops.stop(reason=WHY, by="admin", pathway="grief")

    assert codes(asked())


@pytest.mark.parametrize("subject", ["therapy", "therapy_class"])
def test_a_stopped_therapy_or_class_is_withheld_with_the_reason(live_version, subject):
    first = next(each.therapy for each in asked().suggestions if each.therapy.therapy_class)
    named = first.code if subject == "therapy" else first.therapy_class
    stop = stops.stop(reason=WHY, by="admin", **{subject: named})

    answer = asked().as_given()
    withheld = {one["therapy"]["code"]: one for one in answer["withheld"]}

    assert first.code not in [one["therapy"]["code"] for one in answer["suggestions"]]
    assert withheld[first.code]["reason"] == WHY
    assert withheld[first.code]["rule"] == stop.code


def test_what_was_suggested_before_a_stop_is_not_accepted_after_it(live_version):
    answer = asked()
    given = models.SuggestionList.objects.get(pk=answer.id)
    first, second = codes(answer)[:2]
    stops.stop(reason=WHY, by="admin", therapy=first)

    with pytest.raises(Refused, match=WHY):
        reviews.record(suggestion_list=given, decision=Decision(Outcome.ACCEPTED, first), by="c")
    reviews.record(suggestion_list=given, decision=Decision(Outcome.ACCEPTED, second), by="c")
    reviews.record(suggestion_list=given, decision=Decision(Outcome.DEFERRED), by="c")

    assert given.reviews.count() == 2


def test_a_decision_made_in_an_ehr_is_recorded_through_a_stop(live_version):
    answer = asked()
    given = models.SuggestionList.objects.get(pk=answer.id)
    stops.stop(reason=WHY, by="admin")

    reviews.record(
        suggestion_list=given,
        decision=Decision(Outcome.ACCEPTED, codes(answer)[0]),
        by="cds:ehr",
        elsewhere=reviews.Elsewhere(),
    )

    assert given.reviews.count() == 1


@pytest.mark.parametrize(
    ("asks", "error", "field"),
    [
        ({"reason": " "}, BadInput, "reason"),
        ({"reason": "Ask jane@clinic.example"}, BadInput, "reason"),
        ({"reason": WHY, "therapy": "moonlight"}, UnknownName, "therapy"),
        ({"reason": WHY, "therapy_class": "moonlight"}, UnknownName, "therapy_class"),
        ({"reason": WHY, "pathway": "moonlight"}, UnknownName, "pathway"),
        ({"reason": WHY, "therapy": "x", "therapy_class": "y"}, BadInput, "therapy_class"),
    ],
)
def test_a_stop_that_cannot_be_is_refused_by_field(live_version, asks, error, field):
    with pytest.raises(error) as caught:
        stops.stop(**asks, by="admin")

    assert caught.value.field == field
    assert not models.SuggestionStop.objects.exists()


def test_a_stop_and_its_lifting_are_audited_and_happen_once(live_version):
    stop = stops.stop(reason=WHY, by="admin")
    with pytest.raises(Refused, match="stopped already"):
        stops.stop(reason="Again.", by="admin")
    stops.lift(stop=stop.pk, reason="Right again.", by="second")
    with pytest.raises(Refused, match="lifted before"):
        stops.lift(stop=stop.pk, reason="Right again.", by="second")

    events = models.AuditEvent.objects.filter(action__startswith="suggestions.")
    assert list(events.order_by("pk").values_list("action", "actor")) == [
        ("suggestions.stopped", "admin"),
        ("suggestions.resumed", "second"),
    ]


def test_rest_stops_and_resumes(live_version, caller):
    admin = caller(Role.DATASET_ADMIN)

    made = admin.post("/api/v1/stops/", {"reason": WHY}, format="json")
    again = admin.post("/api/v1/stops/", {"reason": WHY}, format="json")
    listed = caller().get("/api/v1/stops/", {"on": "true"}).json()["results"]
    lifted = admin.post(
        f"/api/v1/stops/{made.json()['id']}/lift/", {"reason": "Right."}, format="json"
    )

    assert (made.status_code, again.status_code, lifted.status_code) == (201, 409, 200)
    assert [one["reason"] for one in listed] == [WHY]
    assert lifted.json()["lifted_at"]
    assert caller().get("/api/v1/stops/", {"on": "true"}).json()["results"] == []


def test_the_command_line_stops_shows_and_resumes(live_version, capsys):
    call_command("stop_suggestions", reason=WHY)
    number = models.SuggestionStop.objects.get().pk
    call_command("resume_suggestions")
    call_command("resume_suggestions", stop=number, reason="Right.")
    call_command("resume_suggestions")

    said = capsys.readouterr().out
    assert f"--stop {number}" in said
    assert WHY in said
    assert "Nothing is stopped." in said
