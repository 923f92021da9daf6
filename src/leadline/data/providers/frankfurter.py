"""Frankfurter: daily rates that central banks publish, to compare other sources with.

A metal's fix reaches central banks a day late, so its date may be a day after the auction's.
"""

from datetime import datetime, timedelta

from leadline.data.clock import instants
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

_RATES = "https://api.frankfurter.dev/v2/rates"
_FIRST = "1999-01-04"


class Frankfurter:
    """Codes are units priced in dollars: ``XAG``, ``XAU``."""

    id = "frankfurter"
    title = "Frankfurter (rates of central banks)"
    hosts = ("api.frankfurter.dev",)
    terms = Terms("attribution", credit="Rates of central banks by frankfurter.dev.")
    agent: Agent = "leadline"
    pace = 0.5
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        start = _FIRST if want.since is None else want.since.isoformat()
        yield Request(_RATES, (("base", want.code), ("quotes", "USD"), ("from", start)))

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        found = page.records()
        for each in found:
            pair = (page.field(each, "base"), page.field(each, "quote"))
            if pair != (want.code, "USD"):
                raise page.wrong(f"asked for {want.code} in USD, got {str(pair)[:60]}")
        period = page.days(page.field(each, "date") for each in found)
        value = page.numbers(page.field(each, "rate") for each in found)
        return page.finished(want, page.rows(want, period, value))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        # Banks publish at any hour, some on the day after.
        return stamped(want, answer, rows, instants(rows.period + 2, "00:00 UTC"))

    def probe(self, now: datetime) -> Want:
        return Want(find("silver"), "XAG", now, since=now.date() - timedelta(days=10))


PROVIDER = Frankfurter()
