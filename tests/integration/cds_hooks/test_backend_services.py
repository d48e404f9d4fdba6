"""SMART Backend Services: a token by a signed assertion. Sections are of SMART App Launch 2.2."""

import contextlib
import json
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.utils import timezone

from api.authentication import forget_tokens
from recommender import models
from recommender.services import access, cds_clients, client_keys, oauth
from tests.integration.cds_hooks.conftest import HOST, ISSUER
from tests.integration.suggestions.bodies import ADDRESS, SLEEPLESS

pytestmark = pytest.mark.django_db
TOKEN = "/oauth/token"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def no_memory():
    forget_tokens()
    client_keys.forget()


def ask(ehr, *, scope="system/Suggestion.cr", changes=(), content_type=FORM, **claims):
    assertion = ehr.token(TOKEN, **{"sub": ISSUER, **claims})
    form = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": oauth.ASSERTION,
        "client_assertion": assertion,
        **dict(changes),
    }
    body = "&".join(f"{name}={value}" for name, value in form.items())
    return Client().post(TOKEN, body, content_type=content_type)


def test_a_signed_assertion_gets_a_token_that_opens_the_api(ehr, live_version):
    """Backend Services, Obtain Access Token."""
    answer = ask(ehr)
    given = answer.json()

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert (given["token_type"], given["scope"]) == ("bearer", "system/Suggestion.cr")
    assert given["expires_in"] <= 300
    asked = Client().post(
        ADDRESS,
        SLEEPLESS,
        content_type="application/json",
        headers={"Authorization": f"Bearer {given['access_token']}"},
    )
    assert asked.status_code == 201
    assert models.SuggestionList.objects.get().requested_by.startswith("cds-client-")


def test_an_assertion_need_not_say_when_it_was_made(ehr):
    """Asymmetric Authentication, Authentication JWT: iss, sub, aud, exp, jti, and no more."""
    assert ask(ehr, iat=None).status_code == 200
    assert ask(ehr, iat=None, exp=lambda now: now + 900).status_code == 401


def test_a_token_ends_after_five_minutes_and_is_forgotten(ehr):
    ask(ehr)
    (token,) = models.ApiToken.objects.all()
    assert token.expires - timezone.now() <= timedelta(seconds=300)

    models.ApiToken.objects.update(expires=timezone.now() - timedelta(days=2))
    assert access.forget_short_tokens() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "https://other.example"},
        {"sub": None},
        {"iss": "https://other.example", "sub": "https://other.example"},
        {"aud": f"{HOST}/other"},
        {"exp": lambda now: now + 900},
        {"iat": lambda now: now + 500, "exp": lambda now: now + 700},
        {"exp": lambda now: now - 300},
        {"jti": None},
        {"key": rsa.generate_private_key(65_537, 2048), "alg": "RS384"},
        {"key": "x" * 64, "alg": "HS384"},
    ],
)
def test_an_assertion_that_is_not_the_clients_own_is_an_invalid_client(ehr, claims):
    """Asymmetric Authentication, Signature Verification."""
    answer = ask(ehr, **claims)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert not models.ApiToken.objects.exists()


def test_an_assertion_is_taken_once(ehr):
    """Asymmetric Authentication: jti."""
    assertion = {"client_assertion": ehr.token(TOKEN, sub=ISSUER)}.items()

    assert [ask(ehr, changes=assertion).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_assertion_type": "x"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "patient/Observation.rs"}, "invalid_scope"),
        ({"scope": "system/Observation.rs"}, "invalid_scope"),
    ],
)
def test_another_fault_is_named_as_oauth_names_it(ehr, changes, error):
    """RFC 6749, 5.2."""
    answer = ask(ehr, changes=changes.items())

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(("client_id", "status"), [(ISSUER, 200), ("somebody else", 401)])
def test_a_client_id_beside_the_assertion_has_to_be_the_same(ehr, client_id, status):
    """RFC 7521, 4.2."""
    answer = ask(ehr, changes={"client_id": client_id}.items())

    assert answer.status_code == status
    assert answer.json().get("error") == (None if status == 200 else "invalid_client")


def test_only_a_form_is_read(ehr):
    assert ask(ehr, content_type="application/json").json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("system/*.rs", "system/Suggestion.r"),
        ("system/*.cruds", "system/Suggestion.cr"),
        ("system/*.read", "system/Suggestion.r"),
        ("system/Suggestion.write", "system/Suggestion.c"),
        ("system/*.* openid", "system/Suggestion.cr"),
        ("system/Patient.rs system/Suggestion.r", "system/Suggestion.r"),
        ("user/*.rs", ""),
        ("system/Suggestion.", ""),
    ],
)
def test_of_the_scopes_asked_for_what_there_is_is_granted(asked, granted):
    assert oauth.granted_of(asked) == granted


