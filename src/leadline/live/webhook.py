"""Alerts by HTTP POST, signed, so that the receiver knows whom they are from."""

import hashlib
import hmac
import logging
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urlsplit

import httpx

import leadline
from leadline.data.redaction import HidingFilter
from leadline.errors import SettingError
from leadline.live.channels import SECRET, WEBHOOK, Answer, Message, fingerprint

SIGNATURE = "Leadline-Signature"
TIMEOUT = 10.0
"""Seconds to wait for a connection, and for the answer."""

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_MAY_PASS = frozenset({408, 425, 429})


class Webhook:
    """One receiver of alerts as JSON.

    Each request carries ``Idempotency-Key``, the same on every retry, and ``Leadline-Signature``:
    ``t=SECONDS,v1=HEX``, the HMAC-SHA256 of ``SECONDS.BODY`` under the secret
    (``verify_signature``). Any 2xx means taken. 408, 425, 429, 5xx and no answer at all are tried
    again; any other answer, redirects among them, is taken as a refusal.

    Raises
    ------
    SettingError
        Where the address or the secret cannot be used; neither is repeated.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        setting: str = WEBHOOK,
        timeout: float = TIMEOUT,
    ) -> None:
        self._url = _checked(url, setting)
        if not secret:
            msg = f"{SECRET} is not set: alerts are signed with it. Set it to a long random text."
            raise SettingError(msg)
        self._secret = secret
        self.name = f"webhook {self._url.host} {fingerprint(url)}"
        self._client = httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            headers={"User-Agent": f"leadline/{leadline.__version__}"},
        )
        self._hidden = HidingFilter()

    def send(self, message: Message) -> Answer:
        """Send a message once."""
        body = message.document.encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            SIGNATURE: sign(self._secret, body, int(time.time())),
        }
        log = logging.getLogger("httpx")
        log.addFilter(self._hidden)
        try:
            with (
                self._hidden.hiding(self._secrets),
                # What it answers beyond the status is not read, however long it is.
                self._client.stream("POST", self._url, content=body, headers=headers) as reply,
            ):
                return _judged(reply)
        except httpx.TimeoutException:
            return Answer("failed", "it did not answer in time")
        except httpx.TransportError as error:
            return Answer("failed", f"the connection failed ({type(error).__name__})")
        finally:
            log.removeFilter(self._hidden)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        """Give the webhook itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the connection."""
        self.close()

    @property
    def _secrets(self) -> tuple[str, ...]:
        path = self._url.raw_path.decode()
        return (str(self._url), path) if path != "/" else (str(self._url),)


def sign(secret: str, body: bytes, moment: int) -> str:
    """Give the header's text for a body sent at a moment, in seconds since 1970."""
    return f"t={moment},v1={_digest(secret, body, moment)}"


def verify_signature(
    secret: str,
    header: str,
    body: bytes,
    *,
    tolerance: timedelta = timedelta(minutes=5),
    now: float | None = None,
) -> bool:
    """Say whether a body was signed with the secret, and not long ago.

    For receivers: call it with the bytes as they came, before anything reads them as JSON, and
    answer 401 where it says no. Compare ``Idempotency-Key`` with those already seen, and answer
    200 to one that was.

    Parameters
    ----------
    secret : str
        What LEADLINE_WEBHOOK_SECRET says at the sender.
    header : str
        The header ``Leadline-Signature``.
    body : bytes
        The request's body.
    tolerance : timedelta
        How far the sender's clock may be from ours: an old message cannot be played again.
    now : float or None
        Seconds since 1970, in place of the clock.

    Examples
    --------
    >>> body = b'{"document":"alert"}'
    >>> header = sign("a long random text", body, 1_767_225_600)
    >>> verify_signature("a long random text", header, body, now=1_767_225_630)
    True
    >>> verify_signature("a long random text", header, body + b" ", now=1_767_225_630)
    False
    """
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [said for name, _, said in parts if name == "t"]
    if len(moments) != 1 or re.fullmatch("[0-9]{1,12}", moments[0]) is None:
        return False
    moment = int(moments[0])
    if abs((time.time() if now is None else now) - moment) > tolerance.total_seconds():
        return False
    expected = _digest(secret, body, moment).encode()
    # Several signatures let a secret be changed without a gap.
    said = [text.encode() for name, _, text in parts if name == "v1"]
    return any(hmac.compare_digest(expected, each) for each in said)


def _digest(secret: str, body: bytes, moment: int) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _checked(said: str, setting: str) -> httpx.URL:
    try:
        url = httpx.URL(said)
        # This one refuses brackets that are not closed.
        urlsplit(said)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    if not url.host or url.scheme not in {"https", "http"}:
        msg = f"{setting} is no web address. Write https:// and the receiver's host and path."
        raise SettingError(msg)
    if url.scheme == "http" and url.host not in _HERE:
        msg = f"{setting}: alerts go over https:// only, but to this machine itself by http:// too."
        raise SettingError(msg)
    return url


def _judged(reply: httpx.Response) -> Answer:
    status = reply.status_code
    if reply.is_success:
        return Answer("delivered")
    if status in _MAY_PASS or status >= 500:
        wait = _asked_to_wait(reply.headers.get("retry-after", ""))
        return Answer("failed", f"it answered {status}", wait)
    if reply.is_redirect:
        return Answer("refused", f"it answered {status} and points elsewhere; name that address")
    return Answer("refused", f"it answered {status}")


def _asked_to_wait(said: str) -> timedelta | None:
    """Read ``Retry-After``: seconds, or a date."""
    if said.isascii() and said.isdecimal():
        return timedelta(seconds=min(int(said[:9]), 86_400))
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(until - datetime.now(UTC), timedelta(0))
