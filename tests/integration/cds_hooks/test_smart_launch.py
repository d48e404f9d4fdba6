"""SMART App Launch 2.2: from the EHR to the list, with an authorisation server that checks us."""

import base64
import hashlib
import html
import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import User
from django.test import Client

from recommender import models
from recommender.services import access, client_keys
from recommender.services.access import Role
from tests.integration.cds_hooks.bodies import PATH, patient_view

pytestmark = pytest.mark.django_db
CLIENT_ID = "recommender-at-ward"


class AuthorisationServer:
    """Does what an EHR's does: keeps the challenge, checks the verifier, signs the id_token."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.issued, self.used = {}, []
        self.claims, self.more, self.configuration = {}, {}, {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                known = {
                    "/fhir/.well-known/smart-configuration": outer.document,
                    "/jwks": outer.jwks,
                }
                found = known.get(self.path)
                self._answer(200 if found else 404, found() if found else {})

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
                self._answer(*outer.exchange(form))

            def _answer(self, status, body):
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.iss = f"{self.host}/fhir"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self):
        return {
            "issuer": self.host,
            "authorization_endpoint": f"{self.host}/authorize",
            "token_endpoint": f"{self.host}/token",
            "jwks_uri": f"{self.host}/jwks",
            **self.configuration,
        }

    def jwks(self):
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "ehr", "alg": "ES384", "use": "sig"}]}

    def authorise(self, address, *, code="code-1"):
        """What a browser and a clinician do there; answers where the browser is sent back to."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        self.issued[code] = asked
        return f"{urlsplit(asked['redirect_uri']).path}?code={code}&state={asked['state']}", asked

    def exchange(self, form):
        asked = self.issued.pop(form.get("code"), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
            or form["client_id"] != asked["client_id"]
        ):
            return 400, {"error": "invalid_grant"}
        self.used.append(form)
        now = int(time.time())
        claims = {
            "iss": self.host, "aud": CLIENT_ID, "sub": "x", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "fhirUser": f"{self.iss}/Practitioner/12", **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(claims, self.key, algorithm="ES384", headers={"kid": "ehr"})
        return 200, {
            "access_token": "SECRET",
            "token_type": "Bearer",
            "id_token": token,
            **self.more,
        }

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def server(ehr):
    client_keys.forget()
    made = AuthorisationServer()
    models.CdsClient.objects.update(fhir_servers=[made.iss], smart_client_id=CLIENT_ID)
    yield made
    made.close()


def launched(server, browser, launch="xyz"):
    more = f"&launch={launch}" if launch else ""
    return browser.get(f"/smart/launch?iss={server.iss}{more}")


def test_a_card_leads_by_a_launch_to_its_list(ehr, server, live_version):
    card = ehr.post(PATH, patient_view("193462001")).json()["cards"][-1]
    (link,) = card["links"]
    assert link["type"] == "smart"
    server.more = {"appContext": link["appContext"]}
    browser = Client()

    address = browser.get(f"{urlsplit(link['url']).path}?iss={server.iss}&launch=xyz")["Location"]
    back, asked = server.authorise(address)
    arrived = browser.get(back)

    assert address.startswith(f"{server.host}/authorize?")
    assert (asked["response_type"], asked["aud"], asked["launch"]) == ("code", server.iss, "xyz")
    assert asked["code_challenge_method"] == "S256"
    assert {"launch", "openid", "fhirUser"} <= set(asked["scope"].split())
    assert arrived["Location"] == f"/review/{models.SuggestionList.objects.get().pk}/"
    assert browser.get(arrived["Location"]).status_code == 200
    user = User.objects.get(username__startswith="ehr-")
    assert access.roles_of(user) == {Role.CLINICIAN}
    assert user.username.endswith("Practitioner-12")
    assert not user.has_usable_password()


def test_without_a_list_one_lands_on_the_queue_and_the_same_person_is_known_again(server):
    for code in ("a", "b"):
        browser = Client()
        back, _ = server.authorise(launched(server, browser, launch="")["Location"], code=code)
        assert browser.get(back)["Location"] == "/review/"

    assert User.objects.filter(username__startswith="ehr-").count() == 1


def test_the_log_in_leads_to_the_ehrs_that_one_may_come_in_from(server):
    page = Client().get("/login/").content.decode()
    (link,) = re.findall(r'href="(/smart/launch[^"]*)"', page)

    address = Client().get(html.unescape(link))["Location"]

    assert "ward EHR" in page
    assert address.startswith(f"{server.host}/authorize?")
    models.CdsClient.objects.update(enabled=False)
    assert "/smart/launch" not in Client().get("/login/").content.decode()


def test_the_token_of_the_ehr_is_not_kept(server):
    browser = Client()
    back, _ = server.authorise(launched(server, browser)["Location"])
    browser.get(back)

    assert "SECRET" not in json.dumps(dict(browser.session))


def test_each_launch_has_a_state_verifier_and_nonce_of_its_own(server):
    seen = set()
    for _ in range(3):
        _, asked = server.authorise(launched(server, Client())["Location"])
        seen |= {asked["state"], asked["nonce"], asked["code_challenge"]}

    assert len(seen) == 9
    assert min(map(len, seen)) >= 43


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": "é"},
        {"aud": "another"},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_000_000_000},
        {"fhirUser": "Patient/12"},
        {"fhirUser": None},
        {"fhirUser": "Practitioner/../admin"},
    ],
)
def test_an_identity_that_does_not_hold_lets_nobody_in(server, claims):
    server.claims = claims
    browser = Client()
    back, _ = server.authorise(launched(server, browser)["Location"])

    assert browser.get(back).status_code == 403
    assert "_auth_user_id" not in browser.session
    assert not User.objects.filter(username__startswith="ehr-").exists()


