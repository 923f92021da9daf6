"""FRED, Federal Reserve Bank of St. Louis: the latest values as CSV, without a key."""

from datetime import datetime, timedelta

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

URL = "https://fred.stlouisfed.org/graph/fredgraph.csv"


class Fred:
    """One series a request: of several, FRED leaves out what it does not know, without a word.

    ``vintage_date`` and its like are ignored here, so no vintage is ever asked for.
    """

    id = "fred"
    title = "FRED (without a key)"
    hosts: tuple[str, ...] = ("fred.stlouisfed.org",)
    terms = Terms(
        "third_party",
        credit="Source: FRED, Federal Reserve Bank of St. Louis. Series of third parties (Cboe, "
        "ICE, Moody's, Nasdaq, S&P and others) stay their owners' property.",
    )
    # A browser's name from what is no browser makes the host hang up or hang.
    agent: Agent = "default"
    pace = 0.5
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        since = (("cosd", want.since.isoformat()),) if want.since else ()
        yield Request(URL, (("id", want.code), *since), timeout=15)

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        # Until December 2024 the first column was DATE.
        _, rows = page.table(("observation_date", want.code), ("DATE", want.code))
        return page.rows(want, page.days(day for day, _ in rows), page.numbers(x for _, x in rows))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("dgs10"), "DGS10", now, since=(now - timedelta(days=14)).date())


PROVIDER: Provider = Fred()
