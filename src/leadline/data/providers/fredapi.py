"""FRED API, Federal Reserve Bank of St. Louis: latest values and vintages, with the user's key."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from leadline.data.clock import instants
from leadline.data.provider import (
    Agent,
    Answer,
    Plan,
    Provider,
    Request,
    Rows,
    Stamps,
    Terms,
    Want,
    stamped,
)
from leadline.data.series import find
from leadline.data.wire import Page

URL = "https://api.stlouisfed.org/fred/series"
LIMIT = 100_000
"""The most rows of one answer."""

MOST_ROWS = 10_000_000
VINTAGES = 500
"""Vintages in one window; the API refuses more than 2000."""

KNOWN = "23:59 America/New_York"
"""A vintage has a day and no clock."""


class FredApi:
    """Series that are revised are asked for with every vintage, others with their latest values.

    ``vintage_date`` is ignored by the API without a word; windows of real time are not, and the
    answer repeats them.
    """

    id = "fredapi"
    title = "FRED API (with a key)"
    hosts: tuple[str, ...] = ("api.stlouisfed.org",)
    terms = Terms(
        "third_party",
        credit="This product uses the FRED® API but is not endorsed or certified by the Federal "
        "Reserve Bank of St. Louis. Series of third parties stay their owners' property.",
    )
    agent: Agent = "leadline"
    pace = 0.6
    incremental = True
    key_name = "FRED_API_KEY"

    def plan(self, want: Want) -> Plan:
        if not want.info.revised:
            since = (("observation_start", want.since.isoformat()),) if want.since else ()
            yield self._request(want, "observations", *since)
            return
        query = (("limit", "10000"),)
        answer = yield self._request(want, "vintagedates", *query, read=False)
        days = self._vintages(want, answer)
        for batch, (first, last) in _windows(days, _today(want.now)):
            window = (("realtime_start", first.isoformat()), ("realtime_end", last.isoformat()))
            # Only the last page may bring the vintage, so how many there are must be known before.
            answer = yield self._request(want, "observations", *window, ("limit", "1"), read=False)
            page = Page(self.id, answer)
            count = page.typed(page.json(), "count", int)
            if count > MOST_ROWS:
                raise page.wrong(f"{count} rows are more than any series has")
            for offset in range(0, max(count, 1), LIMIT):
                place = (("limit", str(LIMIT)), ("offset", str(offset)))
                vintage = batch[-1] if offset + LIMIT >= count else None
                yield self._request(want, "observations", *window, *place, vintage=vintage)

    def _request(
        self,
        want: Want,
        what: str,
        *query: tuple[str, str],
        read: bool = True,
        vintage: date | None = None,
    ) -> Request:
        common = (("series_id", want.code), ("api_key", want.key), ("file_type", "json"))
        return Request(
            f"{URL}/{what}",
            (*common, *query),
            secret=("api_key",),
            timeout=60,
            read=read,
            vintage=vintage,
        )

    def _vintages(self, want: Want, answer: Answer) -> Sequence[date]:
        page = Page(self.id, answer)
        found = page.json()
        listed = page.days(page.typed(found, "vintage_dates", list))
        if page.typed(found, "count", int) > listed.size:
            raise page.wrong("the list of vintages is cut off")
        today, newest = _today(want.now), want.newest_vintage
        days = sorted(day for day in set(listed.tolist()) if day <= today)
        if want.since is not None:
            # The one that stood on that day is needed too.
            days = days[max(sum(day <= want.since for day in days) - 1, 0) :]
        return [day for day in days if newest is None or day > newest]

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        found = page.json()
        records = page.typed(found, "observations", list)
        period = page.days(page.field(each, "date") for each in records)
        value = page.numbers(page.typed(each, "value", str) for each in records)
        asked = dict(answer.request.query).get("realtime_start")
        if asked is None:
            if page.typed(found, "count", int) > len(records):
                raise page.wrong("the list of observations is cut off")
            return page.rows(want, period, value)
        if page.field(found, "realtime_start") != asked:
            raise page.wrong(f"asked for vintages from {asked}, got another window")
        vintage = page.days(page.field(each, "realtime_start") for each in records)
        if (period > vintage).any():
            raise page.wrong("a value is older than the period it is about")
        # What still stands in the newest vintage belongs to it, though it was not told anew.
        newest = np.append(vintage, np.datetime64(asked)).max()
        until = page.days(page.field(each, "realtime_end") for each in records)
        stands = (until >= newest) & (vintage < newest)
        period, value = np.append(period, period[stands]), np.append(value, value[stands])
        vintage = np.append(vintage, np.full(int(stands.sum()), newest))
        return page.rows(want, period, value, instants(vintage, KNOWN), vintages=True)

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows) if rows.stamp is None else (rows.stamp, "vintage")

    def probe(self, now: datetime) -> Want:
        return Want(find("dgs10"), "DGS10", now, since=(now - timedelta(days=14)).date())


def _today(now: datetime) -> date:
    """Give the day at the API, which refuses a real time that has not begun there."""
    return now.astimezone(ZoneInfo("America/Chicago")).date()


def _windows(
    days: Sequence[date], today: date
) -> Iterator[tuple[Sequence[date], tuple[date, date]]]:
    """Cut real time into stretches that begin with a vintage, and give the vintages of each.

    A row that is older than its window is stamped with the window's first day: as of that day it is
    still what was in force, so nothing is known too early.
    """
    for start in range(0, len(days), VINTAGES):
        batch, later = days[start : start + VINTAGES], days[start + VINTAGES :]
        yield batch, (batch[0], later[0] - timedelta(days=1) if later else today)


PROVIDER: Provider = FredApi()
