"""Searches at the administrator's desk: started, watched, cancelled, their winner trained."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from recommender import models
from recommender.ml.recipes import Recipe
from recommender.services import demo_users, trials, tuning
from tests.published import a_published_dataset

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = Recipe("quick", ("crossed-effects", "response-rate"), folds=2)
ADD = "admin:recommender_parametersearch_add"


@pytest.fixture
def desk(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_users.create(by="test")

    def as_(username):
        user = User.objects.get(username=username)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_


def page_of(search, verb="change"):
    return reverse(f"admin:recommender_parametersearch_{verb}", args=[search.pk])


def a_search(**given):
    wanted = tuning.Wanted("depression", QUICK, trials=2, **given)
    return tuning.request(wanted=wanted, by="admin", on_worker=False)


def test_a_search_is_started_from_a_form_and_leads_to_its_page(desk):
    a_published_dataset()
    form = {
        "pathway": "depression", "recipe": "crossed-effects", "datasets": ["small@1"],
        "trials": 3, "seed": 5, "name": "sharper",
    }  # fmt: skip

    client = desk("dataset-admin")
    assert "Name of the new recipe" in client.get(reverse(ADD)).content.decode()
    answer = client.post(reverse(ADD), form)

    search = models.ParameterSearch.objects.get()
    assert answer["Location"] == page_of(search)
    assert (search.base_name, search.name, search.seed) == ("crossed-effects", "sharper", 5)
    assert (search.requested_by, search.on_worker) == ("dataset-admin", True)
    assert search.trials.count() == 4
    assert search.trials.filter(sent_at=None).count() == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"recipe": "nothing"}, "Select a valid choice"),
        ({"recipe": "popularity"}, "no parameter to search"),
        ({"trials": 1}, "greater than or equal to 2"),
        ({"seed": -4}, "greater than or equal to 0"),
        ({"name": "default"}, "already"),
        ({"name": "No Good"}, "lower-case"),
        ({"datasets": ["other@1"]}, "Select a valid choice"),
        ({"pathway": ""}, "This field is required"),
    ],
)
def test_what_cant_be_searched_is_said_beside_its_field(desk, given, says):
    a_published_dataset(cases=20)
    a_published_dataset("grief", name="other", cases=20)
    form = {"pathway": "depression", "recipe": "default", "trials": 2} | given

    page = desk("dataset-admin").post(reverse(ADD), form)

    assert page.status_code == 200
    assert says in page.content.decode()
    assert not models.ParameterSearch.objects.exists()


def test_the_page_shows_every_trial_and_is_asked_again_until_it_ends(desk):
    a_published_dataset()
    search = a_search()
    trials.carry_out(trial_id=search.trials.get(number=0).pk, worker="here:1")
    client = desk("dataset-admin")

    begun = client.get(page_of(search)).content.decode()
    part = client.get(page_of(search, "state")).content.decode()
    trials.carry_out_search(search=search, worker="here:1")
    ended = client.get(page_of(search)).content.decode()

    assert "1 of 3 trials done" in begun
    assert "Cancel" in begun
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part
    assert "every 2s" not in ended
    assert "Train quick-tuned" in ended
    for trial in search.trials.all():
        assert f"{trial.log_loss:.4f}" in ended


def test_a_search_is_cancelled_from_its_page_and_a_second_time_is_refused(desk):
    a_published_dataset()
    search = a_search()
    client = desk("dataset-admin")

    client.post(page_of(search, "cancel"))
    again = client.post(page_of(search, "cancel"), follow=True).content.decode()

    search.refresh_from_db()
    assert search.status == "cancelled"
    assert "already ended" in again


def test_what_a_search_found_is_trained_from_its_page_and_from_the_list_of_recipes(desk):
    a_published_dataset()
    search = trials.carry_out_search(search=a_search(name="sharper"), worker="here:1")
    client = desk("dataset-admin")

    client.post(page_of(search, "train"))
    client.post(
        reverse("admin:recommender_reciperecord_changelist"),
        {"action": "train", "_selected_action": [search.winning_recipe.pk]},
    )
    client.post(
        reverse("admin:recommender_pathway_changelist"),
        {
            "action": "start_training",
            "_selected_action": [search.pathway.pk],
            "recipe": "sharper",
        },
    )

    runs = models.TrainingRun.objects.all()
    assert [(run.recipe_name, run.requested_by) for run in runs] == [
        ("sharper", "dataset-admin")
    ] * 3
    assert "sharper" in client.get(reverse("admin:recommender_pathway_changelist")).content.decode()


def test_only_those_whose_work_it_is_see_or_start_a_search(desk):
    a_published_dataset()
    search = a_search()

    assert desk("auditor").get(page_of(search)).status_code == 403
    assert desk("auditor").get(reverse(ADD)).status_code == 403
    assert desk("clinician").post(page_of(search, "cancel")).status_code == 302
    search.refresh_from_db()
    assert search.status == "queued"
    missing = page_of(search).replace(str(search.pk), "nothing")
    assert desk("dataset-admin").get(missing).status_code == 404


def test_the_first_page_shows_a_search_under_way(desk):
    a_published_dataset()
    search = a_search()

    page = desk("dataset-admin").get("/admin/").content.decode()

    assert page_of(search) in page
    assert "search of quick" in page
