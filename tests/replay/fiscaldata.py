"""What api.fiscaldata.treasury.gov sends: the operating cash balance of the Treasury by account."""

import json
import re
from typing import Any

import numpy as np
from replay.core import Ask, Market, Reply

HOSTS = ("api.fiscaldata.treasury.gov",)
PATH = "/services/api/fiscal_service/v1/accounting/dts/operating_cash_balance"
OLD, MIDDLE = "Federal Reserve Account", "Treasury General Account (TGA)"
CLOSING, OPENING = f"{MIDDLE} Closing Balance", f"{MIDDLE} Opening Balance"
RENAMED, SPLIT = np.datetime64("2021-10-01"), np.datetime64("2022-04-18")


def answer(ask: Ask, market: Market) -> Reply:
    return _page(ask, market, int(ask.query.get("page[size]", "100")))


def _page(ask: Ask, market: Market, size: int) -> Reply:
    if ask.path != PATH:
        return Reply(b'{"error":"Not Found"}', 404, {"Content-Type": "application/json"})
    asked = re.fullmatch(
        r"record_date:gte:(\d{4}-\d\d-\d\d)(,account_type:eq:(.*))?", ask.query["filter"]
    )
    records = [
        record
        for record in _records(market)
        if record["record_date"] >= asked[1] and asked[3] in (None, record["account_type"])
    ]
    if ask.query.get("sort") == "-record_date":
        records.reverse()
    number = int(ask.query.get("page[number]", "1"))
    told = records[(number - 1) * size : number * size]
    body = {
        "data": told,
        "meta": {
            "count": len(told),
            "labels": {"record_date": "Record Date"},
            "dataTypes": {"record_date": "DATE"},
            "dataFormats": {"record_date": "YYYY-MM-DD"},
            "total-count": len(records),
            "total-pages": -(-len(records) // size),
        },
        "links": {"self": f"&page%5Bnumber%5D={number}", "prev": None, "next": None},
    }
    return Reply(json.dumps(body).encode(), headers={"Content-Type": "application/json"})


def _records(market: Market) -> list[dict[str, Any]]:
    """Give the lines of every day; since April 2022 balances stand under "open" alone."""
    days, values = market.published("tga_daily")
    cells = [f"{value:.10g}" for value in values]
    lines = []
    for day, before, cell in zip(days, ["0", *cells], cells, strict=False):
        if day < RENAMED:
            lines.append((day, OLD, before, cell))
        elif day < SPLIT:
            lines.append((day, MIDDLE, before, cell))
        else:
            lines += [(day, OPENING, before, "null"), (day, CLOSING, cell, "null")]
    names = ("record_date", "account_type", "open_today_bal", "close_today_bal")
    return [dict(zip(names, (str(day), *rest), strict=True)) for day, *rest in lines]


def _filter_ignored(ask: Ask, market: Market) -> Reply:
    """Send every account, whichever was asked for."""
    query = {**ask.query, "filter": ask.query["filter"].partition(",")[0]}
    return answer(Ask(ask.host, ask.path, query), market)


CASES = {
    "null_string_trap": answer,
    "account_rename_2021_2022": answer,
    "two_pages": lambda ask, market: _page(ask, market, 700),
    "filter_ignored": _filter_ignored,
}
