"""Who may ask, by which name, and what every answer says to protect its reader."""

import asyncio
import base64

import httpx
import pytest
from web.conftest import served

from leadline.errors import SettingError
from leadline.web.app import refusal
from leadline.web.guard import POLICY, Guard
from leadline.web.settings import Settings
from leadline.web.shelf import Sources

TOKEN = "a-token-of-many-letters"  # noqa: S105 - of a test
HERE = "/healthz", "/metrics", "/", "/nowhere", "/api/v1/health", "/api/v1/nowhere"


@pytest.fixture(scope="module")
def closed(sources):
    """Give a browser on a site that asks for a token."""
    with served(sources, token=TOKEN) as made:
        yield made


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize("path", HERE)
def test_every_answer_protects_its_reader(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["content-security-policy"] == POLICY
    assert "server" not in headers
    assert headers["cache-control"]


def test_the_policy_lets_nothing_run_that_is_not_ours():
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in POLICY


def test_a_picture_by_itself_can_run_nothing(client):
    policy = client.get("/articles/silver-2026/S27/badge.svg").headers["content-security-policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy


# Names


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost:8017", "127.0.0.1", "127.0.0.1:80", "[::1]:8017", "[0:0:0:0:0:0:0:1]"],
)
def test_this_machine_is_asked_by_its_own_names(client, host):
    assert client.get("/metrics", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8017",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[::2]",
        "[",
        "",
        "localhost, evil.example",
    ],
)
@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/health"])
def test_a_name_of_somebody_else_is_refused(client, host, path):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code in {400, 421}
    assert "evil" not in answer.text
    assert "http://" not in answer.headers.get("location", "")


def test_the_health_may_be_asked_for_by_any_name(client):
    assert client.get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200


def test_the_name_that_the_site_is_given_is_its_own(sources):
    settings = Settings(
        Sources(database=sources.database, url="https://leadline.example"), hosts=("Other.Example",)
    )
    assert settings.names >= {"leadline.example", "other.example", "localhost"}


def test_over_a_network_any_name_will_do_unless_there_is_a_list():
    assert Settings(host="192.0.2.1").names is None
    named = Settings(host="192.0.2.1", hosts=("leadline.example",)).names
    assert named == {"leadline.example", "192.0.2.1", "localhost", "127.0.0.1", "::1"}


# The token


@pytest.mark.parametrize("path", [path for path in HERE if path != "/healthz"])
@pytest.mark.parametrize(
    "credentials",
    [
        None,
        "",
        "Bearer",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        TOKEN,
        f"Digest {TOKEN}",
        "Basic !!!",
        "Basic /////w==",
        basic(TOKEN, ""),
    ],
)
def test_without_the_token_nothing_is_told(closed, path, credentials):
    headers = {} if credentials is None else {"Authorization": credentials}
    answer = closed.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "Bearer" in answer.headers["www-authenticate"]
    assert answer.headers["cache-control"] == "no-store"
    assert "Authorization: Bearer TOKEN" in answer.text.replace("&#39;", "'")
    assert "silver" not in answer.text
    is_json = answer.headers["content-type"].startswith(("application/json", "application/problem"))
    assert is_json == path.startswith("/api/")


@pytest.mark.parametrize(
    "credentials",
    [f"Bearer {TOKEN}", f"bearer  {TOKEN}", basic("", TOKEN), basic("anybody", TOKEN)],
)
def test_with_the_token_everything_is(closed, credentials):
    for path in ("/metrics", "/api/v1/health", "/articles/silver-2026/S04/verdict.json"):
        answer = closed.get(path, headers={"Authorization": credentials})
        assert answer.status_code == 200, path
    assert "private" in answer.headers["cache-control"]


def test_the_health_needs_no_token(closed):
    assert closed.get("/healthz").status_code == 200


def test_a_token_said_twice_is_no_token(closed):
    twice = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer x")]
    assert closed.get("/metrics", headers=httpx.Headers(twice)).status_code == 401


@pytest.mark.parametrize("token", ["", "short", "with a space in the middle", "é" * 20, "a\n" * 20])
def test_a_weak_token_is_refused(token):
    with pytest.raises(SettingError, match="16 or more letters"):
        Settings(token=token)


def test_the_token_is_in_no_repr():
    assert TOKEN not in repr(Settings(token=TOKEN))


def test_whoever_waits_while_the_server_ends_is_told(sources):
    sent = []

    async def endless(*_):
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    async def ask():
        guard = Guard(endless, settings=Settings(sources), refuse=refusal)
        scope = {"type": "http", "method": "GET", "path": "/api/v1/claims", "headers": []}
        waiting = asyncio.create_task(guard(scope, None, send))
        await asyncio.sleep(0)
        waiting.cancel()
        await waiting

    asyncio.run(ask())
    assert sent[0]["status"] == 503
    assert b"closing" in sent[1]["body"]
