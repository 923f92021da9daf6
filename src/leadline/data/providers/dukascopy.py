"""Dukascopy: daily bid candles of metals against the dollar, UTC days, one LZMA file a year."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np

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
from leadline.data.wire import Page
from leadline.errors import DataError

_FILE = "https://datafeed.dukascopy.com/datafeed/{}/{}/BID_candles_day_1.bi5"
_YEAR = re.compile(r"/(\d{4})/BID_candles_day_1\.bi5")
_FIRST_YEAR = 2003
# Prices are whole thousandths of a dollar.
_SCALE = {"XAGUSD": 1000, "XAUUSD": 1000}
_NAMES = ("second", "open", "close", "low", "high", "volume")
_CANDLE = np.dtype([(name, ">f4" if name == "volume" else ">u4") for name in _NAMES])
_DAY = 86400


class Dukascopy:
    """Codes are instruments: ``XAGUSD``, ``XAUUSD``."""

    id = "dukascopy"
    title = "Dukascopy"
    hosts = ("datafeed.dukascopy.com",)
    terms = Terms(
        "restricted",
        credit="Prices: Dukascopy Bank SA, for personal use.",
        consent=(
            "Dukascopy offers its historical prices for personal use and does not allow them to "
            "be passed on. They are bids of one bank, not settlements of an exchange. If you "
            "agree, this machine asks Dukascopy for daily candles on your responsibility. Values "
            "stay on it and `data export` leaves them out; charts and reports that show them are "
            "yours to answer for."
        ),
    )
    agent: Agent = "mozilla"
    pace = 1.0
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        """Ask for each year; one that there is no file of is passed over."""
        _scale(want.code)
        last = want.now.astimezone(UTC).year
        first = _FIRST_YEAR if want.since is None else min(want.since.year, last)
        absent, answered = None, None
        for year in range(first, last + 1):
            try:
                answer = yield Request(_FILE.format(want.code, year))
            except NotMeasuredError as error:
                if error.status != 404:
                    raise
                absent = error
            else:
                answered = answer if answered is None or answer.body else answered
        if answered is None and absent is not None:
            raise absent
        if answered is not None and not answered.body:
            raise Page(self.id, answered).wrong("there is nothing in any file")

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        year = _YEAR.search(answer.request.url)
        if year is None:
            raise page.wrong("the address is of no yearly file")
        # An empty file is the answer for a year without trading.
        packed = page.unpacked(400 * _CANDLE.itemsize) if answer.body else b""
        if len(packed) % _CANDLE.itemsize:
            raise page.wrong(f"{len(packed)} bytes are no whole number of candles")
        candles = np.frombuffer(packed, _CANDLE)
        first = np.datetime64(year[1], "D")
        period = first + (candles["second"] // _DAY).astype(np.int64)
        if np.any(candles["second"] % _DAY) or np.any(period.astype("datetime64[Y]") != first):
            raise page.wrong(f"a candle does not begin on a day of {year[1]}")
        scale = _scale(want.code)
        prices = {name: candles[name] / scale for name in ("open", "high", "low", "close")}
        page.check_bars(prices["low"], prices["high"], prices["open"], prices["close"])
        # A closed day repeats the last price without volume. On Sunday evening trading begins for
        # an hour or two; merged into Monday's candle that would leave the close as it is, so it is
        # dropped.
        flat = (candles["volume"] == 0) & (prices["low"] == prices["high"])
        kept = ~flat & np.is_busday(period)
        return page.finished(
            want, page.rows(want, period[kept], prices["close"][kept]), "24:00 UTC"
        )

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows, instants(rows.period + 1, "02:00 UTC"))

    def probe(self, now: datetime) -> Want:
        return Want(find("silver"), "XAGUSD", now, since=now.date() - timedelta(days=10))


def _scale(code: str) -> int:
    try:
        return _SCALE[code]
    except KeyError:
        msg = f"dukascopy: no {code!r}. Leadline knows the price scale of {', '.join(_SCALE)}."
        raise DataError(msg) from None


PROVIDER = Dukascopy()
