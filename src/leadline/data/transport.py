"""The only place that meets the network: one request, asked patiently and never more than allowed.

Pacing, retries, redirects, limits and what may be shown are the same for every provider.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx
import stamina

import leadline
from leadline.data.database import Database, body, breakers, last_fetch
from leadline.data.provider import Answer, NotMeasuredError, Provider, Request, in_one_line
from leadline.data.redaction import HidingFilter, address, masked, secrets_of, without
from leadline.data.turns import StoppedError, Turns
from leadline.errors import DataError

ATTEMPTS = 4
BUDGET = 60.0
"""Seconds after which a request is not tried again."""

LONGEST_PAUSE = 120.0
"""Seconds that a host may ask us to wait; more is taken as this."""

_LONGEST_ANSWER = 300.0
_CONNECT = 10.0
_REDIRECTS = 5
_KEPT_IN_MEMORY = 64 * 1024 * 1024
_FIRST = 80
# They show addresses and what a host sends in its headers; a filter has no effect on loggers below.
_LOGS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
# Any other, and two at once, may unpack to a million times their size before it can be counted.
_PACKINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_COMPARED = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_HEADERS = (
    "age",
    "content-length",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "retry-after",
)
# Where the log of nobody listens, Python would print stamina's notes on the user's terminal.
logging.getLogger("stamina").addHandler(logging.NullHandler())


class NoAnswerError(NotMeasuredError):
    """A request that was refused or broke; ``answer`` is what came back, if anything did.

    ``url`` is free of secrets.
    """

    def __init__(self, provider: str, url: str, problem: str, answer: Answer | None = None) -> None:
        self.url, self.answer = url, answer
        seen = url if answer is None else f"{url}, status {answer.status}, {_beginning(answer)}"
        super().__init__(
            f"{provider}: {problem} ({seen}).", status=None if answer is None else answer.status
        )


class _MayPassError(NoAnswerError):
    """What may be otherwise a moment later."""


def utc_now() -> datetime:
    """Give this moment."""
    return datetime.now(UTC)


class Transport:
    """Asks providers, for one run; use it in a ``with``. It may be used from many threads.

    Parameters
    ----------
    db : Database
        Where breakers and earlier answers are.
    base : str or None
        Stands in for ``https://{host}``, such as ``http://127.0.0.1:8123/{host}``; None takes what
        LEADLINE_BASE_URL says, if it says anything.
    clock : callable
        Gives the moment at which an answer counts as fetched.
    pace : float or None
        Seconds between requests to a host, in place of each provider's own; None takes what
        LEADLINE_PACE says, if it says anything.
    wait : float
        Seconds before the second attempt; they double from one to the next.
    timeout : float or None
        Seconds to wait for the next bytes, in place of each request's own.
    """

    def __init__(
        self,
        db: Database,
        *,
        base: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        pace: float | None = None,
        wait: float = 1.0,
        timeout: float | None = None,
    ) -> None:
        self.db, self.clock = db, clock
        self.contact = _contact_from_environment()
        self._base = _checked_base(base or os.environ.get("LEADLINE_BASE_URL", ""))
        self._pace = _pace_from_environment() if pace is None else pace
        self._wait, self._timeout = wait, timeout
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._not_before: dict[str, float] = {}
        self._known: dict[tuple[str, Request], Answer] = {}
        self._n_known = 0
        self._turns = Turns(db, self._stop)
        self._hidden = HidingFilter()
        for name in _LOGS:
            logging.getLogger(name).addFilter(self._hidden)
        # FRED stalls on connections that are used again.
        self._client = httpx.Client(
            follow_redirects=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def get(self, provider: Provider, request: Request) -> Answer:
        """Ask, and ask again while it may pass.

        The same request is asked once in a run. Where the host says that nothing has changed, the
        answer is the stored one, with status 304.

        Raises
        ------
        NotMeasuredError
            Naming provider, address without secrets, status, and how the answer begins.
        """
        known = self._known.get((provider.id, request))
        if known is not None:
            return known
        shown = address(request, shown=True)
        self._refuse_while_open(provider, shown)
        try:
            answer = self._patiently(provider, request, shown)
        except _MayPassError as error:
            limited = error.status == 429
            breakers.failed(
                self.db,
                provider.id,
                now=self.clock(),
                status=error.status,
                pause=timedelta(minutes=15 if limited else 30),
            )
            raise
        breakers.succeeded(self.db, provider.id)
        if self._n_known + len(answer.body) <= _KEPT_IN_MEMORY:
            self._n_known += len(answer.body)
            self._known[provider.id, request] = answer
        return answer

    @contextmanager
    def turn(self, provider: Provider) -> Iterator[bool]:
        """Be the only one, in all processes, who asks this provider; says whether one had to wait.

        Requests to its hosts keep their distance from those of the process before.
        """
        with self._turns.take(provider.id) as turn:
            for host in provider.hosts:
                with self._lock:
                    begun = self._not_before.get(host, 0.0)
                    self._not_before[host] = max(begun, turn.not_before)
            try:
                yield turn.waited
            finally:
                turn.not_before = max(self._not_before.get(host, 0.0) for host in provider.hosts)

    @property
    def stopped(self) -> bool:
        """Whether the run is to end."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask nothing more, and wait for nothing."""
        self._stop.set()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
        self._turns.close()
        for name in _LOGS:
            logging.getLogger(name).removeFilter(self._hidden)

    def __enter__(self) -> Self:
        """Give the transport itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the connections."""
        self.close()

    def _patiently(self, provider: Provider, request: Request, shown: str) -> Answer:
        for attempt in stamina.retry_context(
            on=_MayPassError,
            attempts=ATTEMPTS,
            timeout=BUDGET,
            wait_initial=self._wait,
            wait_max=15 * self._wait,
            wait_jitter=self._wait,
        ):
            with attempt:
                return self._once(provider, request, shown)
        raise AssertionError(shown)  # pragma: no cover  (the last attempt returns or raises)

    def _once(self, provider: Provider, request: Request, shown: str) -> Answer:
        """Ask once, redirects followed."""
        url, earlier = address(request), self._earlier(provider, shown)
        secrets = secrets_of(request)
        headers = self._headers(provider, request, earlier)
        with self._hidden.hiding(secrets):
            for _ in range(_REDIRECTS):
                self._keep_distance(provider, url)
                found, target = self._exchange(provider, request, url, headers, shown)
                answer = masked(found, secrets)
                if answer.status not in _MOVED:
                    return self._judged(provider, url, answer, earlier)
                url = _redirected(provider, url, target, answer, secrets)
        raise NoAnswerError(provider.id, shown, "is redirected without end", answer)

    def _judged(
        self, provider: Provider, url: str, answer: Answer, earlier: Answer | None
    ) -> Answer:
        if answer.status == 304 and earlier is not None:
            return replace(earlier, request=answer.request, status=304, fetched_at=self.clock())
        if answer.status == 200:
            return answer
        if answer.status in _MAY_PASS:
            pause = _asked_to_wait(answer.headers.get("retry-after", ""))
            host = urlsplit(url).netloc
            with self._lock:
                begun = self._not_before.get(host, 0.0)
                self._not_before[host] = max(begun, time.time() + pause)
            raise _MayPassError(provider.id, answer.url, "did not answer", answer)
        raise NoAnswerError(provider.id, answer.url, "refused", answer)

    def _exchange(
        self,
        provider: Provider,
        request: Request,
        url: str,
        headers: Mapping[str, str],
        shown: str,
    ) -> tuple[Answer, str]:
        """Send one request and read what comes, up to the limit; also where it points to."""
        wait = self._timeout or request.timeout
        timeout = httpx.Timeout(wait, connect=min(wait, _CONNECT))
        began, parts, size = time.monotonic(), list[bytes](), 0
        try:
            with self._client.stream("GET", self._at(url), headers=headers, timeout=timeout) as got:
                packed = got.headers.get("content-encoding", "").lower()
                if packed not in _PACKINGS:
                    problem = f"sent an encoding that was not asked for, {in_one_line(packed)}"
                    raise NoAnswerError(provider.id, shown, problem)
                for part in got.iter_bytes():
                    size += len(part)
                    if size > request.limit:
                        problem = f"sent more than {request.limit:,} bytes"
                        raise NoAnswerError(provider.id, shown, problem)
                    if time.monotonic() - began > _LONGEST_ANSWER:
                        problem = f"was still sending after {_LONGEST_ANSWER:.0f} s"
                        raise _MayPassError(provider.id, shown, problem)
                    if self._stop.is_set():
                        raise StoppedError("Stopped.")
                    parts.append(part)
                heads = {name: got.headers[name] for name in _HEADERS if name in got.headers}
                target = got.headers.get("location", "")
        except httpx.TimeoutException:
            problem = f"did not answer within {wait:g} s"
            raise _MayPassError(provider.id, shown, problem) from None
        except httpx.TransportError as error:
            problem = (
                f"broke off: {without(str(error), secrets_of(request)) or type(error).__name__}"
            )
            raise _MayPassError(provider.id, shown, problem) from None
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            problem = f"sent what cannot be unpacked: {error}"
            raise NoAnswerError(provider.id, shown, problem) from None
        content = b"".join(parts)
        return Answer(request, shown, got.status_code, heads, content, self.clock()), target

    def _headers(
        self, provider: Provider, request: Request, earlier: Answer | None
    ) -> dict[str, str]:
        contact = f" ({self.contact})" if self.contact else ""
        agent = {
            "default": f"python-httpx/{httpx.__version__}",
            "leadline": f"leadline/{leadline.__version__}{contact}",
            "mozilla": "Mozilla/5.0",
        }[provider.agent]
        headers = {"User-Agent": agent, "Accept-Encoding": "gzip, deflate"}
        if earlier is not None:
            headers |= {
                name: earlier.headers[held]
                for held, name in _COMPARED.items()
                if held in earlier.headers and earlier.headers[held].isascii()
            }
        return headers | dict(request.headers)

    def _earlier(self, provider: Provider, shown: str) -> Answer | None:
        """Give the last answer from this address that was taken, if the host can compare it."""
        kept = last_fetch(self.db, provider.id, shown)
        if kept is None or kept.sha256 is None or not kept.headers.keys() & _COMPARED.keys():
            return None
        content = body(self.db, kept.sha256)
        status = kept.status or 200
        return Answer(Request(""), shown, status, kept.headers, content, kept.fetched_at)

    def _keep_distance(self, provider: Provider, url: str) -> None:
        """Wait until the host may be asked again."""
        host = urlsplit(url).netloc
        pace = provider.pace if self._pace is None else self._pace
        with self._lock:
            start = max(time.time(), self._not_before.get(host, 0.0))
            self._not_before[host] = start + pace
        # No clock that was set back makes anybody wait for longer.
        if self._stop.wait(min(max(0.0, start - time.time()), LONGEST_PAUSE)):
            raise StoppedError("Stopped.")

    def _refuse_while_open(self, provider: Provider, shown: str) -> None:
        breaker = breakers.state(self.db, provider.id)
        if not breaker.is_open(self.clock()):
            return
        said = "" if breaker.status is None else f", the last time with status {breaker.status}"
        problem = (
            f"failed {breaker.failures} times in a row{said}; it is left alone until "
            f"{breaker.open_until:%Y-%m-%d %H:%M} UTC"
        )
        raise NoAnswerError(provider.id, shown, problem)

    def _at(self, url: str) -> str:
        """Give the address to connect to."""
        if not self._base:
            return url
        parts = urlsplit(url)
        rest = url.removeprefix(f"https://{parts.netloc}")
        return self._base.format(host=parts.netloc) + rest


