"""The admin: who sees what, and that what changes goes through the services."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.files.storage import storages
from django.urls import reverse

from recommender import models
from recommender.admin import sidebar
from recommender.services import access, audit, demo_users, registry
from recommender.services.access import Role
from tests import published

pytestmark = pytest.mark.django_db
RECORDS = [model for model in admin.site._registry if model._meta.app_label == "recommender"]
# Django's admin can't hold a record whose key is made of two columns; keys and the tokens' ids
# that guard against replay aren't for people; a catalogue's changes stand on its own page.
NOT_SHOWN = {
    models.FindingRecord,
    models.TherapyResponse,
    models.IdempotencyKey,
    models.CdsCall,
    models.CatalogueChange,
    models.CatalogueSignature,
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


def list_of(model):
    return reverse(f"admin:recommender_{model._meta.model_name}_changelist")


def promotion_of(version):
    return reverse("admin:recommender_modelversion_promotion", args=[version.pk])


def act(client, model, action, *rows, **fields):
    body = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
    return client.post(list_of(model), body, follow=True).content.decode()


def test_every_record_is_there():
    ours = {model for name in models.__all__ if (model := getattr(models, name))}

    assert set(RECORDS) == ours - NOT_SHOWN


@pytest.mark.parametrize("model", RECORDS)
def test_a_record_is_seen_by_those_whose_work_it_is(log_in, model):
    seen_by = {
        username: log_in(username).get(list_of(model)).status_code
        for username in ("admin", "dataset-admin", "auditor", "clinician")
    }

    assert seen_by["clinician"] == 302
    if model in (models.AuditEvent, models.ChainCheck):
        assert (seen_by["auditor"], seen_by["dataset-admin"], seen_by["admin"]) == (200, 403, 403)
    elif model in (models.ApiToken, models.CdsClient):
        assert (seen_by["auditor"], seen_by["dataset-admin"], seen_by["admin"]) == (403, 403, 200)
    else:
        assert (seen_by["auditor"], seen_by["dataset-admin"], seen_by["admin"]) == (403, 200, 200)


@pytest.mark.parametrize(
    ("username", "seen", "not_seen"),
    [
        ("dataset-admin", "Uploads", "Audit events"),
        ("auditor", "Audit events", "Uploads"),
        ("admin", "API clients", "Audit events"),
    ],
)
def test_the_sidebar_leads_to_what_one_may_see(log_in, username, seen, not_seen):
    groups = log_in(username).get("/admin/").context["sidebar_navigation"]
    titles = {item["title"] for group in groups for item in group["items"]}

    assert seen in titles
    assert not_seen not in titles


def test_what_no_group_of_the_sidebar_names_stands_under_more(log_in):
    groups = log_in("admin").get("/admin/").context["sidebar_navigation"]
    more = next(group for group in groups if group["title"] == "More")

    assert "AccessAttempt" not in sidebar.NAMED
    assert "Access attempts" in {item["title"] for item in more["items"]}


def test_nothing_is_added_changed_or_deleted_by_hand(log_in):
    dataset = published.a_published_dataset(cases=5)
    client = log_in("dataset-admin")
    address = f"{list_of(models.DataSet)}{dataset.pk}/"

    assert client.get(f"{address}change/").status_code == 200
    assert client.post(f"{address}change/", {"name": "x"}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{list_of(models.DataSet)}add/").status_code == 403


def test_a_data_set_is_withdrawn_with_a_reason(log_in):
    dataset = published.a_published_dataset(cases=5)
    client = log_in("dataset-admin")

    without = act(client, models.DataSet, "withdraw", dataset)
    dataset.refresh_from_db()
    assert dataset.status == "published"
    assert "reason" in without.lower()

    act(client, models.DataSet, "withdraw", dataset, reason="A clinic asked for it.")
    dataset.refresh_from_db()
    assert (dataset.status, dataset.withdrawn_by) == ("withdrawn", "dataset-admin")


def test_training_is_started_from_the_pathway_and_cancelled(log_in):
    dataset = published.a_published_dataset(cases=5)
    client = log_in("dataset-admin")

    act(client, models.Pathway, "start_training", dataset.pathway, recipe="popularity")
    run = models.TrainingRun.objects.get()
    assert (run.recipe_name, run.requested_by) == ("popularity", "dataset-admin")

    act(client, models.TrainingRun, "cancel", run)
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_version_is_promoted_and_taken_back_and_a_refusal_is_said(log_in):
    registry.forget()
    dataset = published.a_published_dataset()
    first, second = (published.a_version(dataset, seed=seed) for seed in (1, 2))
    client = log_in("dataset-admin")

    for version in (first, second):
        client.post(promotion_of(version))
    act(client, models.ModelVersion, "roll_back", second)
    refused = act(client, models.ModelVersion, "roll_back", second)

    first.refresh_from_db()
    assert first.status == "live"
    assert "nothing to take back" in refused
    for version in (first, second):
        storages["artifacts"].delete(version.artifact)


def test_a_token_is_revoked(log_in):
    made = access.create_client(name="ehr", roles=frozenset({Role.EHR_CLIENT}), by="test")

    act(log_in("admin"), models.ApiToken, "revoke", made.token)

    made.token.refresh_from_db()
    assert made.token.revoked_at is not None


def test_the_list_of_data_sets_costs_as_many_queries_for_many_as_for_one(
    log_in, django_assert_max_num_queries
):
    for version in range(1, 6):
        published.a_published_dataset(cases=1, seed=version, version=version)
    client = log_in("dataset-admin")

    with django_assert_max_num_queries(12):
        assert client.get(list_of(models.DataSet)).status_code == 200


def test_a_change_of_somebodys_roles_is_in_the_audit_chain(log_in):
    client = log_in("admin")
    clinician = User.objects.get(username="clinician")
    address = reverse("admin:auth_user_change", args=[clinician.pk])
    form = client.get(address).context["adminform"].form
    body = {name: "" if value is None else value for name, value in form.initial.items()}
    body = {name: value for name, value in body.items() if name not in {"password", "last_login"}}
    body |= {"groups": [], "user_permissions": []}
    body |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    body |= {"last_login_0": "", "last_login_1": ""}

    assert client.post(address, body).status_code == 302

    assert access.roles_of(User.objects.get(username="clinician")) == set()
    event = models.AuditEvent.objects.get(action="user.changed")
    assert (event.actor, event.target, event.version) == ("admin", "clinician", "")
    assert audit.verify().intact


def test_only_the_admin_may_run_what_its_theme_needs(log_in):
    client = log_in("admin")

    assert "unsafe-eval" in client.get("/admin/")["Content-Security-Policy"]
    assert "unsafe-inline" not in client.get("/admin/")["Content-Security-Policy"]
    assert "unsafe" not in client.get("/api/docs/")["Content-Security-Policy"]


def test_the_roles_are_there_to_be_given():
    import_module("recommender.migrations.0007_role_groups").make_groups(apps, None)

    assert set(Role) <= set(Group.objects.values_list("name", flat=True))


def test_suggestions_are_stopped_and_go_on_again(log_in):
    client = log_in("dataset-admin")
    address = f"{list_of(models.SuggestionStop)}add/"

    unknown = client.post(address, {"reason": "Recall.", "therapy_class": "moonlight"})
    client.post(address, {"reason": "Doses are being checked."})
    stop = models.SuggestionStop.objects.get()
    twice = client.post(address, {"reason": "Doses are being checked."})
    without = act(client, models.SuggestionStop, "lift", stop)
    act(client, models.SuggestionStop, "lift", stop, reason="They are right.")

    stop.refresh_from_db()
    assert "No therapy is of this class" in unknown.content.decode()
    assert "stopped already" in twice.content.decode()
    assert "Say why" in without
    assert (stop.stopped_by, stop.lifted_by) == ("dataset-admin", "dataset-admin")
