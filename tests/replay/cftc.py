"""The commission's Socrata service: the legacy report, one object a market and week."""

import json
import re
from typing import Any

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply

from leadline.data.series import find, knows

HOSTS = ("publicreporting.cftc.gov",)

NAMES = {
    "084691": ("SILVER - COMMODITY EXCHANGE INC.", "silver"),
    "088691": ("GOLD - COMMODITY EXCHANGE INC.", "gold"),
    "085692": ("COPPER- #1 - COMMODITY EXCHANGE INC.", "copper"),
    "133741": ("BITCOIN - CHICAGO MERCANTILE EXCHANGE", "bitcoin"),
    "098662": ("USD INDEX - ICE FUTURES U.S.", "usdx"),
}
SIDES = {"net": "noncomm", "commercial_net": "comm", "small_net": "nonrept"}
LOADED = "2022-08-01T17:12:30.000Z"
STAMPED = np.datetime64("2022-09-01")


def answer(ask: Ask, market: Market) -> Reply:
    return reply(asked_for(ask, reports(ask, market)))


def reply(found: list[dict[str, Any]]) -> Reply:
    body = json.dumps(found).encode()
    return Reply(body, headers={"Content-Type": "application/json;charset=utf-8"})


def reports(ask: Ask, market: Market) -> list[dict[str, Any]]:
    """Give every report of the contract asked for, the oldest first."""
    code = ask.query["cftc_contract_market_code"]
    if code not in NAMES:
        return []
    title, name = NAMES[code]
    days, net = market.published(f"cot_{name}_net")
    held = {
        what: values_of(market, f"cot_{name}_{what}", net) for what in (*SIDES, "open_interest")
    }
    known = find("cot_silver_net").known_at(days) + np.timedelta64(12, "s")
    found = []
    for row, day in enumerate(days):
        stamp = f"{known[row]}.000Z" if day >= STAMPED else LOADED
        found.append(
            {
                ":updated_at": stamp,
                "market_and_exchange_names": title,
                "report_date_as_yyyy_mm_dd": f"{day}T00:00:00.000",
                "cftc_contract_market_code": code,
                "open_interest_all": str(round(held["open_interest"][row])),
                "noncomm_postions_spread_all": "9000",
            }
        )
        for what, prefix in SIDES.items():
            value = round(held[what][row])
            found[-1][f"{prefix}_positions_long_all"] = str(max(value, 0) + 20000)
            found[-1][f"{prefix}_positions_short_all"] = str(max(-value, 0) + 20000)
    return found


def values_of(market: Market, name: str, like: np.ndarray) -> list[float]:
    """Give the values of a series that the catalogue has, else something of the right size."""
    return (market.published(name)[1] if knows(name) else np.full(like.size, 150000.0)).tolist()


def asked_for(ask: Ask, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Do what the query's conditions, limit and offset say."""
    for sign, day in re.findall(r"(>=|<) '([0-9-]{10})'", ask.query.get("$where", "")):
        found = [
            report
            for report in found
            if (report["report_date_as_yyyy_mm_dd"][:10] >= day) == (sign == ">=")
        ]
    start = int(ask.query.get("$offset", "0"))
    return found[start : start + int(ask.query.get("$limit", "1000"))]


def _double_underscore(ask: Ask, market: Market) -> Reply:
    found = reports(ask, market)
    for report in found:
        report["noncomm__positions_short_all"] = report.pop("noncomm_positions_short_all")
        report["noncomm_positions_long"] = report.pop("noncomm_positions_long_all")
    return reply(asked_for(ask, found))


def _absent_field(ask: Ask, market: Market) -> Reply:
    found = reports(ask, market)
    for report in found[-3:-1]:
        del report["noncomm_positions_short_all"]
    return reply(asked_for(ask, found))


def _no_such_field(ask: Ask, market: Market) -> Reply:
    found = reports(ask, market)
    for report in found:
        del report["noncomm_positions_short_all"]
    return reply(asked_for(ask, found))


def _late(ask: Ask, market: Market) -> Reply:
    """Put the report of 2025-09-30 seven weeks later than the rule would have it."""
    found = reports(ask, market)
    for report in found:
        if report["report_date_as_yyyy_mm_dd"].startswith("2025-09-30"):
            report[":updated_at"] = "2025-11-19T20:30:10.000Z"
    return reply(asked_for(ask, found))


def _bulk_load(ask: Ask, market: Market) -> Reply:
    """Stamp everything with the day on which it was all loaded anew."""
    found = reports(ask, market)
    for report in found:
        report[":updated_at"] = LOADED
    return reply(asked_for(ask, found))


def _limit(ask: Ask, market: Market) -> Reply:
    """Give a thousand rows at most, whatever was asked for."""
    found = asked_for(ask, reports(ask, market))
    return reply(found[:1000])


def _other_market(ask: Ask, market: Market) -> Reply:
    found = reports(ask, market)
    for report in found:
        report["cftc_contract_market_code"] = "067651"
    return reply(asked_for(ask, found))


CASES: dict[str, Behaviour] = {
    "double_underscore": _double_underscore,
    "absent_field": _absent_field,
    "no_such_field": _no_such_field,
    "late_publication_2025": _late,
    "bulk_load_stamp_2022": _bulk_load,
    "limit_1000_default": _limit,
    "other_market": _other_market,
}
