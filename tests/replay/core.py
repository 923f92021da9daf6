"""What stands in for the internet: questions, answers, and a market that is made up.

Each provider has a module here, ``tests/replay/<provider>.py``, that writes what the provider would
send, from the description of its wire format; no number in it is anybody's data.

A module holds ``HOSTS`` (tuple of str), ``answer(ask, market) -> Reply`` for every request that the
provider's plan makes, and ``CASES``, a mapping from the name of a fault to a function
``(ask, market) -> Reply``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal
from zlib import crc32

import numpy as np
from scipy.signal import lfilter

from leadline.data.clock import us_business
from leadline.data.series import SeriesInfo, find


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

    def _made(self, info: SeriesInfo) -> tuple[np.ndarray, np.ndarray]:
        if info.id == "t10yie":
            return self._difference("dgs10", "dfii10")
        if info.id.endswith(("_open", "_high", "_low")):
            base, _, what = info.id.rpartition("_")
            days, close = self.series(base)
            factor = {"open": 1.0, "high": 1.02, "low": 0.98}[what]
            return days, np.round(close * factor, 4)
        same = {"m2_latest": "m2", "cpi_latest": "cpi", "indpro_latest": "indpro"}
        if info.id in same:
            return self.series(same[info.id])
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
        (days, a), (later, b) = self.series(one), self.series(other)
        _, left, right = np.intersect1d(days, later, return_indices=True)
        return days[left], np.round(a[left] - b[right], 2)


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
