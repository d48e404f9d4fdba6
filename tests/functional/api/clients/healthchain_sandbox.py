"""HealthChain plays an EHR: its sandbox asks for cards, its token manager gets a SMART token.

Runs in an environment of its own (`requirements/clients.txt`). Reads
`{service, id, workflow, issuer, kid, pem, prefetch}` on stdin; answers in JSON on stdout.
"""

import functools
import json
import sys
import time
import uuid
from collections.abc import Iterator

import httpx
import jwt
from healthchain.gateway.clients.auth import OAuth2Config, OAuth2TokenManager
from healthchain.models import CDSResponse
from healthchain.models.responses.cdsdiscovery import CDSServiceInformation
from healthchain.sandbox import SandboxClient, sandboxclient

given = json.load(sys.stdin)
private_key = open(given["pem"]).read()  # noqa: PTH123, SIM115
statuses: list[int] = []


class Signed(httpx.Auth):
    """What HealthChain leaves to whoever runs it: the token of each call."""

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        now = int(time.time())
        claims = {
            "iss": given["issuer"], "aud": str(request.url), "iat": now, "exp": now + 60,
            "jti": uuid.uuid4().hex,
        }  # fmt: skip
        token = jwt.encode(claims, private_key, "RS384", headers={"kid": given["kid"]})
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        statuses.append(response.status_code)


def cards() -> tuple[list[dict], bool]:
    """The cards for the prefetch, and whether HealthChain's own model takes them."""
    address = f"{given['service']}/cds-services/{given['id']}"
    sandboxclient.httpx.Client = functools.partial(httpx.Client, auth=Signed())
    client = SandboxClient(url=address, workflow=given["workflow"])
    client._construct_request(given["prefetch"])
    (answer,) = client.send_requests()
    return answer.get("cards", []), is_taken(answer)


def is_taken(answer: dict) -> bool:
    """Its model asks for two members that CDS Hooks leaves open; with those it takes ours."""
    for card in answer.get("cards", []):
        for suggestion in card.get("suggestions", []):
            suggestion.setdefault("isRecommended", None)
        for link in card.get("links", []):
            link.setdefault("autoLaunchable", None)
    CDSResponse(**answer)
    return True


with httpx.Client(auth=Signed()) as http:
    found = http.get(f"{given['service']}/cds-services").json()
services = [each.id for each in CDSServiceInformation(**found).services]
configuration = httpx.get(f"{given['service']}/.well-known/smart-configuration").json()
config = OAuth2Config(
    client_id=given["issuer"],
    token_url=configuration["token_endpoint"],
    client_secret_path=given["pem"],
    scope="system/Suggestion.r",
    use_jwt_assertion=True,
    key_id=given["kid"],
)
token = OAuth2TokenManager(config).get_access_token()
asked = httpx.get(
    f"{given['service']}/api/v1/pathways/", headers={"Authorization": f"Bearer {token}"}
)
shown, taken = cards()
json.dump(
    {
        "services": services,
        "cards": shown,
        "taken": taken,
        "statuses": statuses,
        "api": asked.status_code,
    },
    sys.stdout,
)
