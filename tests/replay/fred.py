"""What fred.stlouisfed.org sends for ``fredgraph.csv``: one series, the latest values."""

import io
import zipfile

import numpy as np
from replay.core import Ask, Market, Reply, behind

from leadline.data.clock import us_business
from leadline.data.series import find

HOSTS = ("fred.stlouisfed.org",)
NOT_FOUND = Reply(b"<!DOCTYPE html><html><title>Error - St. Louis Fed</title></html>", 404)


def answer(ask: Ask, market: Market) -> Reply:
    return _csv(ask, market)


def _csv(ask: Ask, market: Market, first: str = "observation_date", missing: str = "") -> Reply:
    code = ask.query.get("id", "")
    name = behind("fred", code)
    if ask.path != "/graph/fredgraph.csv" or not name:
        return NOT_FOUND
    days, cells = _with_holidays(name, market, missing)
    since, until = ask.query.get("cosd", "1700-01-01"), ask.query.get("coed", "9999-12-31")
    told = (days >= np.datetime64(since)) & (days <= np.datetime64(until))
    lines = [f"{day},{cell}" for day, cell in zip(days[told], cells[told], strict=True)]
    body = "\n".join([f"{first},{code}", *lines, ""]).encode()
    return Reply(body, headers={"Content-Type": "application/csv"})


def _with_holidays(name: str, market: Market, missing: str) -> tuple[np.ndarray, np.ndarray]:
    """Give days and cells; FRED has a line for a holiday, and nothing in it."""
    days, values = market.published(name)
    cells = np.array([f"{value:.10g}" for value in values], dtype=object)
    info = find(name)
    if info.calendar != "business" or info.frequency != "daily" or not days.size:
        return days, cells
    holidays = us_business().holidays
    holidays = holidays[(holidays > days.min()) & (holidays < days.max())]
    at = np.searchsorted(days, holidays)
    return np.insert(days, at, holidays), np.insert(cells, at, missing)


def _zip(ask: Ask, market: Market) -> Reply:
    """Send what several frequencies in one request bring."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("obs._by_real-time_period.csv", answer(ask, market).body)
    return Reply(body.getvalue(), headers={"Content-Type": "application/zip"})


def _without_column(ask: Ask, market: Market) -> Reply:
    lines = answer(ask, market).body.decode().split("\n")
    body = "\n".join(line.partition(",")[0] for line in lines).encode()
    return Reply(body, headers={"Content-Type": "application/csv"})


CASES = {
    "header_DATE_old": lambda ask, market: _csv(ask, market, first="DATE"),
    "header_observation_date": answer,
    "dot_missing": lambda ask, market: _csv(ask, market, missing="."),
    "empty_missing": answer,
    "zip_200": _zip,
    "column_dropped": _without_column,
    # `vintage_date` and its like make no difference on this host.
    "vintage_ignored": answer,
}