def _redirected(
    provider: Provider, url: str, target: str, answer: Answer, secrets: tuple[str, ...]
) -> str:
    """Give where to go on, which must be one of the provider's own hosts."""
    try:
        there = urljoin(url, target)
        parts = urlsplit(there)
    except ValueError:
        raise NoAnswerError(provider.id, answer.url, "is redirected nowhere", answer) from None
    if parts.scheme == "https" and parts.netloc in provider.hosts and there != url:
        return there
    where = without(in_one_line(f"{parts.scheme}://{parts.netloc}{parts.path}"), secrets)
    problem = f"is redirected to {where}, which is not one of its hosts"
    raise NoAnswerError(provider.id, answer.url, problem, answer)


def _beginning(answer: Answer) -> str:
    first = answer.body[:_FIRST].decode("utf-8", "replace")
    return f"begins {first!r}" if first else "empty"


def _asked_to_wait(said: str) -> float:
    """Read Retry-After: seconds, or a date of HTTP."""
    try:
        seconds = float(said)
    except ValueError:
        try:
            at = parsedate_to_datetime(said)
        except (ValueError, OverflowError):
            return 0.0
        seconds = at.timestamp() - time.time() if at.tzinfo is not None else 0.0
    # Written so that NaN counts as no time at all.
    return min(seconds, LONGEST_PAUSE) if seconds > 0 else 0.0


def _checked_base(base: str) -> str:
    if base and ("{host}" not in base or not base.startswith(("http://", "https://"))):
        msg = f"LEADLINE_BASE_URL is {base!r}. Write it as http://127.0.0.1:8123/{{host}}."
        raise DataError(msg)
    return base


def _contact_from_environment() -> str:
    contact = os.environ.get("LEADLINE_CONTACT", "").strip()
    # It goes into a header, which takes nothing else.
    if not (contact.isascii() and contact.isprintable()):
        msg = f"LEADLINE_CONTACT is {contact!r}. Write an address in one line of plain ASCII."
        raise DataError(msg)
    return contact


def _pace_from_environment() -> float | None:
    said = os.environ.get("LEADLINE_PACE", "")
    if not said:
        return None
    try:
        pace = float(said)
    except ValueError:
        pace = -1.0
    if not 0 <= pace < float("inf"):
        msg = f"LEADLINE_PACE is {said!r}. Write the seconds between two requests to a host."
        raise DataError(msg)
    return pace
