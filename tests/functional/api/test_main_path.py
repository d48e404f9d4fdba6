"""A program leads a data set from a file to a live model version, over the wire."""

import io
import json
import random
import zipfile

import httpx
import pytest

from recommender.services.access import Role
from tests.published import a_safety_rule

pytestmark = pytest.mark.django_db(transaction=True)
CASES = 120


def a_dataset() -> bytes:
    chance = random.Random(1)
    tables = {
        "cases.csv": ["case,site"],
        "findings.csv": ["case,kind,code,value"],
        "responses.csv": ["case,therapy,sequence,response"],
        "therapies.csv": ["code,name,kind", "walks,Walks,lifestyle", "choir,Choir,social"],
        "vocabulary.csv": ["kind,code,display,value_type", "symptom,low,Low mood,severity"],
    }
    for case in range(CASES):
        low = chance.randint(0, 3)
        therapy = chance.choice(["walks", "choir"])
        responded = int(chance.random() < (0.3 + 0.1 * low if therapy == "walks" else 0.4))
        tables["cases.csv"].append(f"c{case},clinic-{case % 3}")
        tables["findings.csv"].append(f"c{case},symptom,low,{low}")
        tables["responses.csv"].append(f"c{case},{therapy},1,{responded}")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, lines in tables.items():
            archive.writestr(name, "\n".join(lines) + "\n")
    return content.getvalue()


def upload(client: httpx.Client, content: bytes, **fields: str) -> httpx.Response:
    return client.post(
        "/api/v1/datasets/upload/",
        data={"name": "clinic", "pathway": "low-mood", **fields},
        files={"file": ("clinic.zip", content)},
    )


@pytest.fixture
def client(server, token_of):
    headers = token_of(Role.DATASET_ADMIN)
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
        yield client


def test_from_a_file_to_a_run_that_is_watched_to_its_end(client, celery_worker_process, eventually):
    a_safety_rule()

    accepted = upload(client, a_dataset())
    assert accepted.status_code == 202, accepted.text
    ended = eventually(lambda: ended_upload(client, accepted.headers["location"]))
    assert (ended["status"], ended["problems"]) == ("imported", []), json.dumps(ended)

    dataset = f"/api/v1/datasets/{ended['dataset']}/"
    assert client.get(dataset).json()["case_count"] == CASES
    assert client.get(f"{dataset}report/").status_code == 200
    assert client.post(f"{dataset}publish/").json()["status"] == "published"

    asked = {"pathway": "low-mood", "recipe": "response-rate", "seed": 1}
    run = client.post("/api/v1/training-runs/", json=asked).headers["location"]
    names, last = watched(client, f"{run}events/")
    assert {"log", "progress"} <= names
    assert last["status"] == "succeeded", last

    version = client.get(run).json()["model_version"]
    card = client.get(f"/api/v1/model-versions/{version}/card/").json()
    assert card["trained_on"][0]["dataset"] == "clinic"


def test_a_refused_file_is_told_with_its_problems_and_without_its_values(
    client, celery_worker_process, eventually
):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("cases.csv", "case,email\nc1,jane@example.org\n")
        archive.writestr("findings.csv", "case,kind,code\nc1,symptom,insomnia\n")
        archive.writestr("responses.csv", "case,therapy,response\nc1,cbt,1\n")

    accepted = upload(client, content.getvalue())
    ended = eventually(lambda: ended_upload(client, accepted.headers["location"]))

    assert ended["status"] == "refused"
    assert ("cases.csv", "email") in {(one["file"], one["field"]) for one in ended["problems"]}
    assert "jane" not in json.dumps(ended)


def ended_upload(client: httpx.Client, address: str) -> dict | None:
    found = client.get(address).json()
    return found if found["status"] in {"imported", "refused"} else None


def watched(client: httpx.Client, address: str) -> tuple[set[str], dict]:
    names: set[str] = set()
    last = ""
    with client.stream("GET", address) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        for line in stream.iter_lines():
            if line.startswith("event: "):
                names.add(line.removeprefix("event: "))
            elif line.startswith("data: "):
                last = line.removeprefix("data: ")
    return names, json.loads(last)