@pytest.mark.parametrize(("scope", "status"), [("r", 403), ("c", 201)])
def test_a_token_does_no_more_than_its_scope(ehr, live_version, scope, status):
    given = ask(ehr, scope=f"system/Suggestion.{scope}").json()

    answer = Client().post(
        ADDRESS,
        SLEEPLESS,
        content_type="application/json",
        headers={"Authorization": f"Bearer {given['access_token']}"},
    )

    assert answer.status_code == status


def test_the_configuration_says_where_and_how(client):
    """Conformance, .well-known/smart-configuration."""
    found = client.get("/.well-known/smart-configuration").json()

    assert found["token_endpoint"] == f"{HOST}{TOKEN}"
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert set(found["token_endpoint_auth_signing_alg_values_supported"]) == {"ES384", "RS384"}
    assert "client-confidential-asymmetric" in found["capabilities"]
    assert found["grant_types_supported"] == ["client_credentials"]


class KeyServer:
    """Publishes a key set, and counts how often it is asked."""

    def __init__(self, keys):
        self.keys, self.asked, self.status, self.drips = keys, 0, 200, False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                content = json.dumps(outer.keys).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if not outer.drips:
                    self.wfile.write(content)
                    return
                with contextlib.suppress(OSError):
                    for byte in content:
                        self.wfile.write(bytes([byte]))
                        time.sleep(0.1)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/jwks"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def published(ehr):
    server = KeyServer(ehr.keys)
    cds_clients.register(name="ward EHR", issuer=ISSUER, keys=None, jwks_url=server.url, by="test")
    yield server
    server.close()


def test_keys_are_read_where_they_are_registered_to_be_published_and_kept(ehr, published):
    assert [ehr.get("/cds-services").status_code for _ in range(3)] == [200] * 3
    assert ask(ehr).status_code == 200
    assert published.asked == 1


def test_a_new_key_is_found_and_an_unknown_one_does_not_make_us_ask_each_time(
    ehr, published, monkeypatch
):
    assert [ehr.get("/cds-services", kid="second").status_code for _ in range(3)] == [401] * 3
    assert published.asked == 1

    monkeypatch.setattr(client_keys, "ASK_AGAIN_SECONDS", 0.0)
    published.keys = {"keys": [{**published.keys["keys"][0], "kid": "second"}]}
    assert ehr.get("/cds-services", kid="second").status_code == 200


@pytest.mark.parametrize("status", [404, 302, 500])
def test_an_address_that_does_not_publish_trusts_nobody(ehr, published, status):
    published.status = status

    assert ehr.get("/cds-services").status_code == 401


def test_keys_that_are_known_outlive_an_address_that_is_down_for_a_while(
    ehr, published, monkeypatch
):
    assert ehr.get("/cds-services").status_code == 200
    monkeypatch.setattr(client_keys, "KEPT_SECONDS", 0.0)
    published.status = 500
    assert ehr.get("/cds-services").status_code == 200

    monkeypatch.setattr(client_keys, "TRUSTED_UNSEEN_SECONDS", 0.0)
    assert ehr.get("/cds-services").status_code == 401


def test_keys_that_are_published_no_more_are_trusted_no_more(ehr, published, monkeypatch):
    assert ehr.get("/cds-services").status_code == 200
    monkeypatch.setattr(client_keys, "KEPT_SECONDS", 0.0)
    published.keys = {"keys": [{**published.keys["keys"][0], "kid": "second"}]}

    assert ehr.get("/cds-services").status_code == 401


def test_an_address_that_drips_costs_two_seconds(ehr, published):
    published.drips = True
    began = time.monotonic()

    assert ehr.get("/cds-services").status_code == 401
    assert time.monotonic() - began < 2 * client_keys.LIMITS.seconds


def test_an_address_that_a_token_names_by_itself_is_never_asked(ehr, published):
    elsewhere = KeyServer(ehr.keys)
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": f"{HOST}/cds-services", "iat": now, "exp": now + 60, "jti": "once",
    }  # fmt: skip
    headers = {"kid": "first", "typ": "JWT", "jku": elsewhere.url}
    token = jwt.encode(claims, ehr.key, algorithm="ES384", headers=headers)

    assert ehr.get("/cds-services", token=token).status_code == 401
    assert elsewhere.asked == published.asked == 0
    elsewhere.close()
