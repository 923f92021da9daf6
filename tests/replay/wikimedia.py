"""Wikimedia's page views: a list of days with at least one reader."""

import json
import re
from typing import Any

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply

HOSTS = ("wikimedia.org",)

PAGES = {
    "en.wikipedia/Bitcoin": "wiki_bitcoin",
    "en.wikipedia/Silver_as_an_investment": "wiki_silver",
}
PATH = re.compile(r".*/per-article/([^/]+)/all-access/user/(.+)/daily/(\d{8})/(\d{8})")
JSON = {"Content-Type": "application/json; charset=utf-8"}
NO_DATA = {
    "type": "https://mediawiki.org/wiki/HyperSwitch/errors/not_found",
    "title": "Not found.",
    "method": "get",
    "detail": "The date(s) you used are valid, but we either do not have data for those date(s).",
    "uri": "/analytics.wikimedia.org/v1/pageviews",
}


def answer(ask: Ask, market: Market) -> Reply:
    return reply(items(ask, market))


def reply(found: list[dict[str, Any]]) -> Reply:
    if not found:
        body = json.dumps(NO_DATA).encode()
        return Reply(body, 404, {"Content-Type": "application/problem+json"})
    return Reply(json.dumps({"items": found}).encode(), headers=JSON)


def items(ask: Ask, market: Market) -> list[dict[str, Any]]:
    found = PATH.fullmatch(ask.path)
    if found is None or f"{found[1]}/{found[2]}" not in PAGES:
        return []
    days, views = market.series(PAGES[f"{found[1]}/{found[2]}"])
    first, last = (np.datetime64(f"{d[:4]}-{d[4:6]}-{d[6:]}") for d in (found[3], found[4]))
    kept = (days >= first) & (days <= last) & (days < np.datetime64(market.today))
    return [
        {
            "project": found[1],
            "article": found[2],
            "granularity": "daily",
            "timestamp": str(day).replace("-", "") + "00",
            "access": "all-access",
            "agent": "user",
            "views": round(float(count)),
        }
        for day, count in zip(days[kept], views[kept], strict=True)
    ]


def _not_yet(_ask: Ask, _market: Market) -> Reply:
    return reply([])


def _zero_day(ask: Ask, market: Market) -> Reply:
    found = items(ask, market)
    return reply([*found[:-5], *found[-4:]])


def _renamed(ask: Ask, market: Market) -> Reply:
    """Answer for the title that the page was moved to."""
    return reply([item | {"article": "Bitcoin_(currency)"} for item in items(ask, market)])


def _no_views(ask: Ask, market: Market) -> Reply:
    return reply([item | {"views": None} for item in items(ask, market)])


CASES: dict[str, Behaviour] = {
    "404_no_data_yet": _not_yet,
    "zero_day_absent": _zero_day,
    "renamed_article": _renamed,
    "no_views": _no_views,
}
