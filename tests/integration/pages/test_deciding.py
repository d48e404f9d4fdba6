"""Before and after a decision: an own plan first, a second person, sorting, printing."""

import re

import pytest

from recommender import models
from recommender.services import own_plans
from recommender.services.access import Role

pytestmark = pytest.mark.django_db
OWN_CHOICE = {"decision": "other", "therapy": "Lithium"}
AGAINST = {
    "decision": "other",
    "therapy": "Mirtazapine",
    "reason": "benefit-outweighs-risk",
}


@pytest.fixture
def plan_first(settings):
    settings.PLAN_FIRST = True


@pytest.fixture
def floor(live_version):
    """A rule of the floor withholds mirtazapine."""
    models.SafetyRuleRecord.objects.filter(code="test-rule").update(floor=True)
    models.TherapyRecord.objects.create(code="mirtazapine", name="Mirtazapine", kind="medication")


def page_of(client, found, **query):
    return client.get(f"/review/{found.pk}/", query).content.decode()


def test_where_the_site_wants_it_the_list_is_shown_after_ones_own_plan(clinician, ask, plan_first):
    found = ask()
    names = [each["therapy"]["name"] for each in found.answer["suggestions"]]

    before = page_of(clinician, found)
    clinician.post(f"/review/{found.pk}/plan/", {"intent": "watch", "note": "Sleep diary first."})
    after = page_of(clinician, found)

    assert "First, your own plan" in before
    assert "What this is based on" in before
    assert "Record the decision" not in before
    assert all(f"Accept {name}" in after for name in names)
    assert "Watch and review." in after
    assert "Sleep diary first." in after


@pytest.mark.parametrize("page", ["print/", "compare/?therapy=cbt&therapy=exercise"])
def test_no_other_page_shows_the_list_before_the_plan(clinician, ask, plan_first, page):
    found = ask(responses=[])

    assert clinician.get(f"/review/{found.pk}/{page}")["Location"] == f"/review/{found.pk}/"


def test_a_planned_therapy_is_found_again_on_the_list(clinician, ask, plan_first):
    found = ask()
    first = found.answer["suggestions"][0]["therapy"]
    models.TherapyRecord.objects.create(code=first["code"], name=first["name"], kind=first["kind"])

    clinician.post(f"/review/{found.pk}/plan/", {"intent": "therapy", "therapy": first["name"]})

    assert f"<strong>{first['name']}</strong>: rank 1 here" in page_of(clinician, found)


def test_a_plan_is_written_once(clinician, ask, plan_first):
    found = ask()
    for intent in ("watch", "undecided"):
        response = clinician.post(f"/review/{found.pk}/plan/", {"intent": intent})

    assert response.status_code == 409
    assert models.OwnPlan.objects.get().intent == "watch"
    assert models.AuditEvent.objects.filter(action="own_plan.recorded").count() == 1


@pytest.mark.parametrize(
    ("plan", "decision", "told"),
    [
        ({"intent": "watch"}, None, "not decided yet"),
        ({"intent": "watch"}, {"decision": "defer"}, "as planned"),
        ({"intent": "watch"}, {"decision": "none-fits"}, "changed"),
        ({"intent": "undecided"}, {"decision": "none-fits"}, "was undecided"),
        ({"intent": "therapy", "therapy": "Lithium"}, OWN_CHOICE, "as planned"),
        ({"intent": "therapy", "therapy": "Lithium"}, {"decision": "none-fits"}, "changed"),
    ],
)
def test_what_came_of_a_plan_is_told_beside_it(clinician, ask, plan_first, plan, decision, told):
    models.TherapyRecord.objects.create(code="lithium", name="Lithium", kind="medication")
    found = ask()

    clinician.post(f"/review/{found.pk}/plan/", plan)
    if decision:
        clinician.post(f"/review/{found.pk}/", decision)

    assert own_plans.came_of(models.OwnPlan.objects.get()) == told


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"intent": "therapy"},
        {"intent": "therapy", "therapy": "the blue pills"},
        {"intent": "watch", "note": "Call jane@home.example"},
    ],
)
def test_a_plan_that_cannot_be_kept_is_asked_for_again(clinician, ask, plan_first, form):
    found = ask()

    response = clinician.post(f"/review/{found.pk}/plan/", form)

    assert response.status_code == 400
    assert "First, your own plan" in response.content.decode()
    assert not models.OwnPlan.objects.exists()


def test_without_the_setting_nobody_is_asked_for_a_plan(clinician, ask):
    assert "First, your own plan" not in page_of(clinician, ask())


def test_a_safety_stop_is_told_with_its_rule_and_asks_for_a_reason(clinician, ask, floor):
    found = ask()

    refused = clinician.post(f"/review/{found.pk}/", {**AGAINST, "reason": ""})

    page = refused.content.decode()
    assert refused.status_code == 400
    assert "Safety keeps this back" in page
    assert "A rule for tests." in page
    assert "second clinician" in page


def test_a_second_person_is_told_what_waits_and_lets_it_count(clinician, ask, floor, person):
    found = ask()
    clinician.post(f"/review/{found.pk}/", AGAINST)
    colleague = person(Role.CLINICIAN, "a-colleague")
    review = found.reviews.get()

    own, others = page_of(clinician, found), page_of(colleague, found)
    colleague.post(f"/review/second/{review.pk}/", {"agrees": "yes"})

    assert "This decision waits for a second person" in own
    assert "I agree: let it count" not in own
    assert "A rule for tests." in others
    assert "The benefit outweighs the risk" in others
    assert "I agree: let it count" in others
    review.refresh_from_db()
    assert (review.second_person, review.counts) == ("a-colleague", True)
    assert "a-colleague agreed" in page_of(clinician, found)


