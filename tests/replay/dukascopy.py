"""Dukascopy's yearly files of daily candles, as described; made-up prices."""

import lzma
import struct

import numpy as np
from replay.core import Ask, Market, Reply, behind, candles

HOSTS = ("datafeed.dukascopy.com",)
FIRST_YEAR = 2003

Candle = tuple[int, float, float, float, float, float]


def answer(ask: Ask, market: Market) -> Reply:
    _, datafeed, code, year, *file = ask.path.split("/")
    known = datafeed == "datafeed" and file == ["BID_candles_day_1.bi5"]
    if not (known and behind("dukascopy", code) and FIRST_YEAR <= int(year) <= market.today.year):
        return Reply(b"<html>404 Not Found</html>", 404)
    return sent(year_of(ask, market))


def year_of(ask: Ask, market: Market) -> list[Candle]:
    """Give second, open, close, low, high and volume of each day of a year.

    Closed days are flat and without volume; on Sunday evening a little is traded.
    """
    _, _, code, year, _ = ask.path.split("/")
    first = np.datetime64(year, "D")
    made = candles(market, behind("dukascopy", code))
    inside = made["day"].astype("datetime64[Y]") == first
    prices = zip(*(made[name][inside] for name in ("open", "close", "low", "high")), strict=True)
    found = [
        (int((day - first).astype(int)) * 86400, *bar, 12.5)
        for day, bar in zip(made["day"][inside], prices, strict=True)
    ]
    return found + padding(first, made["day"][inside], made["close"][inside])


def padding(first: np.datetime64, days: np.ndarray, close: np.ndarray) -> list[Candle]:
    found: list[Candle] = []
    for day in np.setdiff1d(np.arange(first, days.max(initial=first)), days):
        second, last = int((day - first).astype(int)) * 86400, close[days < day][-1:]
        price = float(last[0]) if last.size else float(close[0])
        if (day.astype(int) + 3) % 7 == 6:
            found.append((second, price, price * 1.002, price * 0.999, price * 1.003, 0.01))
        else:
            found.append((second, price, price, price, price, 0.0))
    return found


def sent(found: list[Candle]) -> Reply:
    body = b"".join(
        struct.pack(">5If", second, *(min(round(price * 1000), 2**32 - 1) for price in bar), volume)
        for second, *bar, volume in found
    )
    packed = lzma.compress(body, format=lzma.FORMAT_ALONE, preset=1) if body else b""
    return Reply(packed, headers={"Content-Type": "application/octet-stream"})


def running_last_candle(ask: Ask, market: Market) -> Reply:
    """The candle of the day that the market is on still runs."""
    found = year_of(ask, market)
    second = (market.today.timetuple().tm_yday - 1) * 86400
    kept = [candle for candle in found if candle[0] != second]
    return sent([*kept, (second, 2.0, 1.5, 1.0, 3.0, 1.0)])


def padded_to_the_end(ask: Ask, market: Market) -> Reply:
    """The days of the year that are to come are there already, flat."""
    found = year_of(ask, market)
    last = max((second for second, *_ in found), default=0)
    ahead = range(last + 86400, 365 * 86400, 86400)
    return sent([*found, *((second, 30.0, 30.0, 30.0, 30.0, 0.0) for second in ahead)])


def bad_lzma(ask: Ask, market: Market) -> Reply:
    body = bytearray(answer(ask, market).body)
    body[40:60] = bytes(20)
    return Reply(bytes(body))


def cut_lzma(ask: Ask, market: Market) -> Reply:
    return Reply(answer(ask, market).body[:-30])


def hourly(ask: Ask, market: Market) -> Reply:
    return sent([(second + 3600, *rest) for second, *rest in year_of(ask, market)])


def next_year(ask: Ask, market: Market) -> Reply:
    return sent([(second + 366 * 86400, *rest) for second, *rest in year_of(ask, market)])


def moved_columns(ask: Ask, market: Market) -> Reply:
    """Open, high, low, close in the usual order, which is not this source's."""
    found = year_of(ask, market)
    return sent(
        [
            (second, first, high, low, close, volume)
            for second, first, close, low, high, volume in found
        ]
    )


CASES = {
    "running_last_candle": running_last_candle,
    "padded_flat_days": padded_to_the_end,
    "empty_200": lambda _ask, _market: Reply(b""),
    "bad_lzma": bad_lzma,
    "cut_lzma": cut_lzma,
    "bomb": lambda _ask, _market: Reply(lzma.compress(bytes(10**6), format=lzma.FORMAT_ALONE)),
    "hourly": hourly,
    "next_year": next_year,
    "moved_columns": moved_columns,
}
