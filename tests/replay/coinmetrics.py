"""Coin Metrics community API, as described; made-up prices."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply, behind

HOSTS = ("community-api.coinmetrics.io",)
PATH = "/v4/timeseries/asset-metrics"


def answer(ask: Ask, market: Market) -> Reply:
    if ask.path != PATH or behind("coinmetrics", ask.query["assets"]) == "":
        return error(400, "bad_parameter", "Bad parameter 'assets'. Value is not supported.")
    rows = records(ask, market)
    start, size = int(ask.query.get("next_page_token", 0)), int(ask.query.get("page_size", 100))
    document: dict[str, object] = {"data": rows[start : start + size]}
    if start + size < len(rows):
        query = {**ask.query, "next_page_token": str(start + size)}
        document["next_page_token"] = query["next_page_token"]
        document["next_page_url"] = f"https://{ask.host}{PATH}?{urlencode(query)}"
    return sent(document)


def records(ask: Ask, market: Market) -> list[dict[str, str]]:
    days, prices = market.series(behind("coinmetrics", ask.query["assets"]))
    wanted = days >= np.datetime64(ask.query.get("start_time", "1970-01-01")[:10])
    rows = []
    for day, price in zip(days[wanted], prices[wanted], strict=True):
        row = {"asset": ask.query["assets"], "time": f"{day}T00:00:00.000000000Z"}
        rows.append(row | {"PriceUSD": str(price)})
    return rows


def sent(document: object) -> Reply:
    headers = {"Content-Type": "application/json", "X-RateLimit-Remaining": "9"}
    return Reply(json.dumps(document).encode(), headers=headers)


def error(status: int, kind: str, message: str) -> Reply:
    body = {"error": {"type": kind, "message": message}}
    return sent(body).but(status=status)


def two_pages(ask: Ask, market: Market) -> Reply:
    size = str(len(records(ask, market)) // 2 + 1)
    if "next_page_token" not in ask.query:
        ask = replace(ask, query={**ask.query, "page_size": size})
    return answer(ask, market)


def before_the_first_price(ask: Ask, market: Market) -> Reply:
    rows: list[dict[str, str | None]] = [*records(ask, market)]
    for row in (*rows[:5], rows[-3]):
        row["PriceUSD"] = None
    return sent({"data": rows})


def forbidden(_ask: Ask, _market: Market) -> Reply:
    message = "Requested resource is not available with supplied credentials."
    return error(403, "forbidden", message)


def csv(ask: Ask, market: Market) -> Reply:
    rows = records(ask, market)
    lines = [f"{row['asset']},{row['time']},{row['PriceUSD']}" for row in rows]
    return Reply("\n".join(["asset,time,PriceUSD", *lines]).encode())


def next_page(url: str) -> Behaviour:
    def case(ask: Ask, market: Market) -> Reply:
        return sent({"data": records(ask, market)[:1], "next_page_url": url})

    return case


def running_last_day(ask: Ask, market: Market) -> Reply:
    """The day that the market is on has a price before it is over."""
    *most, last = records(ask, market)
    return sent({"data": [*most, last | {"PriceUSD": "1.5"}]})


CASES = {
    "two_pages": two_pages,
    "before_the_first_price": before_the_first_price,
    "403_not_community": forbidden,
    "csv": csv,
    "running_last_day": running_last_day,
    "next_page_elsewhere": next_page("https://community-api.coinmetrics.io.example.org/v4/x"),
    "next_page_without_tls": next_page("http://community-api.coinmetrics.io/v4/x"),
    "next_page_no_address": next_page("https://[community-api.coinmetrics.io/v4"),
    "next_page_for_ever": next_page(f"https://{HOSTS[0]}{PATH}?assets=btc&metrics=PriceUSD"),
}
