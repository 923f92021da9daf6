"""Binance market data, as described; made-up prices."""

import json

import numpy as np
from replay.core import Ask, Market, Reply, behind, candles

HOSTS = ("data-api.binance.vision",)
FIRST = np.datetime64("2017-08-17")
DAY = 86_400_000

Bar = list[object]


def answer(ask: Ask, market: Market) -> Reply:
    if ask.path != "/api/v3/klines":
        return error(404, 0, "Not Found")
    if not behind("binance", ask.query["symbol"]):
        return error(400, -1121, "Invalid symbol.")
    return sent(bars(ask, market))


def bars(ask: Ask, market: Market) -> list[Bar]:
    made = candles(market, behind("binance", ask.query["symbol"]))
    times = made["day"].astype("datetime64[ms]").astype(np.int64)
    start, end = int(ask.query["startTime"]), int(ask.query.get("endTime", times.max(initial=0)))
    wanted = (times >= start) & (times <= end) & (made["day"] >= FIRST)
    prices = [made[name][wanted].tolist() for name in ("open", "high", "low", "close")]
    found = [bar(*each) for each in zip(times[wanted].tolist(), *prices, strict=True)]
    return found[: min(int(ask.query.get("limit", 500)), 1000)]


def bar(time: int, *prices: float) -> Bar:
    texts = [f"{price:.8f}" for price in prices]
    return [time, *texts, "795.15037700", time + DAY - 1, "3454770.05", 3427, "616.2", "26.4", "0"]


def sent(document: object) -> Reply:
    return Reply(json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def error(status: int, code: int, message: str) -> Reply:
    return sent({"code": code, "msg": message}).but(status=status)


def running_last_candle(ask: Ask, market: Market) -> Reply:
    """The day that the market is on has a candle, asked for or not."""
    day = np.datetime64(market.today, "ms").astype(int)
    return sent([*bars(ask, market), bar(int(day), 2.0, 3.0, 1.0, 1.5)])


def microseconds(ask: Ask, market: Market) -> Reply:
    return sent([in_microseconds(each) for each in bars(ask, market)])


def in_microseconds(each: Bar) -> Bar:
    opened, *rest = each
    return [opened * 1000, *rest[:5], (rest[5] + 1) * 1000 - 1, *rest[6:]]


def ms_and_us(ask: Ask, market: Market) -> Reply:
    found = bars(ask, market)
    return sent(found[:-1] + [in_microseconds(each) for each in found[-1:]])


def gap_day(ask: Ask, market: Market) -> Reply:
    found = bars(ask, market)
    return sent(found[:2] + found[3:])


def weekly(ask: Ask, market: Market) -> Reply:
    return sent([[*each[:6], each[6] + 6 * DAY, *each[7:]] for each in bars(ask, market)])


def restricted(_ask: Ask, _market: Market) -> Reply:
    text = "Service unavailable from a restricted location according to 'b. Eligibility'"
    return error(451, 0, text)


CASES = {
    "running_last_candle": running_last_candle,
    "ms_vs_us": microseconds,
    "ms_and_us": ms_and_us,
    "gap_day": gap_day,
    "weekly": weekly,
    "451": restricted,
    "418": lambda _ask, _market: error(418, -1003, "Way too much request weight used; IP banned."),
    "error_200": lambda _ask, _market: error(200, -1121, "Invalid symbol."),
}