def test_an_identity_signed_by_somebody_else_lets_nobody_in(server):
    browser = Client()
    back, _ = server.authorise(launched(server, browser)["Location"])
    published = server.jwks()
    server.key = ec.generate_private_key(ec.SECP384R1())
    server.jwks = lambda: published

    assert browser.get(back).status_code == 403


def test_a_state_is_the_browsers_own_and_is_used_once(server):
    mine, other = Client(), Client()
    back, _ = server.authorise(launched(server, mine)["Location"])

    assert other.get(back).status_code == 403
    assert mine.get(back).status_code == 302
    assert Client().get(back).status_code == 403
    assert mine.get(back).status_code == 403
    assert mine.get("/smart/callback?error=access_denied").status_code == 403


@pytest.mark.parametrize(("iss", "status"), [("https://elsewhere.example", 403), (None, 302)])
def test_a_code_that_says_it_is_of_another_server_lets_nobody_in(server, iss, status):
    browser = Client()
    back, _ = server.authorise(launched(server, browser)["Location"])

    assert browser.get(f"{back}&iss={iss or server.host}").status_code == status


def test_an_ehr_that_is_not_registered_is_never_asked(server):
    assert Client().get("/smart/launch?iss=http://127.0.0.1:9/fhir").status_code == 400
    models.CdsClient.objects.update(enabled=False)
    assert launched(server, Client()).status_code == 400


@pytest.mark.parametrize(
    "configuration", [{"token_endpoint": None}, {"authorization_endpoint": "javascript:alert(1)"}]
)
def test_a_configuration_that_cannot_be_used_is_said(server, configuration):
    server.configuration = configuration

    assert launched(server, Client()).status_code == 503


def test_a_list_of_another_ehr_is_not_opened_by_a_launch(ehr, server, live_version):
    ehr.post(PATH, patient_view("193462001"))
    models.SuggestionList.objects.update(requested_by="cds:another")
    server.more = {"appContext": str(models.SuggestionList.objects.get().pk)}
    browser = Client()
    back, _ = server.authorise(launched(server, browser)["Location"])

    assert browser.get(back)["Location"] == "/review/"


def test_a_clinician_who_was_made_inactive_stays_out(server):
    browser = Client()
    back, _ = server.authorise(launched(server, browser)["Location"])
    browser.get(back)
    User.objects.filter(username__startswith="ehr-").update(is_active=False)
    again = Client()
    back, _ = server.authorise(launched(server, again)["Location"], code="c")

    assert again.get(back).status_code == 403
