"""What home.treasury.gov sends: a year of a yield curve, as CSV or as an Atom feed."""

import re

import numpy as np
from replay.core import Ask, Market, Reply

HOSTS = ("home.treasury.gov",)
ROOT = "/resource-center/data-chart-center/interest-rates"
# The columns of today; of those without a series, what is in them does not matter.
CURVES = {
    "daily_treasury_yield_curve": (
        "dgs2",
        {"2 Yr": "dgs2", "10 Yr": "dgs10"},
        ("1 Mo", "1.5 Month", "2 Mo", "3 Mo", "4 Mo", "6 Mo", "1 Yr", "2 Yr", "3 Yr", "5 Yr",
         "7 Yr", "10 Yr", "20 Yr", "30 Yr"),
    ),
    "daily_treasury_real_yield_curve": (
        "dfii10",
        {"5 YR": "dfii5", "10 YR": "dfii10"},
        ("5 YR", "7 YR", "10 YR", "20 YR", "30 YR"),
    ),
}  # fmt: skip


def answer(ask: Ask, market: Market) -> Reply:
    year = ask.query.get("field_tdr_date_value", "")
    if ask.path == f"{ROOT}/daily-treasury-rates.csv/{year}/all":
        return _csv(ask, market)
    if ask.path == f"{ROOT}/pages/xml":
        return _xml(ask, market)
    return Reply(b"<!DOCTYPE html><title>Page not found</title>", 404)


def _table(curve: str, ask: Ask, market: Market) -> tuple[np.ndarray, dict[str, list[str]]]:
    """Give the days of the year asked for, oldest first, and the cells of each column."""
    leading, held, columns = CURVES[curve]
    year = np.datetime64(ask.query["field_tdr_date_value"], "Y")
    cells: dict[str, list[str]] = {}
    for column in columns:
        days, values = market.series(held.get(column, leading))
        told = (days.astype("datetime64[Y]") == year) & (days < np.datetime64(market.today))
        days, values = days[told], values[told]
        order = np.argsort(days, kind="stable")
        days = days[order]
        cells[column] = [f"{value:.10g}" for value in values[order]]
    return days, cells


def _csv(ask: Ask, market: Market, *, leave_out: str = "", newest_first: bool = True) -> Reply:
    days, cells = _table(ask.query["type"], ask, market)
    cells.pop(leave_out, None)
    dates = [day.strftime("%m/%d/%Y") for day in days.astype(object)]
    rows = [",".join(row) for row in zip(dates, *cells.values(), strict=True)]
    header = ",".join(["Date", *(f'"{name}"' for name in cells)])
    # The last line has no end.
    body = "\n".join([header, *(rows[::-1] if newest_first else rows)]).encode()
    return Reply(body, headers={"Content-Type": "text/csv; charset=utf-8"})


def _xml(ask: Ask, market: Market, *, null: bool = False) -> Reply:
    curve = ask.query["data"]
    days, cells = _table(curve, ask, market)
    prefix = "TC" if "real" in curve else "BC"
    entries = []
    for i, day in enumerate(days):
        values = "".join(
            f'<d:{_element(prefix, name)} m:type="Edm.Double" m:null="true" />'
            if null and i == days.size - 1
            else f'<d:{_element(prefix, name)} m:type="Edm.Double">{column[i]}'
            f"</d:{_element(prefix, name)}>"
            for name, column in cells.items()
        )
        entries.append(
            '<entry><content type="application/xml"><m:properties>'
            f'<d:NEW_DATE m:type="Edm.DateTime">{day}T00:00:00</d:NEW_DATE>{values}'
            "</m:properties></content></entry>"
        )
    body = (
        '<?xml version="1.0" encoding="utf-8" standalone="yes" ?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:d="urn:d" xmlns:m="urn:m">'
        f"{''.join(entries)}</feed>\n"
    )
    return Reply(body.encode(), headers={"Content-Type": "application/atom+xml"})


def _element(prefix: str, name: str) -> str:
    number, _, unit = name.partition(" ")
    return f"{prefix}_{number.replace('.', '_')}{'YEAR' if unit.lower() == 'yr' else 'MONTH'}"


def _by_xml(ask: Ask, market: Market) -> Reply:
    """Send no CSV, and an Atom feed whose newest day has no values."""
    if ask.path.endswith("/xml"):
        return _xml(ask, market, null=True)
    return Reply(b"gone", 410)


def _header_only(ask: Ask, market: Market) -> Reply:
    reply = answer(ask, market)
    return reply.but(body=reply.body.partition(b"\n")[0])


def _spelt_out(ask: Ask, market: Market) -> Reply:
    reply = answer(ask, market)
    return reply.but(body=re.sub(rb"(?i)\byr\b", b"Year", reply.body))


def _another_year(ask: Ask, market: Market) -> Reply:
    year = int(ask.query["field_tdr_date_value"]) - 1
    query = {**ask.query, "field_tdr_date_value": str(year)}
    return _csv(Ask(ask.host, ask.path, query), market)


CASES = {
    "newest_first": answer,
    "oldest_first": lambda ask, market: _csv(ask, market, newest_first=False),
    "new_column_added": lambda ask, market: _csv(ask, market, leave_out="1.5 Month"),
    "january_empty": _header_only,
    "YR_vs_Yr": _spelt_out,
    "xml_m_null": _by_xml,
    "year_ignored": _another_year,
}
