"""Channels: what they send, what counts as taken, and that no key is ever shown."""

import json
import logging
import sys
import time
from datetime import timedelta

import httpx
import pytest
from live import receiver

from leadline.errors import SettingError
from leadline.live import channels, webhook
from leadline.live.channels import Answer, Message, Notifier, from_settings
from leadline.live.webhook import SIGNATURE, TIMEOUT, Webhook, sign, verify_signature

MESSAGE = Message("a" * 64, "made-up/A1: state", "It turned.", '{"key":"a"}')
KEY = "a-key-in-the-path"
SECRET = receiver.SECRET


def answering(handler):
    """Give a webhook whose receiver answers as ``handler`` does."""
    made = Webhook(f"https://example.org/{KEY}", SECRET)
    made.close()
    made._client = httpx.Client(transport=httpx.MockTransport(handler), follow_redirects=False)
    return made


def status(code, **headers):
    return answering(lambda _: httpx.Response(code, headers=headers))


def test_a_webhook_sends_the_document_signed_with_its_key():
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(204)

    with answering(handler) as made:
        assert made.send(MESSAGE) == Answer("delivered")
    (request,) = seen
    assert request.method == "POST"
    assert request.content == MESSAGE.document.encode()
    assert request.headers["Idempotency-Key"] == MESSAGE.key
    assert request.headers["Content-Type"] == "application/json"
    assert verify_signature(SECRET, request.headers[SIGNATURE], request.content)


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_any_2xx_is_taken(code):
    with status(code) as made:
        assert made.send(MESSAGE).outcome == "delivered"


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(code):
    with status(code) as made:
        assert made.send(MESSAGE) == Answer("failed", f"it answered {code}")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 422])
def test_what_will_not_pass_is_a_refusal(code):
    with status(code) as made:
        assert made.send(MESSAGE) == Answer("refused", f"it answered {code}")


def test_a_redirect_is_not_followed_and_said():
    with status(308, location="https://example.com/else") as made:
        answer = made.send(MESSAGE)
    assert answer.outcome == "refused"
    assert "308 and points elsewhere" in answer.reason


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("999999999999999", 86_400), ("", None), ("soon", None), ("-3", None)],
)
def test_retry_after_is_read(said, seconds):
    with status(429, **{"retry-after": said}) as made:
        wait = made.send(MESSAGE).wait
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_retry_after_may_be_a_date():
    for zone in ("GMT", "-0000"):
        until = time.strftime(f"%a, %d %b %Y %H:%M:%S {zone}", time.gmtime(time.time() + 60))
        with status(503, **{"retry-after": until}) as made:
            assert made.send(MESSAGE).wait.total_seconds() == pytest.approx(60, abs=30)
    with status(503, **{"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT"}) as made:
        assert made.send(MESSAGE).wait == timedelta(0)


@pytest.mark.parametrize(
    ("trouble", "timeout", "reason"),
    [
        ("reset", TIMEOUT, "the connection failed (ReadError)"),
        ("late", receiver.WAIT, "it did not answer in time"),
    ],
)
def test_a_receiver_that_breaks_off_or_is_late_is_tried_again(trouble, timeout, reason):
    there = receiver.Receiver([trouble])
    with there.serving() as address, Webhook(address, SECRET, timeout=timeout) as made:
        assert made.send(MESSAGE) == Answer("failed", reason)


def test_nobody_there_is_tried_again_and_the_log_shows_no_key(caplog):
    caplog.set_level(logging.DEBUG)
    there = receiver.Receiver(["ok"])
    with there.serving() as address, Webhook(address, SECRET) as made:
        assert made.send(MESSAGE).outcome == "delivered"
        assert KEY not in made.name
    with Webhook(address, SECRET) as made:
        answer = made.send(MESSAGE)
    assert answer == Answer("failed", "the connection failed (ConnectError)")
    assert "httpx" in {record.name for record in caplog.records}
    assert KEY not in caplog.text
    assert SECRET not in caplog.text
    assert not logging.getLogger("httpx").filters


@pytest.mark.parametrize(
    ("url", "secret", "message"),
    [
        ("ftp://example.org/secret", SECRET, "LEADLINE_WEBHOOK is no web address. Write https://"),
        ("example.org/secret", SECRET, "LEADLINE_WEBHOOK is no web address. Write https://"),
        ("https://[secret", SECRET, "LEADLINE_WEBHOOK is no web address. Write https://"),
        ("https://secret:port/", SECRET, "LEADLINE_WEBHOOK is no web address. Write https://"),
        ("http://example.org/secret", SECRET, "LEADLINE_WEBHOOK: alerts go over https:// only,"),
        ("https://example.org/secret", "", "LEADLINE_WEBHOOK_SECRET is not set: alerts are"),
    ],
)
def test_a_webhook_that_cannot_be_used_is_explained_without_its_address(url, secret, message):
    environ = {"LEADLINE_WEBHOOK": url, "LEADLINE_WEBHOOK_SECRET": secret}
    with pytest.raises(SettingError) as caught:
        from_settings(environ=environ)
    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value)
    if secret:
        with pytest.raises(SettingError, match=r"^--webhook"):
            from_settings(webhook=url, environ=environ)


