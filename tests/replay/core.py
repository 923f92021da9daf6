"""What stands in for the internet: questions, answers, and a market that is made up.

Each provider has a module here, ``tests/replay/<provider>.py``, that writes what the provider would
send, from the description of its wire format; no number in it is anybody's data.

A module holds ``HOSTS`` (tuple of str), ``answer(ask, market) -> Reply`` for every request that the
provider's plan makes, and ``CASES``, a mapping from the name of a fault to a function
``(ask, market) -> Reply``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any, Literal
from urllib.parse import unquote, urlencode, urlsplit
from zlib import crc32

import numpy as np
from scipy.signal import lfilter

from leadline.data.clock import us_business
from leadline.data.provider import Answer, NotMeasuredError, Provider, Request, Rows, Want, feeds
from leadline.data.series import SeriesInfo, find, knows


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as the server saw it; ``nth`` counts the asks of the same address from 1."""

    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send; ``fault`` spoils the sending itself.

    hang: nothing is sent for ``delay`` seconds. reset: the connection is cut at once. truncate:
    the length announced is larger than the body, then the connection is closed.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    fault: Literal["", "hang", "reset", "truncate"] = ""

    def but(self, **changes: object) -> "Reply":
        return replace(self, **changes)


Behaviour = Callable[[Ask, "Market"], Reply]

# first day, value then, value in 2026, how far it swings about the way between (log, or level)
SHAPES: dict[str, tuple[str, float, float, float]] = {
    "silver": ("2000-08-30", 5.0, 60.0, 0.35),
    "gold": ("2000-08-30", 275.0, 4000.0, 0.2),
    "copper": ("2000-08-30", 0.9, 5.0, 0.3),
    "oil_wti": ("2000-08-23", 32.0, 70.0, 0.3),
    "bitcoin": ("2010-07-18", 0.09, 90000.0, 0.7),
    "ether": ("2015-08-08", 1.2, 3000.0, 0.7),
    "dxy": ("1995-01-02", 95.0, 100.0, 0.07),
    "dtwexbgs": ("2006-01-02", 100.0, 120.0, 0.05),
    "spx": ("1995-01-03", 460.0, 6500.0, 0.15),
    "ndx": ("1995-01-03", 400.0, 24000.0, 0.2),
    "nasdaq": ("1995-01-03", 750.0, 22000.0, 0.2),
    "vix": ("1990-01-02", 17.0, 19.0, 0.3),
    "walcl": ("2002-12-18", 720000.0, 6600000.0, 0.1),
    "tga": ("2002-12-18", 50000.0, 800000.0, 0.3),
    "tga_daily": ("2005-10-03", 50000.0, 800000.0, 0.3),
    "rrpontsyd": ("2013-09-23", 60.0, 20.0, 0.8),
    "m2": ("1959-01-01", 286.6, 22000.0, 0.01),
    "m2_euro": ("1980-01-01", 1000000.0, 15500000.0, 0.01),
    "wm2ns": ("1980-11-03", 1590.0, 22000.0, 0.01),
    "cpi": ("1947-01-01", 21.5, 325.0, 0.01),
    "indpro": ("1919-01-01", 5.0, 103.0, 0.03),
    "epu": ("1985-01-01", 100.0, 200.0, 0.4),
    "gpr": ("1985-01-01", 100.0, 120.0, 0.4),
    "silver_monthly": ("1960-01-01", 0.92, 60.0, 0.3),
    "gold_monthly": ("1960-01-01", 35.3, 4000.0, 0.2),
    "copper_monthly": ("1960-01-01", 700.0, 11000.0, 0.2),
    "unrate": ("1948-01-01", 3.4, 4.3, 0.15),
    "wiki_bitcoin": ("2015-07-01", 5000.0, 8000.0, 0.4),
    "wiki_silver": ("2015-07-01", 200.0, 300.0, 0.4),
    "gdelt_debasement": ("2017-01-01", 0.00001, 0.00004, 0.4),
    "fear_greed_crypto": ("2018-02-01", 40.0, 40.0, 0.15),
    "hy_oas": ("2023-11-20", 4.0, 3.0, 0.2),
    "dgs2": ("1976-06-01", 6.5, 3.6, 0.3),
    "dgs10": ("1962-01-02", 4.1, 4.2, 0.2),
    "dff": ("1954-07-01", 1.1, 3.9, 0.2),
    "fedfunds": ("1954-07-01", 1.1, 3.9, 0.2),
    "fed_target_upper": ("2008-12-16", 1.0, 4.0, 0.1),
}
END = np.datetime64("2036-01-01")


