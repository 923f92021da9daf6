"""Coinbase Exchange, as described; made-up prices."""

import json

import numpy as np
from replay.core import Ask, Market, Reply, behind, candles

HOSTS = ("api.exchange.coinbase.com",)
FIRST = np.datetime64("2015-07-20")


def answer(ask: Ask, market: Market) -> Reply:
    _, products, product, what = ask.path.split("/")
    if (products, what) != ("products", "candles") or not behind("coinbase", product):
        return error(404, "NotFound")
    start, end = (np.datetime64(ask.query[name].rstrip("Z"), "D") for name in ("start", "end"))
    if (end - start).astype(int) >= 300:
        text = "granularity too small for the requested time range. Count of aggregations"
        return error(400, f"{text} requested exceeds 300")
    return sent(bars(ask, market))


def bars(ask: Ask, market: Market) -> list[list[float]]:
    """Give time, low, high, open, close and volume of the days asked for, the newest first."""
    made = candles(market, behind("coinbase", ask.path.split("/")[2]))
    start, end = (np.datetime64(ask.query[name].rstrip("Z"), "D") for name in ("start", "end"))
    wanted = (made["day"] >= max(start, FIRST)) & (made["day"] <= end)
    times = made["day"][wanted].astype("datetime64[s]").astype(int).tolist()
    prices = [made[name][wanted].tolist() for name in ("low", "high", "open", "close")]
    return [[*bar, 9123.4] for bar in zip(times, *prices, strict=True)][::-1]


def sent(document: object) -> Reply:
    return Reply(json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def error(status: int, message: str) -> Reply:
    return sent({"message": message}).but(status=status)


def running_last_candle(ask: Ask, market: Market) -> Reply:
    """The day that the market is on has a candle, asked for or not."""
    day = np.datetime64(market.today, "s").astype(int)
    return sent([[int(day), 1.0, 3.0, 2.0, 1.5, 0.1], *bars(ask, market)])


def gap_day(ask: Ask, market: Market) -> Reply:
    found = bars(ask, market)
    return sent(found[:2] + found[3:])


def moved_columns(ask: Ask, market: Market) -> Reply:
    """Open, high, low, close in the usual order, which is not this exchange's."""
    return sent(
        [[day, first, high, low, *rest] for day, low, high, first, *rest in bars(ask, market)]
    )


def milliseconds(ask: Ask, market: Market) -> Reply:
    return sent([[day * 1000, *rest] for day, *rest in bars(ask, market)])


def hourly(ask: Ask, market: Market) -> Reply:
    return sent([[day + 3600, *rest] for day, *rest in bars(ask, market)])


CASES = {
    "running_last_candle": running_last_candle,
    "gap_day": gap_day,
    "moved_columns": moved_columns,
    "milliseconds": milliseconds,
    "hourly": hourly,
    "400_too_many": lambda _ask, _market: error(400, "granularity too small"),
    "400_no_agent": lambda _ask, _market: error(400, "User-Agent header is required."),
    "message_200": lambda _ask, _market: error(200, "Maintenance"),
}
