"""GDELT's timelines: counts of articles with the number of all, and its many ways to fail."""

import json
from typing import Any

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply

HOSTS = ("api.gdeltproject.org",)

QUERIES = {'"currency debasement" sourcelang:english': "gdelt_debasement"}
NORM = 10_000_000
JSON = {"Content-Type": "application/json; charset=utf-8"}


def answer(ask: Ask, market: Market) -> Reply:
    return reply(ask, points(ask, market))


def reply(ask: Ask, found: list[dict[str, Any]], resolution: str = "day") -> Reply:
    if not found:
        return Reply(b"{}", headers=JSON)
    document = {
        "query_details": {"title": ask.query["query"], "date_resolution": resolution},
        "timeline": [{"series": "Article Count", "data": found}],
    }
    return Reply(json.dumps(document).encode(), headers=JSON)


def points(ask: Ask, market: Market) -> list[dict[str, Any]]:
    """Give counts by day up to yesterday; the share of the market times the norm, rounded."""
    name = QUERIES.get(ask.query["query"])
    if name is None:
        return []
    days, shares = market.series(name)
    first, last = (
        np.datetime64(f"{at[:4]}-{at[4:6]}-{at[6:8]}")
        for at in (ask.query["startdatetime"], ask.query["enddatetime"])
    )
    kept = (days >= first) & (days <= last) & (days < np.datetime64(market.today))
    return [
        {
            "date": f"{str(day).replace('-', '')}T000000Z",
            "value": round(float(share) * NORM),
            "norm": NORM,
        }
        for day, share in zip(days[kept], shares[kept], strict=True)
    ]


def _plain_text(_ask: Ask, _market: Market) -> Reply:
    text = b"Please limit requests to one every 5 seconds or contact the project for larger ones.\n"
    return Reply(text, headers={"Content-Type": "text/plain"})


def _empty(_ask: Ask, _market: Market) -> Reply:
    return Reply(b"{}", headers=JSON)


def _html_error(_ask: Ask, _market: Market) -> Reply:
    text = b"<html><body>The specified phrase is too short.</body></html>"
    return Reply(text, headers={"Content-Type": "text/html"})


def _bare_error(_ask: Ask, _market: Market) -> Reply:
    return Reply(b"Your query was too short or too long.\n", headers={"Content-Type": "text/html"})


def _control_characters(ask: Ask, market: Market) -> Reply:
    sent = answer(ask, market)
    return sent.but(body=sent.body.replace(b'\\"currency', b'\x07\t\\"currency'))


def _without_norm(ask: Ask, market: Market) -> Reply:
    found = points(ask, market)
    return reply(ask, [{"date": each["date"], "value": each["value"]} for each in found])


def _norm_zero(ask: Ask, market: Market) -> Reply:
    found = points(ask, market)
    return reply(ask, [*found[:-1], found[-1] | {"value": 0, "norm": 0}])


def _by_the_hour(ask: Ask, market: Market) -> Reply:
    found = points(ask, market)
    hourly = [
        each | {"date": each["date"].replace("T00", f"T{hour:02d}")}
        for each in found
        for hour in range(24)
    ]
    return reply(ask, hourly, "hour")


def _no_details(ask: Ask, market: Market) -> Reply:
    line = {"series": "Volume Intensity", "data": points(ask, market)}
    return Reply(json.dumps({"timeline": [line]}).encode(), headers=JSON)


CASES: dict[str, Behaviour] = {
    "plain_text_200": _plain_text,
    "empty_object": _empty,
    "html_query_error": _html_error,
    "bare_query_error": _bare_error,
    "control_chars": _control_characters,
    "with_norm": answer,
    "without_norm": _without_norm,
    "norm_zero": _norm_zero,
    "by_the_hour": _by_the_hour,
    "no_details": _no_details,
}
