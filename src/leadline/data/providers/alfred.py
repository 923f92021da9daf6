"""ALFRED, Federal Reserve Bank of St. Louis: every vintage as CSV, without a key."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from leadline.data.clock import Days, instants
from leadline.data.provider import (
    Agent,
    Answer,
    NotMeasuredError,
    Plan,
    Provider,
    Request,
    Rows,
    Stamps,
    Terms,
    Want,
    WireFormatError,
)
from leadline.data.series import SeriesInfo, find
from leadline.data.wire import Page

LIST_URL = "https://alfred.stlouisfed.org/series/downloaddata"
URL = "https://alfred.stlouisfed.org/graph/alfredgraph.csv"
BATCH = 12
"""So many vintages in one answer are known to work."""

KNOWN = "23:59 America/New_York"
"""A vintage has a day and no clock."""

# Where the list of vintages is not to be had: every series of the catalogue has vintages by then.
_FIRST_GUESS = date(2011, 6, 1)
_SELECT = re.compile(
    r'<select[^>]*id=["\']form_selected_vintage_dates["\'].*?</select>', re.DOTALL | re.IGNORECASE
)
_OPTION = re.compile(r'<option[^>]*value=["\'](\d{4}-\d\d-\d\d)["\']', re.ASCII | re.IGNORECASE)


class Alfred:
    """Asks for each vintage by its day and believes only columns that carry that day's stamp."""

    id = "alfred"
    title = "ALFRED (without a key)"
    hosts: tuple[str, ...] = ("alfred.stlouisfed.org",)
    terms = Terms(
        "third_party",
        credit="Source: ALFRED, Federal Reserve Bank of St. Louis. Series of third parties stay "
        "their owners' property.",
    )
    agent: Agent = "default"
    pace = 0.5
    incremental = False
    key_name = ""

    def plan(self, want: Want) -> Plan:
        try:
            answer = yield Request(LIST_URL, (("seid", want.code),), timeout=30, read=False)
            wanted = _wanted(_listed(Page(self.id, answer)), want)
        except (NotMeasuredError, WireFormatError):
            wanted = _wanted(_release_days(want), want)
            if not wanted:
                raise
        for batch in _batches(wanted):
            query = (
                ("id", ",".join([want.code] * len(batch))),
                ("vintage_date", ",".join(day.isoformat() for day in batch)),
            )
            yield Request(URL, query, timeout=60, vintage=batch[-1])

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        asked = dict(answer.request.query)["vintage_date"].split(",")
        columns = [f"{want.code}_{day.replace('-', '')}" for day in asked]
        _, lines = page.table(("observation_date", *columns), ("DATE", *columns))
        days = page.days(line[0] for line in lines)
        table = page.numbers(cell for line in lines for cell in line[1:])
        table = table.reshape(days.size, len(asked))
        order = np.argsort(days, kind="stable")
        days, table = days[order], table[order]

        vintages = np.array(asked, dtype="datetime64[D]")
        parts = [_reach(column) for column in table.T]
        period = np.concatenate([days[part] for part in parts])
        vintage = np.repeat(vintages, [days[part].size for part in parts])
        if np.any(period > vintage):
            late = int(np.argmax(period > vintage))
            raise page.wrong(f"the vintage of {vintage[late]} has a value for {period[late]}")
        value = np.concatenate([table[part, i] for i, part in enumerate(parts)])
        return page.rows(want, period, value, instants(vintage, KNOWN), vintages=True)

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:  # noqa: ARG002
        stamp = np.empty(0, "datetime64[s]") if rows.stamp is None else rows.stamp
        return stamp, "vintage"

    def probe(self, now: datetime) -> Want:
        return Want(find("m2"), "M2SL", now, newest_vintage=(now - timedelta(days=40)).date())


def _listed(page: Page) -> Sequence[date]:
    """Give the vintages that the page of downloads offers."""
    found = _SELECT.search(page.text("markup"))
    days = set(_OPTION.findall(found[0])) if found else set()
    if not days:
        raise page.wrong("expected a list of vintages")
    return sorted(day.item() for day in page.days(days))


def _release_days(want: Want) -> Sequence[date]:
    """Give the days by which the rule has each value out; ALFRED then gives what was in force."""
    first = max(_FIRST_GUESS, want.newest_vintage or _FIRST_GUESS) - timedelta(days=100)
    labels = _labels(want.info, np.arange(np.datetime64(first), np.datetime64(want.now.date())))
    # Releases are in the daytime of New York, five hours behind UTC or less.
    released = (want.info.known_at(labels) - np.timedelta64(5, "h")).astype("datetime64[D]")
    # What comes out later today would be missed, were today's vintage asked for now.
    return [day for day in np.unique(released).tolist() if _FIRST_GUESS <= day < _today(want)]


def _labels(info: SeriesInfo, days: Days) -> Days:
    if info.frequency == "monthly":
        return np.unique(days.astype("datetime64[M]")).astype("datetime64[D]")
    mondays: Days = days[(days.astype(np.int64) + 3) % 7 == 0]
    return mondays


def _wanted(listed: Sequence[date], want: Want) -> Sequence[date]:
    """Leave out what is held, what is to come, and what was replaced before ``since``."""
    days = [day for day in listed if day <= _today(want)]
    if want.since is not None:
        days = days[max(sum(day <= want.since for day in days) - 1, 0) :]
    return [day for day in days if want.newest_vintage is None or day > want.newest_vintage]


def _today(want: Want) -> date:
    return want.now.astimezone(ZoneInfo("America/New_York")).date()


def _batches(days: Sequence[date]) -> Iterator[Sequence[date]]:
    for start in range(0, len(days), BATCH):
        yield days[start : start + BATCH]


def _reach(column: np.ndarray) -> slice:
    """Give the stretch that a vintage covers: empty cells about it belong to other vintages."""
    there = np.flatnonzero(~np.isnan(column))
    return slice(int(there[0]), int(there[-1]) + 1) if there.size else slice(0, 0)


PROVIDER: Provider = Alfred()