def test_whoever_decided_cannot_agree_with_themselves(clinician, ask, floor):
    found = ask()
    clinician.post(f"/review/{found.pk}/", AGAINST)

    response = clinician.post(f"/review/second/{found.reviews.get().pk}/", {"agrees": "yes"})

    assert response.status_code == 409
    assert "ask a colleague" in response.content.decode()


def test_sorting_by_preference_leaves_the_ranks_as_they_are(clinician, ask):
    found = ask(findings=[{"kind": "symptom", "code": "insomnia", "value": 3}], responses=[])
    ranked = [each["therapy"]["name"] for each in found.answer["suggestions"]]
    last = found.answer["suggestions"][0]["therapy"]["code"]
    models.TherapyRecord.objects.create(
        code=last, name=ranked[0], kind="medication", offered=False, attributes=["qt"]
    )

    def names(**query):
        response = clinician.get(f"/review/{found.pk}/", query)
        return [each.given["therapy"]["name"] for each in response.context["ordered"]]

    assert names() == ranked
    assert names(order="name") == sorted(ranked)
    assert names(offered="yes") == [*ranked[1:], ranked[0]]
    assert names(avoid="qt") == [*ranked[1:], ranked[0]]
    assert "The ranks beside the names are unchanged" in page_of(clinician, found, avoid="qt")
    assert "not offered here" in page_of(clinician, found)


def test_the_print_view_says_nothing_of_ranks(clinician, ask):
    found = ask(findings=[{"kind": "symptom", "code": "insomnia", "value": 3}], responses=[])

    page = clinician.get(f"/review/{found.pk}/print/").content.decode()

    names = [each["therapy"]["name"] for each in found.answer["suggestions"]]
    headings = re.findall(r'<h2 id="option-\d">([^<]+)', page)
    assert headings == sorted(names)
    assert not re.search(r"\brank", page, re.IGNORECASE)
    assert "Tied" not in page
    assert "Wait, and look again" in page
    assert "Simulated data." in page


def test_others_of_a_class_say_where_the_list_has_them(clinician, ask):
    found = ask(findings=[{"kind": "symptom", "code": "insomnia", "value": 3}], responses=[])
    for code, name in (("sertraline", "Sertraline"), ("citalopram", "Citalopram")):
        models.TherapyRecord.objects.create(
            code=code, name=name, kind="medication", therapy_class="ssri", evidence_grade="A"
        )

    page = page_of(clinician, found)

    assert "Citalopram: not put forward here" in page
    assert "evidence A" in page


def test_evidence_and_order_that_disagree_are_told_in_words(clinician, ask):
    found = ask()
    given = found.answer["suggestions"][0]
    models.TherapyRecord.objects.create(
        code=given["therapy"]["code"], name="X", kind="medication", evidence_grade="C"
    )
    low = page_of(clinician, found)
    given["rank"] = 6
    found.save()
    models.TherapyRecord.objects.update(evidence_grade="A")

    assert "Little supported by trials, ranked first here." in low
    assert "Well supported by trials, ranked sixth here." in page_of(clinician, found)


def test_a_group_too_small_to_count_is_said_to_be_so(clinician, ask):
    found = ask()
    found.answer["suggestions"][0].update(probability=None, interval=None, support=None)
    found.save()

    assert "too few cases" in page_of(clinician, found)


def test_what_is_missing_names_what_hangs_on_it(clinician, live_version):
    models.ConceptRecord.objects.create(
        kind="background", code="pregnant", display="Pregnancy", value_type="flag"
    )
    models.SafetyRuleRecord.objects.create(
        code="floor-pregnancy",
        therapy="mirtazapine",
        kind="background",
        finding="pregnant",
        severity="withhold",
        reason="Not in pregnancy.",
        source="tests",
        floor=True,
    )
    body = {
        "pathway": "depression",
        "case": {
            "findings": [{"kind": "symptom", "code": "insomnia", "value": 3}],
            "responses": [{"therapy": "exercise", "response": "partial"}],
        },
    }
    given = clinician.post("/api/v1/suggestions/", body, content_type="application/json").json()

    page = clinician.get(f"/review/{given['id']}/").content.decode()

    assert "Pregnancy: until it is recorded, 1 therapy is withheld." in page
    assert "exercise: whether it is still in use." in page
    assert "would tell these suggestions apart the most" in page
    assert "Allergies: nobody recorded whether there are any." in page


def test_what_is_not_tolerated_stands_with_the_case(clinician, ask):
    found = ask(allergies=["exercise", "maoi"])

    page = page_of(clinician, found)

    assert "<h3>Not tolerated</h3><ul><li>exercise</li><li>maoi</li></ul>" in page
    assert "nobody recorded whether there are any" not in page


def test_findings_that_are_absent_stand_apart_from_those_that_are_there(clinician, ask):
    found = ask(
        findings=[
            {"kind": "symptom", "code": "insomnia", "value": 0},
            {"kind": "symptom", "code": "worry", "value": 1},
            {"kind": "symptom", "code": "guilt", "value": 3},
        ]
    )
    for code in ("insomnia", "worry", "guilt"):
        models.ConceptRecord.objects.create(
            kind="symptom", code=code, display=code.title(), value_type="severity"
        )

    page = page_of(clinician, found)

    assert page.index("Guilt: severe") < page.index("Worry: mild") < page.index("1 recorded as")
