"""Treasury Fiscal Data: the Daily Treasury Statement's closing balance, without a key."""

import math
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

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

URL = (
    "https://api.fiscaldata.treasury.gov/services/api/fiscal_service"
    "/v1/accounting/dts/operating_cash_balance"
)
CLOSING = "Treasury General Account (TGA) Closing Balance"
ACCOUNTS = {
    CLOSING: date.max,
    "Treasury General Account (TGA)": date(2022, 12, 31),
    "Federal Reserve Account": date(2021, 12, 31),
}
"""What the account has been called, the latest name first, and the day after which not any more."""

SIZE = 10_000


class FiscalData:
    """One code, ``tga``: the account has had three names, and its balance two columns."""

    id = "fiscaldata"
    title = "Treasury Fiscal Data"
    hosts: tuple[str, ...] = ("api.fiscaldata.treasury.gov",)
    terms = Terms("public", credit="Source: U.S. Treasury Fiscal Data, Daily Treasury Statement.")
    agent: Agent = "leadline"
    pace = 0.5
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        since = want.since or date(2005, 10, 3)
        for account, last in ACCOUNTS.items():
            if since <= last:
                yield from self._pages(account, since)

    def _pages(self, account: str, since: date) -> Plan:
        number, pages = 1, 1
        while number <= pages:
            query = (
                ("filter", f"record_date:gte:{since},account_type:eq:{account}"),
                ("fields", "record_date,account_type,open_today_bal,close_today_bal"),
                ("sort", "-record_date"),
                ("page[size]", str(SIZE)),
                ("page[number]", str(number)),
            )
            answer = yield Request(URL, query)
            page = Page(self.id, answer)
            found = page.json()
            pages = page.typed(page.typed(found, "meta", dict), "total-pages", int)
            number = number + 1 if page.typed(found, "data", list) else pages + 1

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        names = [*ACCOUNTS]
        records = [
            each for each in page.records("data") if page.field(each, "account_type") in names
        ]
        days = page.days(page.field(each, "record_date") for each in records)
        value = page.numbers(_balance(page, each) for each in records)
        rank = np.array([names.index(each["account_type"]) for each in records], dtype=np.int64)
        best: dict[np.datetime64, int] = {}
        for day, place in zip(days, rank, strict=True):
            best[day] = min(place, best.get(day, place))
        first = rank == np.array([best[day] for day in days], dtype=np.int64)
        return page.rows(want, days[first], value[first])

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("tga_daily"), "tga", now, since=(now - timedelta(days=14)).date())


def _balance(page: Page, record: dict[str, Any]) -> float:
    """Give the closing balance; since April 2022 it has its own line and stands under "open"."""
    close = page.number(page.field(record, "close_today_bal"))
    if math.isnan(close) and record["account_type"] == CLOSING:
        return page.number(page.field(record, "open_today_bal"))
    return close


PROVIDER: Provider = FiscalData()
