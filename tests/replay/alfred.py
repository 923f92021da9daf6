"""What alfred.stlouisfed.org sends: the page that lists vintages, and stamped columns."""

import numpy as np
from replay.core import Ask, Market, Reply, behind

HOSTS = ("alfred.stlouisfed.org",)
NOT_FOUND = Reply(b"<!DOCTYPE html><html><title>Error - St. Louis Fed</title></html>", 404)
CHALLENGE = Reply(
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>",
    headers={"Content-Type": "text/html"},
)


def answer(ask: Ask, market: Market) -> Reply:
    if ask.path == "/series/downloaddata":
        return _list(ask, market)
    if ask.path == "/graph/alfredgraph.csv":
        return _csv(ask, market)
    return NOT_FOUND


def _list(ask: Ask, market: Market) -> Reply:
    name = behind("alfred", ask.query.get("seid", ""))
    if not name:
        return NOT_FOUND
    options = "\n".join(
        f'<option value="{day}">{day}</option>' for day in market.vintages(name)[::-1]
    )
    page = (
        '<!DOCTYPE html>\n<html><body><form method="post">\n'
        '<select id="form_units"><option value="lin">Levels</option></select>\n'
        '<select id="form_selected_vintage_dates" multiple="multiple">\n'
        f"{options}\n</select></form></body></html>\n"
    )
    return Reply(page.encode(), headers={"Content-Type": "text/html; charset=UTF-8"})


def _csv(ask: Ask, market: Market, *, stamp: bool = True) -> Reply:
    codes = ask.query["id"].split(",")
    name = behind("alfred", codes[0])
    asked = [np.datetime64(day) for day in ask.query["vintage_date"].split(",")]
    if not name or len(codes) != len(asked):
        return NOT_FOUND
    listed = market.vintages(name)
    if not listed.size or min(asked) < listed[0]:
        return NOT_FOUND
    vintages = [market.vintage(name, day) for day in asked]
    days = market.series(name)[0]
    days = days[np.logical_or.reduce([np.isin(days, out) for out, _ in vintages])]
    columns = []
    for out, values in vintages:
        # What came out later has an empty cell in an earlier vintage.
        column = np.full(days.size, "", dtype=object)
        column[np.isin(days, out)] = [f"{value:.10g}" for value in values]
        columns.append(column)
    stamps = [f"{codes[0]}_{str(day).replace('-', '')}" if stamp else codes[0] for day in asked]
    lines = [f"{day},{','.join(row)}" for day, *row in zip(days, *columns, strict=True)]
    body = "\n".join([f"observation_date,{','.join(stamps)}", *lines, ""]).encode()
    return Reply(body, headers={"Content-Type": "application/csv"})


def _unstamped(ask: Ask, market: Market) -> Reply:
    return _csv(ask, market, stamp=False) if "vintage_date" in ask.query else answer(ask, market)


def _before_the_first(ask: Ask, market: Market) -> Reply:
    """Send columns without a value in them, as for a day before the first vintage."""
    reply = answer(ask, market)
    if "vintage_date" not in ask.query:
        return reply
    header, *lines = reply.body.decode().splitlines()
    empty = "," * header.count(",")
    rows = [line.partition(",")[0] + empty for line in lines]
    return reply.but(body="\n".join([header, *rows, ""]).encode())


def _list_blocked(ask: Ask, market: Market) -> Reply:
    return CHALLENGE if ask.path == "/series/downloaddata" else answer(ask, market)


CASES = {
    "stamped_ok": answer,
    "unstamped": _unstamped,
    "two_vintages": answer,
    "before_first_vintage": _before_the_first,
    "vintage_list_html": _list_blocked,
}