def test_a_signature_is_of_this_body_this_secret_and_this_moment():
    body, now = b'{"a":1}', 1_767_225_600
    header = sign(SECRET, body, now)
    # echo -n '1767225600.{"a":1}' | openssl dgst -sha256 -hmac 'only for tests'
    assert header == (
        "t=1767225600,v1=8e2a36eef895acb88977288a873accd6ff172bd1f9ebc40d882d14ee269e7c39"
    )
    assert verify_signature(SECRET, header, body, now=now + 299)
    assert not verify_signature(SECRET, header, body, now=now + 301)
    assert not verify_signature(SECRET, header, body, now=now - 301)
    assert verify_signature(SECRET, header, body, now=now + 900, tolerance=timedelta(hours=1))
    assert not verify_signature("another", header, body, now=now)
    assert not verify_signature(SECRET, header, body + b" ", now=now)
    assert not verify_signature(SECRET, header.replace("t=1", "t=2"), body, now=now)
    assert verify_signature(SECRET, f"{header},v1={'0' * 64}", body, now=now)


@pytest.mark.parametrize(
    "header",
    ["", "v1=0", "t=1", "t=1,v1=", "t=x,v1=0", "t=1,t=1,v1=0", "t=²,v1=0", "t=1,v1=ä", "t=9" * 99],
)
def test_a_header_that_is_none_is_no_signature(header):
    assert not verify_signature(SECRET, header, b"", now=1)


@pytest.fixture
def _apprise():
    pytest.importorskip("apprise")


@pytest.mark.usefixtures("_apprise")
def test_apprise_sends_title_and_text_and_shows_no_key(caplog):
    caplog.set_level(logging.DEBUG)
    there = receiver.Plain()
    with there.serving() as address:
        made = Notifier(f"{address.replace('http', 'json')}/{KEY}")
        assert made.send(MESSAGE) == Answer("delivered")
        there.status = 500
        answer = made.send(MESSAGE)
    assert answer == Answer("failed", "the service could not be reached or did not take it")
    assert [json.loads(body)["message"] for body in there.bodies] == [MESSAGE.text] * 2
    assert json.loads(there.bodies[0])["title"] == MESSAGE.title
    assert made.name.startswith("json ")
    assert KEY not in caplog.text + made.name
    assert not logging.getLogger("apprise").filters


@pytest.mark.usefixtures("_apprise")
@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("nosuch://secret", "LEADLINE_NOTIFY: Apprise cannot use this address"),
        ("secret", "LEADLINE_NOTIFY: Apprise cannot use this address"),
        ("tgram://secret", "LEADLINE_NOTIFY: Apprise cannot use this address"),
        ("json://localhost, x://secret", "LEADLINE_NOTIFY, address 2 of 2: Apprise cannot use"),
    ],
)
def test_a_notification_address_that_is_none_is_explained_without_it(said, message, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SettingError) as caught:
        from_settings(environ={"LEADLINE_NOTIFY": said})
    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value) + caplog.text


def test_without_apprise_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(SettingError, match=r"need Apprise: pip install 'leadline\[watch\]'"):
        Notifier("json://localhost")


@pytest.mark.usefixtures("_apprise")
def test_options_go_before_the_environment_and_commas_part_addresses():
    environ = {
        "LEADLINE_NOTIFY": "json://localhost/?to=a,b,\n xml://localhost,",
        "LEADLINE_WEBHOOK": "https://example.org/x",
        "LEADLINE_WEBHOOK_SECRET": SECRET,
    }
    names = [each.name for each in from_settings(environ=environ)]
    assert [name.rpartition(" ")[0] for name in names] == ["json", "xml", "webhook example.org"]
    assert names == [each.name for each in from_settings(environ=environ)]
    said = from_settings(["jsons://localhost"], "http://localhost:1/", environ)
    assert [each.name.rpartition(" ")[0] for each in said] == ["jsons", "webhook localhost"]
    with pytest.raises(SettingError, match=r"^--notify: Apprise"):
        from_settings(["no"], environ=environ)
    assert from_settings(environ={}) == ()


def test_addresses_are_told_apart_by_digits_that_take_long_to_guess():
    assert channels.fingerprint("a") != channels.fingerprint("b")
    assert channels._ROUNDS >= 100_000
    assert webhook.TIMEOUT <= 30
