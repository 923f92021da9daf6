"""Yahoo Finance chart, as described; made-up prices."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply, behind, candles

from leadline.data.clock import instants

HOSTS = ("query2.finance.yahoo.com", "query1.finance.yahoo.com")
NEW_YORK = "America/New_York"
FIELDS = ("open", "high", "low", "close")

Chart = dict[str, Any]


def answer(ask: Ask, market: Market) -> Reply:
    symbol = ask.path.removeprefix("/v8/finance/chart/")
    if not behind("yahoo", symbol):
        return error(404, "Not Found", "No data found, symbol may be delisted")
    return sent(chart(ask, market))


def chart(ask: Ask, market: Market) -> Chart:
    symbol = ask.path.removeprefix("/v8/finance/chart/")
    made = candles(market, behind("yahoo", symbol))
    starts = instants(made["day"], f"{'09:30' if symbol[0] == '^' else '00:00'} {NEW_YORK}")
    times = starts.astype(np.int64)
    wanted = (times >= int(ask.query["period1"])) & (times < int(ask.query["period2"]))
    found: Chart = {
        "meta": {
            "currency": "USD",
            "symbol": symbol,
            "instrumentType": "FUTURE" if symbol.endswith("=F") else "INDEX",
            "firstTradeDate": 967608000,
            "gmtoffset": -18000,
            "timezone": "EST",
            "exchangeTimezoneName": NEW_YORK,
            "dataGranularity": ask.query["interval"],
            "range": "",
        },
        "timestamp": times[wanted].tolist(),
        "indicators": {
            "quote": [{name: made[name][wanted].tolist() for name in FIELDS}],
            "adjclose": [{"adjclose": made["close"][wanted].tolist()}],
        },
    }
    quote = found["indicators"]["quote"][0]
    quote["volume"] = [100] * len(quote["close"])
    if not found["timestamp"]:
        del found["timestamp"]
        found["indicators"] = {"quote": [{}], "adjclose": [{}]}
    return found


def sent(found: Chart) -> Reply:
    return as_json({"chart": {"result": [found], "error": None}})


def as_json(document: Any) -> Reply:
    return Reply(json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def error(status: int, code: str, description: str) -> Reply:
    fault = {"code": code, "description": description}
    return as_json({"chart": {"result": None, "error": fault}}).but(status=status)


def but(change: Callable[[Chart, Market], None]) -> Behaviour:
    """Spoil a good chart."""

    def case(ask: Ask, market: Market) -> Reply:
        found = chart(ask, market)
        change(found, market)
        return sent(found)

    return case


def with_meta(**changes: object) -> Behaviour:
    return but(lambda found, _: found["meta"].update(changes))


def null_closes(found: Chart, _market: Market) -> None:
    for values in found["indicators"]["quote"][0].values():
        values[-3] = None


def added(found: Chart, second: int) -> None:
    """Add a bar that is half as high again as the last one."""
    found["timestamp"].append(second)
    for values in found["indicators"]["quote"][0].values():
        values.append(values[-1] * 1.5)


def wild(found: Chart) -> None:
    for values in found["indicators"]["quote"][0].values():
        values[-1] *= 1.5


def at(market: Market, days: int, wall: str) -> int:
    day = np.array([market.today + timedelta(days=days)], dtype="datetime64[D]")
    return int(instants(day, f"{wall} {NEW_YORK}")[0].astype(np.int64))


def unequal(found: Chart, _market: Market) -> None:
    found["indicators"]["quote"][0]["close"].pop()


def unnamed(found: Chart, _market: Market) -> None:
    found["indicators"]["quote"] = []


CASES = {
    "null_closes": but(null_closes),
    # Of the day that the market is on, and a quote behind it at noon.
    "live_last_bar": but(lambda found, _: wild(found)),
    "live_quote_beside": but(lambda found, market: added(found, at(market, 0, "12:00"))),
    # In the evening the next session has begun.
    "evening_bar": but(lambda found, market: added(found, at(market, 1, "00:00"))),
    "silent_monthly": with_meta(dataGranularity="1mo"),
    "other_symbol": with_meta(symbol="GC=F"),
    "other_currency": with_meta(currency="USX"),
    "no_such_zone": with_meta(exchangeTimezoneName="Mars/Olympus"),
    "zone_is_a_folder": with_meta(exchangeTimezoneName="America"),
    "unequal_lengths": but(unequal),
    "no_quotes": but(unnamed),
    "not_found": lambda _ask, _market: error(404, "Not Found", "No data found"),
    "not_found_200": lambda _ask, _market: error(200, "Not Found", "No data found"),
    "invalid_crumb": lambda _ask, _market: as_json(
        {"finance": {"result": None, "error": {"code": "x", "description": "Invalid Crumb"}}}
    ).but(status=401),
    "invalid_crumb_200": lambda _ask, _market: as_json(
        {"finance": {"result": None, "error": {"code": "Unauthorized"}}}
    ),
    "will_be_right_back": lambda _ask, _market: Reply(
        b"<html><title>Yahoo</title><body>Will be right back...</body></html>"
    ),
    "429_text": lambda _ask, _market: Reply(b"Too Many Requests\r\n", 429),
}
