"""Coin Metrics community API: reference prices of crypto assets at the end of each UTC day.

``time`` is the start of the day whose close ``PriceUSD`` reports, so it is the label day.
"""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

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

_URL = "https://community-api.coinmetrics.io/v4/timeseries/asset-metrics"
_FIRST = "2009-01-01"
# 10,000 days a page: one page holds all, more than a few are a loop.
_MAX_PAGES = 20


class CoinMetrics:
    """Codes are assets: ``btc``, ``eth``."""

    id = "coinmetrics"
    title = "Coin Metrics community data"
    hosts = ("community-api.coinmetrics.io",)
    terms = Terms("noncommercial", credit="Prices: Coin Metrics, CC BY-NC 4.0.")
    agent: Agent = "leadline"
    pace = 0.7
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        """Follow ``next_page_url``, which must stay on the host, until there is none."""
        answer = yield _request(want)
        for _ in range(_MAX_PAGES):
            request = self._next(answer)
            if request is None:
                return
            answer = yield request
        raise Page(self.id, answer).wrong(f"there is still a next page after {_MAX_PAGES}")

    def _next(self, answer: Answer) -> Request | None:
        page = Page(self.id, answer)
        address = page.document().get("next_page_url")
        if not address:
            return None
        try:
            parts = urlsplit(str(address))
        except ValueError:
            raise page.wrong(f"the next page is at no address: {str(address)[:60]!r}") from None
        if parts.scheme != "https" or parts.netloc not in self.hosts or not str(address).isascii():
            raise page.wrong(f"the next page is on another host: {str(address)[:60]!r}")
        return Request(f"https://{parts.netloc}{parts.path}", tuple(parse_qsl(parts.query)))

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        found = page.records("data")
        for each in found:
            if each.get("asset") != want.code:
                raise page.wrong(f"asked for {want.code}, got {str(each.get('asset'))[:40]!r}")
        period = page.midnights(page.instants([page.field(each, "time") for each in found]))
        value = page.numbers([page.field(each, "PriceUSD") for each in found])
        rows = page.finished(want, page.rows(want, period, value), "24:00 UTC")
        # An asset is listed before it has a price: nothing is missing there.
        begun = np.maximum.accumulate(np.isfinite(rows.value))
        return Rows(rows.period[begun], rows.value[begun])

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        """Follow the catalogue's rule: the close of the day, which every exchange shows at once.

        The provider's own AssetEODCompletionTime comes an hour or more later. As the time of
        knowledge it would put silver of D beside Bitcoin of D - 1 at each decision, and the
        correlation of the same day would pass for a lead of silver.
        """
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("bitcoin"), "btc", now, since=now.date() - timedelta(days=5))


def _request(want: Want) -> Request:
    return Request(
        _URL,
        (
            ("assets", want.code),
            ("metrics", "PriceUSD"),
            ("frequency", "1d"),
            ("start_time", _FIRST if want.since is None else want.since.isoformat()),
            ("page_size", "10000"),
            ("paging_from", "start"),
        ),
    )


PROVIDER = CoinMetrics()
