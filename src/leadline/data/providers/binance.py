"""Binance market data: daily candles of UTC days, at most 1,000 an answer.

Prices are in Tether, which strays from the dollar by about a thousandth.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Literal

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
from leadline.data.wire import Page, stretches

# The main host refuses whole countries with status 451; this one has the same public data.
_KLINES = "https://data-api.binance.vision/api/v3/klines"
_FIRST = date(2017, 8, 17)
_PER_ANSWER = 1000


class Binance:
    """Codes are symbols: ``BTCUSDT``."""

    id = "binance"
    title = "Binance market data"
    hosts = ("data-api.binance.vision",)
    terms = Terms("restricted", credit="Prices: Binance.")
    agent: Agent = "leadline"
    pace = 0.2
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        """Ask for the days that are over, the oldest first, so that a broken fetch goes on."""
        last = want.now.astimezone(UTC).date() - timedelta(days=1)
        for start, end in stretches(want.since or _FIRST, last, _PER_ANSWER):
            after = end + timedelta(days=1)
            yield Request(
                _KLINES,
                (
                    ("symbol", want.code),
                    ("interval", "1d"),
                    ("startTime", str(_milliseconds(start))),
                    ("endTime", str(_milliseconds(after) - 1)),
                    ("limit", str(_PER_ANSWER)),
                ),
            )

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        bars = page.lists(page.json(), 12)
        # 13 digits are milliseconds, 16 are microseconds, which newer files have.
        digits = {len(str(bar[i])) for bar in bars for i in (0, 6)}
        if not (digits <= {13} or digits <= {16}):
            raise page.wrong(f"times have {sorted(digits)} digits, not all 13 or all 16")
        unit: Literal["ms", "us"] = "us" if digits == {16} else "ms"
        period = page.midnights(page.unix([bar[0] for bar in bars], unit))
        ends = page.unix([bar[6] for bar in bars], unit).astype("datetime64[D]")
        if np.any(ends != period):
            raise page.wrong(f"the candle of {period[ends != period][0]} is not one day long")
        first, high, low, close = (page.numbers([bar[i] for bar in bars]) for i in range(1, 5))
        page.check_bars(low, high, first, close)
        return page.finished(want, page.rows(want, period, close), "24:00 UTC")

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("bitcoin"), "BTCUSDT", now, since=now.date() - timedelta(days=5))


def _milliseconds(day: date) -> int:
    return int(np.datetime64(day, "ms").astype(np.int64))


PROVIDER = Binance()
