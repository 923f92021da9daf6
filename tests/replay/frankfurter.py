"""Frankfurter's rates of central banks, as described; made-up rates."""

import json
from typing import Any

import numpy as np
from replay.core import Ask, Market, Reply, behind

HOSTS = ("api.frankfurter.dev",)


def answer(ask: Ask, market: Market) -> Reply:
    if ask.path != "/v2/rates" or not behind("frankfurter", ask.query["base"]):
        return sent({"message": "not found"}).but(status=404)
    return sent(rates(ask, market))


def rates(ask: Ask, market: Market) -> list[dict[str, Any]]:
    """Give what banks say, which is a little more than the price at the exchange."""
    days, prices = market.series(behind("frankfurter", ask.query["base"]))
    told = np.round(prices * 1.002, 4).tolist()
    first, last = (ask.query.get(name, other) for name, other in (("from", ""), ("to", "9")))
    return [
        {"date": str(day), "base": ask.query["base"], "quote": ask.query["quotes"], "rate": rate}
        for day, rate in zip(days, told, strict=True)
        if first <= str(day) <= last
    ]


def sent(found: Any) -> Reply:
    return Reply(json.dumps(found).encode(), headers={"Content-Type": "application/json"})


def changed(**changes: object) -> Any:
    def case(ask: Ask, market: Market) -> Reply:
        *most, last = rates(ask, market)
        return sent([*most, last | changes])

    return case


CASES = {
    "other_base": changed(base="XAU"),
    "other_quote": changed(quote="EUR"),
    "null_rate": changed(rate=None),
    "text_rate": changed(rate="n.a. today"),
    "running_day": changed(rate=1.5),
    "message_200": lambda _ask, _market: sent({"message": "bad"}),
    "422": lambda _ask, _market: sent({"message": "invalid from"}).but(status=422),
}
