"""What is counted for Prometheus, and what is known of the store's age."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadline.data.database import ledger as kept
from leadline.live.book import Freshness
from leadline.live.entries import row_of
from leadline.web.shelf import Shelf

if TYPE_CHECKING:
    from leadline.web.press import Press

MEDIA = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PATTERN = "leadline.pattern"
"""Where a request's scope says which route answered it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How old the store is.

    Attributes
    ----------
    data : date or None
        The newest day of any series.
    series : mapping of str to date
        The newest day of each.
    ledger : mapping of str to date
        For each article that is followed, the last day written.
    stale : mapping of str to int
        For each, how many series were too old on that day.
    """

    data: date | None = None
    series: Mapping[str, date] = field(default_factory=dict)
    ledger: Mapping[str, date] = field(default_factory=dict)
    stale: Mapping[str, int] = field(default_factory=dict)


def facts(shelf: Shelf) -> Facts:
    """Read how old the store is."""
    if shelf.db is None:
        return Facts()
    series = shelf.kept("days of series", ("data",), lambda: _last_days(shelf))
    ledger: dict[str, date] = {}
    stale: dict[str, int] = {}
    with shelf.db.connect() as connection:
        for article, day in kept.last_days(connection, "data").items():
            ledger[article] = day
            for entry in kept.in_force(kept.entries(connection, [article], day)).values():
                body = row_of(entry).body
                if isinstance(body, Freshness):
                    stale[article] = len(body.stale)
    return Facts(max(series.values(), default=None), series, ledger, stale)


def _last_days(shelf: Shelf) -> Mapping[str, date]:
    store = shelf.store()
    return {} if store is None else {age.series: age.last for age in store.ages()}


class Meter:
    """Counts requests and pages, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.facts = Facts()
        self.requests = Counter(
            "leadline_http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "leadline_http_request_seconds",
            "Time from a request to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.prints = Counter(
            "leadline_pages_printed",
            "Pages printed, by how it went: printed, failed or away.",
            ("route", "outcome"),
            registry=self.registry,
        )
        self.printing = Histogram(
            "leadline_page_print_seconds",
            "Time to print a page.",
            buckets=_SECONDS,
            registry=self.registry,
        )

    def printed(self, route: str, outcome: str, seconds: float) -> None:
        """Count a page that was printed."""
        self.prints.labels(route, outcome).inc()
        self.printing.observe(seconds)

    def look(self, shelf: Shelf) -> None:
        """Read anew how old the store is."""
        self.facts = facts(shelf)

    def exposition(self, press: "Press") -> bytes:
        """Give everything as Prometheus reads it."""
        return generate_latest(self.registry) + generate_latest(_gauges(press, self.facts))


def _gauges(press: "Press", known: Facts) -> CollectorRegistry:
    """Give what is so at this moment; of the store, what was so at the last look."""
    registry = CollectorRegistry()

    def gauge(name: str, help_: str, *labels: str) -> Gauge:
        return Gauge(f"leadline_{name}", help_, labels, registry=registry)

    gauge("pages_kept", "Pages kept.").set(press.n_kept)
    gauge("pages_kept_bytes", "Size of the pages kept.").set(press.bytes)
    gauge("pages_waiting", "Pages to be printed.").set(press.n_waiting)
    gauge("store_readable", "Whether the store can be read.").set(not press.trouble)
    if known.data is not None:
        gauge("data_last_day_seconds", "The newest day of any series.").set(_moment(known.data))
        age = (datetime.now(UTC).date() - known.data).days * 86_400
        gauge("data_age_seconds", "Age of the newest day of any series.").set(age)
    by_series = gauge("series_last_day_seconds", "The newest day of a series.", "series")
    for name, day in known.series.items():
        by_series.labels(name).set(_moment(day))
    last = gauge("ledger_last_day_seconds", "The last day written of an article.", "article")
    stale = gauge("stale_series", "Series too old on the last day written.", "article")
    for name, day in known.ledger.items():
        last.labels(name).set(_moment(day))
        stale.labels(name).set(known.stale.get(name, 0))
    return registry


def _moment(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


class Counted:
    """Counts every request by its route, never by its address, of which there is no end."""

    def __init__(self, app: ASGIApp, *, meter: Meter) -> None:
        self._app, self._meter = app, meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = _route(scope)
            self._meter.requests.labels(route, _method(scope), status).inc()
            self._meter.seconds.labels(route).observe(time.perf_counter() - began)


def _route(scope: Scope) -> str:
    named = scope.get(PATTERN) or getattr(scope.get("route"), "path", None)
    return named if isinstance(named, str) else "other"


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in {"GET", "HEAD", "OPTIONS", "POST"} else "other"
