"""LBMA's files of auction prices, as described; made-up prices."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply, behind

HOSTS = ("prices.lbma.org.uk",)

Auction = dict[str, Any]


def answer(ask: Ask, market: Market) -> Reply:
    code = ask.path.removeprefix("/json/").removesuffix(".json")
    return sent(auctions(ask, market)) if behind("lbma", code) else Reply(b"<html>404", 404)


def auctions(ask: Ask, market: Market) -> list[Auction]:
    days, dollars = market.series(behind("lbma", ask.path[6:].removesuffix(".json")))
    return [
        {
            "is_cms_locked": 0,
            "d": str(day),
            "v": [price, round(price * 0.75, 2), round(price * 0.9, 2) if euro else None],
        }
        for day, price, euro in zip(
            days, dollars.tolist(), days >= np.datetime64("1999-01-04"), strict=True
        )
    ]


def sent(found: Any) -> Reply:
    headers = {"Content-Type": "application/json", "ETag": '"1"'}
    return Reply(json.dumps(found).encode(), headers=headers)


def but(change: Callable[[list[Auction]], None]) -> Behaviour:
    """Spoil a good file."""

    def case(ask: Ask, market: Market) -> Reply:
        found = auctions(ask, market)
        change(found)
        return sent(found)

    return case


def third_last(price: object) -> Behaviour:
    return but(lambda found: found[-3]["v"].__setitem__(0, price))


CASES = {
    "null_usd": third_last(None),
    "zero_usd": third_last(0),
    "text_usd": third_last("fixing suspended"),
    "two_currencies": but(lambda found: found[-3]["v"].pop()),
    "bad_day": but(lambda found: found[-3].update(d="2026-02-30")),
    "cloudflare_403": lambda _ask, _market: Reply(
        b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>", 403
    ),
    "cloudflare_200": lambda _ask, _market: Reply(
        b"<!DOCTYPE html><title>Just a moment...</title>"
    ),
}
