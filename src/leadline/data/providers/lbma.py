"""LBMA: the London auction prices of silver and gold, in dollars, whole history in one answer."""

from datetime import datetime

import numpy as np

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


class Lbma:
    """Codes are auctions: ``silver``, ``gold_am``, ``gold_pm``."""

    id = "lbma"
    title = "LBMA precious metal prices"
    hosts = ("prices.lbma.org.uk",)
    terms = Terms(
        "restricted",
        credit="LBMA Gold and Silver Price: ICE Benchmark Administration.",
        consent=(
            "ICE Benchmark Administration, which owns the LBMA Gold and Silver Price, says that a "
            "licence is required to obtain, use or redistribute real-time or historical benchmark "
            "data. Leadline has none and gives you none. If you hold a licence, or answer for "
            "going without, this machine asks for the public file. Values stay on it and `data "
            "export` leaves them out; charts and reports that show them are yours to answer for."
        ),
    )
    agent: Agent = "mozilla"
    pace = 1.0
    incremental = False
    key_name = ""

    def plan(self, want: Want) -> Plan:
        yield Request(f"https://prices.lbma.org.uk/json/{want.code}.json", timeout=60)

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        found = page.records()
        # Dollars, pounds, euros.
        prices = page.lists([page.field(each, "v") for each in found], 3)
        value = page.numbers(dollars for dollars, _, _ in prices)
        period = page.days(page.field(each, "d") for each in found)
        rows = page.rows(want, period, np.where(value == 0, np.nan, value))
        return page.finished(want, rows)

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        # Without a licence the price of a day is to be had on the next morning.
        return stamped(want, answer, rows, instants(rows.period + 1, "08:30 Europe/London"))

    def probe(self, now: datetime) -> Want:
        return Want(find("silver"), "silver", now)


PROVIDER = Lbma()
