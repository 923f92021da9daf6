"""Kraken, as described; made-up prices."""

import json

import numpy as np
from replay.core import Ask, Market, Reply, behind, candles

HOSTS = ("api.kraken.com",)

Bar = list[object]


def answer(ask: Ask, market: Market) -> Reply:
    if ask.path != "/0/public/OHLC":
        return sent({"error": ["EGeneral:Unknown method"]}).but(status=404)
    if not behind("kraken", ask.query["pair"]):
        return error("EQuery:Unknown asset pair")
    return sent(document(ask, bars(ask, market)))


def document(ask: Ask, found: list[Bar]) -> dict[str, object]:
    pair = ask.query["pair"]
    last = found[-1][0] if found else 0
    return {"error": [], "result": {f"X{pair[:-3]}Z{pair[-3:]}": found, "last": last}}


def bars(ask: Ask, market: Market) -> list[Bar]:
    made = candles(market, behind("kraken", ask.query["pair"]))
    seconds = made["day"].astype("datetime64[s]").astype(int)
    recent = made["day"] >= np.sort(made["day"])[-720:][:1]
    recent &= seconds > int(ask.query.get("since", 0))
    times = seconds[recent].tolist()
    prices = [made[name][recent].tolist() for name in ("open", "high", "low", "close")]
    return [bar(*each) for each in zip(times, *prices, strict=True)]


def bar(time: int, *prices: float) -> Bar:
    return [time, *(f"{price:.4f}" for price in prices), "0.0", "9123.45678901", 12345]


def sent(found: object) -> Reply:
    return Reply(json.dumps(found).encode(), headers={"Content-Type": "application/json"})


def error(message: str) -> Reply:
    return sent({"error": [message]})


def running_last_candle(ask: Ask, market: Market) -> Reply:
    """The candle of the day that the market is on still runs."""
    day = np.datetime64(market.today, "s").astype(int)
    return sent(document(ask, [*bars(ask, market)[:-1], bar(int(day), 2.0, 3.0, 1.0, 1.5)]))


def other_pair(ask: Ask, market: Market) -> Reply:
    return sent({"error": [], "result": {"XXBTZEUR": bars(ask, market), "last": 0}})


def two_pairs(ask: Ask, market: Market) -> Reply:
    found = bars(ask, market)
    return sent({"error": [], "result": {"XXBTZUSD": found, "XXBTZEUR": found, "last": 0}})


def same_name(ask: Ask, market: Market) -> Reply:
    return sent({"error": [], "result": {ask.query["pair"]: bars(ask, market), "last": 0}})


CASES = {
    "running_last_candle": running_last_candle,
    "kraken_error_200": lambda _ask, _market: error("EGeneral:Too many requests"),
    "other_pair": other_pair,
    "two_pairs": two_pairs,
    "same_name": same_name,
}