@dataclass(frozen=True)
class Market:
    """Made-up values of every series of the catalogue, the same for the same ``seed``.

    The values up to a day do not depend on ``today``: a later market continues an earlier one.
    """

    today: date = date(2026, 11, 20)
    seed: int = 1

    @cached_property
    def _held(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {}

    def series(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Give days (datetime64[D]) and values up to and with ``today``, in the catalogue's unit.

        A value is in it when its period has begun by ``today``; whether it would be *published*
        by then is the module's business (``published``).
        """
        info = find(name)
        if info.id not in self._held:
            self._held[info.id] = self._made(info)
        return self._held[info.id]

    def published(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Give days and values that the release rule has let out before ``today`` begins."""
        days, values = self.series(name)
        out = find(name).known_at(days) < np.datetime64(self.today, "s")
        return days[out], values[out]

    def vintages(self, name: str) -> np.ndarray:
        """Give the days, in New York, before ``today`` on which something came out."""
        released = self._released(name)
        first = np.datetime64("2011-06-01")
        return np.unique(released[(released >= first) & (released < np.datetime64(self.today))])

    def vintage(self, name: str, day: np.datetime64) -> tuple[np.ndarray, np.ndarray]:
        """Give days and values as they stood when ``day`` ended.

        What is first told is off by up to 0.2 %; three new years later it is as in ``series``.
        """
        days, values = self.series(name)
        out = self._released(name) <= min(day, np.datetime64(self.today) - 1)
        days, values = days[out], values[out]
        age = day.astype("datetime64[Y]") - days.astype("datetime64[Y]")
        share = np.maximum(1 - age.astype(np.int64) / 3, 0)
        off = 0.002 * np.sin(days.astype(np.int64))
        return days, np.round(values * (1 + off * share), 4)

    def _released(self, name: str) -> np.ndarray:
        known = find(name).known_at(self.series(name)[0])
        return (known - np.timedelta64(5, "h")).astype("datetime64[D]")

    def _made(self, info: SeriesInfo) -> tuple[np.ndarray, np.ndarray]:
        if info.id == "t10yie":
            return self._difference("dgs10", "dfii10")
        if info.id.endswith(("_open", "_high", "_low")):
            base, _, what = info.id.rpartition("_")
            days, close = Market.series(self, base)
            first = np.append(close[:1], close[:-1])
            low, high = np.minimum(first, close) * 0.99, np.maximum(first, close) * 1.01
            return days, np.round({"open": first, "high": high, "low": low}[what], 4)
        same = {"m2_latest": "m2", "cpi_latest": "cpi", "indpro_latest": "indpro"}
        if info.id in same:
            return Market.series(self, same[info.id])
        start, first, last, swing = SHAPES.get(info.id, ("2003-01-02", *_guess(info)))
        begin = np.datetime64(start)
        days = _periods(info, np.arange(begin, END))
        # The way from the first value to the last, and about it an autoregression with unit
        # variance whose shocks come in calm and wild years.
        rng = np.random.default_rng([self.seed, crc32(info.id.encode())])
        shocks = rng.standard_normal(days.size) * (1 + 0.5 * np.sin(np.arange(days.size) / 180))
        hold = {"daily": 0.996, "weekly": 0.98, "monthly": 0.9, "irregular": 0.9}[info.frequency]
        about = np.asarray(lfilter([np.sqrt(1 - hold**2)], [1.0, -hold], shocks))
        share = (days - begin) / (np.datetime64("2026-01-01") - begin)
        if first > 0:
            values = np.exp(np.log(first) + share * np.log(last / first) + swing * about)
        else:
            values = first + share * (last - first) + swing * about
        known = days <= np.datetime64(self.today)
        digits = 9 if info.high <= 1 else 2 if info.unit == "percent" else 4
        return days[known], np.round(values[known], digits)

    def _difference(self, one: str, other: str) -> tuple[np.ndarray, np.ndarray]:
        (days, a), (later, b) = Market.series(self, one), Market.series(self, other)
        _, left, right = np.intersect1d(days, later, return_indices=True)
        return days[left], np.round(a[left] - b[right], 2)


def candles(market: Market, name: str) -> dict[str, np.ndarray]:
    """Give day, open, high, low and close; the close stands in for what the catalogue lacks."""
    day, close = market.series(name)
    made = {"open": close, "high": np.round(close * 1.01, 4), "low": np.round(close * 0.99, 4)}
    for what in made:
        if knows(f"{name}_{what}"):
            made[what] = market.series(f"{name}_{what}")[1]
    return {"day": day, "close": close, **made}


def behind(provider: str, code: str) -> str:
    """Give the series that a provider has under this code; nothing where it has none."""
    pairs = ((name, feed) for name, several in feeds().items() for feed in several)
    named = (name for name, feed in pairs if (feed.provider, feed.code) == (provider, code))
    return next(named, "")


def ask_of(request: Request, nth: int = 1) -> Ask:
    """Give a request as the server would see it."""
    parts = urlsplit(request.url)
    return Ask(parts.netloc, unquote(parts.path), dict(request.query), dict(request.headers), nth)


def driven(
    provider: Provider, want: Want, answer: Behaviour, market: Market, *, patience: int = 2000
) -> list[Answer]:
    """Go through a plan without a network; give the answers that hold rows, in order.

    A status other than 200 is thrown into the plan as the transport does; a plan that asks without
    end is an error.
    """
    plan = provider.plan(want)
    found: list[Answer] = []
    try:
        request = next(plan)
        for _ in range(patience):
            reply = answer(ask_of(request), market)
            if reply.status != 200:
                error = NotMeasuredError(f"status {reply.status}", status=reply.status)
                request = plan.throw(error)
                continue
            got = answer_to(request, reply, want.now)
            if request.read:
                found.append(got)
            request = plan.send(got)
    except StopIteration:
        return found
    msg = f"{provider.id}: asked {patience} times"
    raise AssertionError(msg)


@dataclass(frozen=True)
class Reading:
    """What a provider made of all answers of one plan, in their order."""

    want: Want
    answers: list[Answer]
    period: np.ndarray
    value: np.ndarray
    known: np.ndarray
    bases: tuple[str, ...]


def read(
    provider: Provider,
    series: str,
    answer: Behaviour,
    market: Market,
    *,
    since: date | None = None,
    hour: int = 12,
) -> Reading:
    """Fetch a series by the provider's feed of it on the market's day, without a network."""
    feed = next(feed for feed in feeds()[series] if feed.provider == provider.id)
    now = datetime.combine(market.today, time(hour), UTC)
    want = Want(feed.info(find(series)), feed.code, now, since=since)
    answers = driven(provider, want, answer, market)
    rows = [provider.parse(want, each) for each in answers]
    stamps = [
        provider.known_at(want, each, found) for each, found in zip(answers, rows, strict=True)
    ]
    return Reading(
        want,
        answers,
        np.concatenate([found.period for found in rows]),
        np.concatenate([found.value for found in rows]),
        np.concatenate([known for known, _ in stamps]),
        tuple(basis for _, basis in stamps),
    )


def in_force(vintages: Sequence[Rows], day: str) -> tuple[np.ndarray, np.ndarray]:
    """Give days and values as the vintages told until ``day`` ended in UTC have them."""
    period, value, stamp = (
        np.concatenate([getattr(each, name) for each in vintages])
        for name in ("period", "value", "stamp")
    )
    until = stamp < np.datetime64(day) + np.timedelta64(1, "D")
    order = np.lexsort((stamp[until], period[until]))[::-1]
    days, last = np.unique(period[until][order], return_index=True)
    return days, value[until][order][last]


def with_one_changed(document: Any, where: int, to: Any) -> Any:
    """Put ``to`` in place of one node of a JSON document, the ``where``-th in order of reading."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        keys = node if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    changed = json.loads(json.dumps(document))
    walk(changed)
    node, key = places[where % len(places)]
    node[key] = to
    return changed


def answer_to(request: Request, reply: Reply, now: datetime) -> Answer:
    """Give a reply as the transport would hand it over."""
    shown = [(name, text) for name, text in request.query if name not in request.secret]
    url = request.url + ("?" + urlencode(shown) if shown else "")
    headers = {name.lower(): text for name, text in reply.headers.items()}
    return Answer(request, url, reply.status, headers, reply.body, now)


def _guess(info: SeriesInfo) -> tuple[float, float, float]:
    if info.unit == "percent":
        return 1.5, 1.9, 0.3
    if info.low >= 0:
        middle = min(info.high, 1e4) / 20
        return middle, middle, 0.2
    return 0.0, 0.0, min(info.high, 1e5) / 20


def _periods(info: SeriesInfo, every: np.ndarray) -> np.ndarray:
    """Days that the source labels: see the frequency, and for weeks the weekday it uses."""
    if info.frequency == "monthly":
        return np.unique(every.astype("datetime64[M]")).astype("datetime64[D]")
    if info.frequency == "weekly":
        weekday = {"cot": 1, "wm2": 0, "nfc": 4, "stl": 4, "gde": 0}.get(info.id[:3], 2)
        return every[(every.astype(np.int64) + 3) % 7 == weekday]
    if info.calendar == "business":
        return every[np.is_busday(every, busdaycal=us_business())]
    return every
