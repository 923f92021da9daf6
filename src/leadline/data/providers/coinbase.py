"""Coinbase Exchange: daily candles of UTC days, at most 300 an answer, the newest first."""

from datetime import UTC, date, datetime, time, timedelta

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
from leadline.data.wire import Page, split_code, stretches

_CANDLES = "https://api.exchange.coinbase.com/products/{}/candles"
_COLUMN = {"low": 1, "high": 2, "open": 3, "close": 4}
_FIRST = date(2015, 7, 1)
_PER_ANSWER = 300


class Coinbase:
    """Codes are products, with a field: ``BTC-USD``, ``BTC-USD/high``."""

    id = "coinbase"
    title = "Coinbase Exchange"
    hosts = ("api.exchange.coinbase.com",)
    terms = Terms("restricted", credit="Prices: Coinbase Exchange.")
    agent: Agent = "leadline"
    pace = 0.2
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        """Ask for the days that are over, the oldest first, so that a broken fetch goes on."""
        product, _ = split_code(self.id, want.code, _COLUMN)
        last = want.now.astimezone(UTC).date() - timedelta(days=1)
        for start, end in stretches(want.since or _FIRST, last, _PER_ANSWER):
            yield Request(
                _CANDLES.format(product),
                (("granularity", "86400"), ("start", _midnight(start)), ("end", _midnight(end))),
            )

    def parse(self, want: Want, answer: Answer) -> Rows:
        _, field = split_code(self.id, want.code, _COLUMN)
        page = Page(self.id, answer)
        bars = page.lists(page.json(), 6)
        period = page.midnights(page.unix([bar[0] for bar in bars]))
        prices = {name: page.numbers([bar[i] for bar in bars]) for name, i in _COLUMN.items()}
        page.check_bars(prices["low"], prices["high"], prices["open"], prices["close"])
        return page.finished(want, page.rows(want, period, prices[field]), "24:00 UTC")

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("bitcoin"), "BTC-USD", now, since=now.date() - timedelta(days=5))


def _midnight(day: date) -> str:
    return datetime.combine(day, time()).isoformat() + "Z"


PROVIDER = Coinbase()
