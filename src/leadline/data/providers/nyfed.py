"""Federal Reserve Bank of New York: effective federal funds rate, overnight reverse repo."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

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
from leadline.errors import DataError

URL = "https://markets.newyorkfed.org/api"
CODES = {
    "effr": ("rates/unsecured/effr/search.json", date(2000, 7, 3)),
    "reverse_repo": ("rp/reverserepo/propositions/search.json", date(2013, 9, 23)),
}
"""By code: where it is, and its first day (before, reverse repos were occasional)."""

BILLION = 1e9


class NewYorkFed:
    """A calendar year a request; amounts come in dollars and are given in billions."""

    id = "nyfed"
    title = "Federal Reserve Bank of New York"
    hosts: tuple[str, ...] = ("markets.newyorkfed.org",)
    terms = Terms(
        "public",
        credit="Source: Federal Reserve Bank of New York, subject to its Terms of Use; it does not "
        "endorse this use.",
    )
    agent: Agent = "leadline"
    pace = 0.5
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        if want.code not in CODES:
            msg = f"{self.id}: no {want.code!r}. There are: {', '.join(CODES)}."
            raise DataError(msg)
        path, first = CODES[want.code]
        today = want.now.astimezone(ZoneInfo("America/New_York")).date()
        for start, end in _years(max(first, want.since or first), today):
            query = (("startDate", start.isoformat()), ("endDate", end.isoformat()))
            yield Request(f"{URL}/{path}", query)

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        period, value = _rates(page) if want.code == "effr" else _operations(page)
        asked = dict(answer.request.query)
        first, last = np.datetime64(asked["startDate"]), np.datetime64(asked["endDate"])
        if np.any((period < first) | (period > last)):
            raise page.wrong(f"asked for {first} to {last}, got other days")
        return page.rows(want, period, value)

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("dff"), "effr", now, since=(now - timedelta(days=14)).date())


def _years(first: date, last: date) -> Iterator[tuple[date, date]]:
    for year in range(first.year, last.year + 1):
        yield max(first, date(year, 1, 1)), min(last, date(year, 12, 31))


def _rates(page: Page) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    records = page.records("refRates")
    if any(page.field(each, "type") != "EFFR" for each in records):
        raise page.wrong("expected rates of type EFFR")
    days = page.days(page.field(each, "effectiveDate") for each in records)
    return days, page.numbers(page.field(each, "percentRate") for each in records)


def _operations(page: Page) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Add up the overnight operations of each day, trials of small value left out."""
    total: dict[np.datetime64, float] = defaultdict(float)
    for each in page.records("repo", "operations"):
        note = each.get("note") or ""
        if (
            page.field(each, "operationType") != "Reverse Repo"
            or "small value" in str(note).lower()
            or str(each.get("term", "Overnight")).lower() != "overnight"
        ):
            continue
        (day,) = page.days([page.field(each, "operationDate")])
        total[day] += page.number(page.field(each, "totalAmtAccepted")) / BILLION
    return np.array([*total], dtype="datetime64[D]"), np.array([*total.values()], dtype=np.float64)


PROVIDER: Provider = NewYorkFed()
