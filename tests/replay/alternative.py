"""alternative.me: one object a day, the newest first, everything in strings."""

import json
from typing import Any

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply

HOSTS = ("api.alternative.me",)


def answer(_ask: Ask, market: Market) -> Reply:
    return reply(points(market))


def reply(found: list[dict[str, Any]], error: str | None = None) -> Reply:
    document = {"name": "Fear and Greed Index", "data": found, "metadata": {"error": error}}
    body = json.dumps(document, indent=1).encode()
    return Reply(body, headers={"Content-Type": "application/json"})


def points(market: Market) -> list[dict[str, Any]]:
    """Give every day up to today; the label is the day after the one that a value is about."""
    days, values = market.series("fear_greed_crypto")
    label = days + 1
    out = label <= np.datetime64(market.today)
    found = [
        {
            "value": str(round(float(value))),
            "value_classification": "Neutral",
            "timestamp": str(day.astype("datetime64[s]").astype(int)),
        }
        for day, value in zip(label[out], values[out], strict=True)
    ]
    if found:
        found[-1]["time_until_update"] = "68499"
    return found[::-1]


def _hour_shifted(_ask: Ask, market: Market) -> Reply:
    found = points(market)
    for number, point in enumerate(found[-40:]):
        shift = 3600 if number % 2 else -3600
        point["timestamp"] = str(int(point["timestamp"]) + shift)
    return reply(found)


def _missing_day(_ask: Ask, market: Market) -> Reply:
    found = points(market)
    return reply(found[:5] + found[6:])


def _reported_error(_ask: Ask, _market: Market) -> Reply:
    return reply([], "limit must be a number")


CASES: dict[str, Behaviour] = {
    "hour_shifted_stamp": _hour_shifted,
    "missing_day": _missing_day,
    "reported_error": _reported_error,
}
