"""GDELT: which share of all monitored news articles of a UTC day matches a query.

The service fails often and says so with status 200: in plain text, in HTML, or by an empty object,
which also stands for a query without a match. None of these is a zero.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from leadline.data.provider import (
    Agent,
    Answer,
    Plan,
    Request,
    Rows,
    Stamps,
    Terms,
    Want,
    stamped,
)
from leadline.data.series import find
from leadline.data.wire import Page

_URL = "https://api.gdeltproject.org/api/v2/doc/doc"
_FIRST = date(2017, 1, 1)
# A span of less than about a week is answered by the hour.
_SHORTEST = timedelta(days=14)


class Gdelt:
    """Codes are queries: ``"currency debasement" sourcelang:english``."""

    id = "gdelt"
    title = "GDELT news volume"
    hosts = ("api.gdeltproject.org",)
    terms = Terms("attribution", credit="News volume: the GDELT Project, gdeltproject.org.")
    agent: Agent = "leadline"
    pace = 6.0
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        last = want.now.astimezone(UTC).date() - timedelta(days=1)
        first = min(max(want.since or _FIRST, _FIRST), last - _SHORTEST)
        yield Request(
            _URL,
            (
                ("query", want.code),
                ("mode", "timelinevolraw"),
                ("format", "json"),
                ("startdatetime", f"{first:%Y%m%d}000000"),
                ("enddatetime", f"{last:%Y%m%d}235959"),
            ),
            timeout=60.0,
        )

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        found = page.document()
        if not found:
            raise page.wrong("an empty object: no article matches, or the service is busy")
        details = found.get("query_details")
        resolution = details.get("date_resolution", "day") if isinstance(details, dict) else "day"
        if resolution != "day":
            raise page.wrong(f"expected one value a day, got one a {str(resolution)[:20]}")
        # The label of the series varies; the first one is the query's.
        lines = page.typed(found, "timeline", list)
        if not lines or not isinstance(lines[0], dict):
            raise page.wrong("the timeline has no series")
        points = page.typed(lines[0], "data", list)
        if not all(isinstance(point, dict) for point in points):
            raise page.wrong("expected a list of objects as data")
        period = page.days((page.field(point, "date") for point in points), "YYYYMMDDT000000Z")
        count = page.numbers(page.field(point, "value") for point in points)
        every = page.numbers(page.field(point, "norm") for point in points)
        # A day on which nothing at all was monitored has no share.
        share = np.divide(count, every, out=np.full(period.size, np.nan), where=every > 0)
        rows = page.finished(want, page.rows(want, period, share))
        # Until then articles of the day are still coming in.
        fetched = np.datetime64(answer.fetched_at.replace(tzinfo=None), "s")
        settled = want.info.known_at(rows.period) <= fetched
        return Rows(rows.period[settled], rows.value[settled])

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        since = now.date() - _SHORTEST
        query = '"currency debasement" sourcelang:english'
        return Want(find("gdelt_debasement"), query, now, since=since)


PROVIDER = Gdelt()
