"""alternative.me: the Crypto Fear and Greed index, 0 to 100, from February 2018 on.

It is made from Bitcoin's own volatility and momentum among others, so it confirms nothing about
Bitcoin. A value is stamped with the start of the day it is published on.
"""

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

_URL = "https://api.alternative.me/fng/"


class Alternative:
    """The one code is ``fng``."""

    id = "alternative"
    title = "alternative.me Fear and Greed"
    hosts = ("api.alternative.me",)
    terms = Terms("attribution", credit="Fear and Greed index: alternative.me.")
    agent: Agent = "leadline"
    pace = 1.0
    incremental = False
    key_name = ""

    def plan(self, want: Want) -> Plan:  # noqa: ARG002  (one answer holds all)
        yield Request(_URL, (("limit", "0"), ("format", "json")))

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        found = page.document()
        error = page.typed(found, "metadata", dict).get("error")
        if error is not None:
            raise page.wrong(f"the service reports {str(error)[:80]!r}")
        points = page.records("data")
        stamp = page.unix(page.field(point, "timestamp") for point in points)
        # Stamps of some old rows are off by an hour.
        label = (stamp + np.timedelta64(1, "h")).astype("datetime64[D]")
        value = page.numbers(page.field(point, "value") for point in points)
        return page.rows(want, label + want.info.label_days, value)

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        label = rows.period - want.info.label_days
        return stamped(want, answer, rows, instants(label, "00:15 UTC"))

    def probe(self, now: datetime) -> Want:
        return Want(find("fear_greed_crypto"), "fng", now)


PROVIDER = Alternative()
