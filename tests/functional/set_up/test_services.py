"""The suite's own services: a server, a database, a worker and commands that agree."""

import json

import pytest

from recommender import models
from tasks.maintenance import pin_audit_chain


@pytest.mark.django_db(transaction=True)
def test_a_command_sees_what_a_test_has_committed(run_command):
    models.Pathway.objects.create(slug="sleep", title="Sleep")

    answer = run_command(
        "shell",
        "-v0",
        "-c",
        "from recommender import models; print(*models.Pathway.objects.values_list('slug'))",
    )

    assert "sleep" in answer.stdout, answer.stderr


@pytest.mark.django_db(transaction=True)
def test_a_worker_carries_out_what_is_in_the_database_s_queue(celery_worker_process, eventually):
    pin_audit_chain.delay()

    eventually(lambda: "audit chain head" in celery_worker_process.output)


def test_status_is_one_json_document_for_machines(run_command):
    answer = run_command("services", "status", "--json")

    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["database"] == "running"
