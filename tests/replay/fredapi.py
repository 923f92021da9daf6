"""What api.stlouisfed.org sends: the list of vintages, and observations by real-time period."""

import json
from typing import Any

import numpy as np
from replay.core import Ask, Market, Reply, behind

HOSTS = ("api.stlouisfed.org",)
JSON = {"Content-Type": "application/json; charset=UTF-8"}
LAST = "9999-12-31"


def refusal(message: str) -> Reply:
    body = {"error_code": 400, "error_message": f"Bad Request.  {message}"}
    return Reply(json.dumps(body).encode(), 400, JSON)


def answer(ask: Ask, market: Market) -> Reply:
    name = behind("fredapi", ask.query.get("series_id", ""))
    if not ask.query.get("api_key"):
        return refusal("Variable api_key is not set.")
    if not name:
        return refusal("The series does not exist.")
    if ask.path == "/fred/series/vintagedates":
        return _vintages(ask, market, name)
    if ask.path == "/fred/series/observations":
        return _observations(ask, market, name)
    return Reply(b"", 404)


def _vintages(ask: Ask, market: Market, name: str) -> Reply:
    days = [str(day) for day in market.vintages(name)]
    body = {
        "realtime_start": "1776-07-04",
        "realtime_end": LAST,
        "order_by": "vintage_date",
        "sort_order": "asc",
        "count": len(days),
        "offset": 0,
        "limit": int(ask.query.get("limit", "10000")),
        "vintage_dates": days,
    }
    return Reply(json.dumps(body).encode(), headers=JSON)


def _observations(ask: Ask, market: Market, name: str) -> Reply:
    start, end = ask.query.get("realtime_start"), ask.query.get("realtime_end")
    if start is None or end is None:
        start = end = str(market.today)
        days, values = market.published(name)
        rows = [_row(day, value, start, end) for day, value in zip(days, values, strict=True)]
    elif np.sum(market.vintages(name) >= np.datetime64(start)) > 2000:
        return refusal("The request exceeds the maximum number of vintage dates allowed (2000).")
    else:
        rows = _versions(market, name, np.datetime64(start), np.datetime64(end))
    since = ask.query.get("observation_start", "1776-07-04")
    rows = [row for row in rows if row["date"] >= since]
    offset, limit = int(ask.query.get("offset", "0")), int(ask.query.get("limit", "100000"))
    body = {
        "realtime_start": start,
        "realtime_end": end,
        "observation_start": since,
        "observation_end": LAST,
        "units": "lin",
        "output_type": 1,
        "file_type": "json",
        "order_by": "observation_date",
        "sort_order": "asc",
        "count": len(rows),
        "offset": offset,
        "limit": limit,
        "observations": rows[offset : offset + limit],
    }
    return Reply(json.dumps(body).encode(), headers=JSON)


def _row(day: Any, value: float, start: Any, end: Any) -> dict[str, str]:
    return {
        "realtime_start": str(start),
        "realtime_end": str(end),
        "date": str(day),
        "value": f"{value:.10g}",
    }


def _versions(
    market: Market, name: str, start: np.datetime64, end: np.datetime64
) -> list[dict[str, str]]:
    """Give each value with the stretch in which it stood, cut to the window."""
    stops = [day for day in market.vintages(name) if start < day <= end]
    told = [market.vintage(name, day) for day in (start, *stops)]
    days = market.series(name)[0]
    table = np.full((len(told), days.size), np.nan)
    for row, (out, values) in zip(table, told, strict=True):
        row[np.isin(days, out)] = values
    begins, ends = [start, *stops], [*(day - 1 for day in stops), end]
    rows = []
    for day, column in zip(days, table.T, strict=True):
        news = np.flatnonzero(np.diff(column, prepend=np.nan) != 0)
        news = news[~np.isnan(column[news])]
        last = [*(news[1:] - 1), len(told) - 1]
        rows += [_row(day, column[i], begins[i], ends[j]) for i, j in zip(news, last, strict=False)]
    return rows


def _with_dot(ask: Ask, market: Market) -> Reply:
    reply = answer(ask, market)
    body = json.loads(reply.body)
    for row in body.get("observations", [])[-12::5]:
        row["value"] = "."
    return reply.but(body=json.dumps(body).encode())


def _bad_key(_ask: Ask, _market: Market) -> Reply:
    return refusal("The value for variable api_key is not registered.")


def _too_many(_ask: Ask, _market: Market) -> Reply:
    return refusal("The request exceeds the maximum number of vintage dates allowed (2000).")


def _echo(ask: Ask, _market: Market) -> Reply:
    """Refuse, and repeat the key: it must not be shown all the same."""
    return refusal(f"The value {ask.query.get('api_key', '')} for variable api_key is not known.")


def _other_window(ask: Ask, market: Market) -> Reply:
    """Ignore the window asked for, as a misspelt parameter is ignored."""
    query = {name: text for name, text in ask.query.items() if not name.startswith("realtime")}
    return answer(Ask(ask.host, ask.path, query, ask.headers, ask.nth), market)


CASES = {
    "dot_value": _with_dot,
    "400_bad_key": _bad_key,
    "400_2000_vintages": _too_many,
    "paged_offset": answer,
    "realtime_clipped": answer,
    "vintage_ignored": _other_window,
    "key_in_log": _echo,
}
