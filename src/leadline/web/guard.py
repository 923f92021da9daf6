"""What stands before every request: who may ask, by which name, and what an answer must say."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import logging
from collections.abc import Callable, Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadline.web.settings import Settings

logger = logging.getLogger(__name__)

OPEN_TO_ALL = "/healthz"
"""What may be asked without the token, and by any name: it tells of nothing but the server."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""A picture opened by itself carries its style within, and can run nothing."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Refusal = Callable[[Scope, int, str, Mapping[str, str]], Response]
"""Makes the answer to who is refused: scope, status, words, headers."""


class Guard:
    """Checks name and token, adds the headers that protect a reader, and catches what breaks.

    Parameters
    ----------
    app : ASGI application
        What answers.
    settings : Settings
        Who may ask, by which name.
    refuse : callable
        Makes the page, or the JSON of the interface, that says what is wrong.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, refuse: Refusal) -> None:
        self._app, self._refuse = app, refuse
        self._names = settings.names
        self._token = None if settings.token is None else _digest(settings.token)
        # Others may show our badges and cards where everybody may look at the site anyway.
        shared = bool(settings.sources.url) and settings.token is None
        self._pictures = "cross-origin" if shared else "same-origin"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def protected(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._protect(MutableHeaders(scope=message))
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, protected)
            return
        try:
            await self._app(scope, receive, protected)
        except asyncio.CancelledError:
            # A server that ends gives up whoever still waits; they are told so.
            if begun:
                raise
            refused = self._refuse(scope, 503, "The server is closing.", {"Retry-After": "5"})
            await refused(scope, receive, protected)
        except Exception:
            logger.exception("%s %s failed.", scope["method"], scope["path"])
            if begun:
                raise
            words = "Something went wrong here. The log of the server says what."
            await self._refuse(scope, 500, words, {})(scope, receive, protected)

    def _refused(self, scope: Scope) -> Response | None:
        if scope["path"] == OPEN_TO_ALL:
            return None
        headers = Headers(scope=scope)
        if not self._answers_to(headers.get("host")):
            words = (
                "This server does not answer to the name it was asked by. Whoever runs it can add "
                "the name: leadline serve --url https://NAME."
            )
            return self._refuse(scope, 421, words, {})
        if self._token is not None and not self._knows(headers.getlist("authorization")):
            words = (
                "This server asks for its token. In a browser, leave the name empty and give the "
                "token as the password; a program sends the header 'Authorization: Bearer TOKEN'."
            )
            asked = {"WWW-Authenticate": 'Basic realm="Leadline", charset="UTF-8", Bearer'}
            return self._refuse(scope, 401, words, asked)
        return None

    def _answers_to(self, host: str | None) -> bool:
        # Every browser says by which name it asks; what says none cannot be led astray by one.
        return self._names is None or host is None or _name(host) in self._names

    def _knows(self, credentials: Iterable[str]) -> bool:
        said = [_said(each) for each in credentials]
        return len(said) == 1 and hmac.compare_digest(_digest(said[0]), self._token or b"")

    def _protect(self, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers[name] = value
        media = headers.get("content-type", "")
        svg = media.startswith("image/svg+xml")
        headers["Content-Security-Policy"] = _PICTURE_POLICY if svg else POLICY
        is_picture = media.startswith("image/")
        headers["Cross-Origin-Resource-Policy"] = self._pictures if is_picture else "same-origin"
        headers.setdefault("Cache-Control", "no-store")


def _name(host: str) -> str:
    """Give the name in a Host header without the port, an address in its shortest form.

    >>> _name("[::1]:8017"), _name("LocalHost:80"), _name("example.org.")
    ('::1', 'localhost', 'example.org')
    """
    name, closed, _ = host.lower().partition("]")
    name = name.removeprefix("[") if closed else host.lower().rpartition(":")[0] or host.lower()
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.removesuffix(".")


def _said(authorization: str) -> str:
    """Give the token of an Authorization header: a bearer's, or the password of a person."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _digest(token: str) -> bytes:
    # Of one length whatever was said, so that comparing tells nothing.
    return hashlib.sha256(token.encode()).digest()
