"""Yahoo Finance chart: daily bars of futures and indices.

Asked for ``range=max`` it sends months and calls them days, so the period is always spelled out.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from leadline.data.clock import instants
from leadline.data.provider import (
    Agent,
    Answer,
    NotMeasuredError,
    Plan,
    Request,
    Rows,
    Stamps,
    Terms,
    Want,
    stamped,
)
from leadline.data.series import find
from leadline.data.wire import Page, split_code

_FIELDS = ("open", "high", "low", "close")
# CME sessions begin at 18:00 New York time on the evening before their day and end at 17:00; the
# hour between leaves time for the settlement to come in.
_SESSION_OVER = "18:00 America/New_York"
_EVENING = np.timedelta64(6, "h")


class Yahoo:
    """Codes are symbols, with a field: ``SI=F``, ``^GSPC``, ``SI=F/high``."""

    id = "yahoo"
    title = "Yahoo Finance"
    hosts = ("query2.finance.yahoo.com", "query1.finance.yahoo.com")
    terms = Terms(
        "restricted",
        credit="Prices: Yahoo Finance, for personal use.",
        consent=(
            "Yahoo's terms of service do not permit automated collection of its data or building "
            "a database from them; personal use of its charts is commonly tolerated, but that is "
            "no licence. Futures are continuous front months with jumps where contracts roll, and "
            "bars have been missing or days late. If you agree, this machine asks Yahoo for daily "
            "prices on your responsibility. Values stay on it and `data export` leaves them out; "
            "charts and reports that show them are yours to answer for."
        ),
    )
    agent: Agent = "mozilla"
    pace = 2.0
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        """Ask the first host and, where it gives no answer, the second."""
        try:
            yield self._request(self.hosts[0], want)
        except NotMeasuredError as error:
            # Both hosts know the same symbols.
            if error.status == 404:
                raise
            yield self._request(self.hosts[1], want)

    def _request(self, host: str, want: Want) -> Request:
        symbol, _ = split_code(self.id, want.code, _FIELDS)
        # A day in New York may begin before or after the UTC day of its date.
        start = want.since - timedelta(days=1) if want.since else date(1970, 1, 1)
        end = want.now.astimezone(UTC).date() + timedelta(days=1)
        return Request(
            f"https://{host}/v8/finance/chart/{quote(symbol, safe='')}",
            (
                ("period1", str(_seconds(start))),
                ("period2", str(_seconds(end))),
                ("interval", "1d"),
                ("includePrePost", "false"),
                ("events", "div,splits"),
            ),
        )

    def parse(self, want: Want, answer: Answer) -> Rows:
        symbol, field = split_code(self.id, want.code, _FIELDS)
        page = Page(self.id, answer)
        result = _result(page)
        meta = page.typed(result, "meta", dict)
        _expect(page, meta, symbol=symbol, dataGranularity="1d")
        # Points of an index may have none; cents have one of their own.
        if meta.get("currency") not in ("USD", None):
            raise page.wrong(f"expected dollars, got {str(meta['currency'])[:40]}")
        if "timestamp" not in result:
            return page.rows(want, np.array([], "datetime64[D]"), np.array([]))
        seconds = page.unix(page.typed(result, "timestamp", list)).astype(np.int64)
        zone = _zone(page, page.typed(meta, "exchangeTimezoneName", str))
        local = [datetime.fromtimestamp(int(second), zone).date() for second in seconds]
        period = np.array(local, dtype="datetime64[D]")
        quotes = _only(page, page.typed(result, "indicators", dict), "quote")
        value = page.numbers(page.typed(quotes, field, list))
        if value.size != period.size:
            raise page.wrong(f"{period.size} timestamps have {value.size} values")
        keep = self._is_bar(want, answer, period)
        return page.rows(want, period[keep], value[keep])

    def _is_bar(
        self, want: Want, answer: Answer, period: NDArray[np.datetime64]
    ) -> NDArray[np.bool_]:
        """Say which elements are bars of a finished session."""
        keep = np.ones(period.size, bool)
        # The live quote may stand behind the bar of the same day.
        if period.size > 1 and period[-1] == period[-2]:
            keep[-1] = False
        # A piece of Sunday evening belongs to Monday's session.
        if want.info.calendar == "business":
            keep &= np.is_busday(period)
        asked = _utc(min(want.now, answer.fetched_at))
        begun = instants(period, "00:00 America/New_York") <= asked + _EVENING
        return keep & ~(begun & (_finished(want, period) > asked))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows, _finished(want, rows.period))

    def probe(self, now: datetime) -> Want:
        return Want(find("silver"), "SI=F", now, since=now.date() - timedelta(days=10))


def _result(page: Page) -> dict[str, Any]:
    """Give the one result, or say what error the answer is."""
    found = page.document()
    for part in (found.get("chart"), found.get("finance")):
        match part:
            case {"error": {"description": str(said)} | {"code": str(said)}}:
                raise page.wrong(f"the answer is an error: {said[:200]}")
            case _:
                pass
    return _only(page, page.typed(found, "chart", dict), "result")


def _only(page: Page, record: dict[str, Any], name: str) -> dict[str, Any]:
    """Give the one object of the list ``record[name]``."""
    match page.field(record, name):
        case [dict() as only]:
            return only
        case _:
            raise page.wrong(f"expected one object in {name}")


def _expect(page: Page, meta: dict[str, Any], **expected: str) -> None:
    for name, value in expected.items():
        found = page.field(meta, name)
        if found != value:
            raise page.wrong(f"expected the {name} {value}, got {str(found)[:40]}")


def _zone(page: Page, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise page.wrong(f"there is no time zone {name[:40]!r}") from None


def _finished(want: Want, period: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """When each bar has its last price: by the rule, and for a future after its session."""
    known = want.info.known_at(period)
    if split_code("yahoo", want.code, _FIELDS)[0].endswith("=F"):
        return np.maximum(known, instants(period, _SESSION_OVER))
    return known


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _utc(at: datetime) -> np.datetime64:
    return np.datetime64(at.replace(tzinfo=None), "s")


PROVIDER = Yahoo()
