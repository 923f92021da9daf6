"""Kraken: daily candles of UTC days, the last 720 whatever is asked for, the last one running."""

from datetime import UTC, datetime, time, timedelta

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

_OHLC = "https://api.kraken.com/0/public/OHLC"


class Kraken:
    """Codes are pairs: ``XBTUSD``."""

    id = "kraken"
    title = "Kraken"
    hosts = ("api.kraken.com",)
    terms = Terms("restricted", credit="Prices: Kraken.")
    agent: Agent = "leadline"
    pace = 1.0
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        query: tuple[tuple[str, str], ...] = (("pair", want.code), ("interval", "1440"))
        if want.since is not None:
            # Only what comes after this moment is sent.
            before = datetime.combine(want.since, time(), UTC) - timedelta(days=1)
            query = (*query, ("since", str(int(before.timestamp()))))
        yield Request(_OHLC, query)

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        found = page.document()
        errors = page.typed(found, "error", list)
        if errors:
            said = "; ".join(str(error) for error in errors)[:200]
            raise page.wrong(f"the answer is an error: {said}")
        result = page.typed(found, "result", dict)
        # Old pairs come back under another name than the one asked by: XBTUSD as XXBTZUSD.
        names = {want.code, f"X{want.code[:-3]}Z{want.code[-3:]}"}
        pairs = [name for name in result if name != "last"]
        if len(pairs) != 1 or pairs[0] not in names:
            raise page.wrong(f"asked for {want.code}, got {', '.join(pairs)[:80] or 'nothing'}")
        bars = page.lists(result[pairs[0]], 8)
        period = page.midnights(page.unix([bar[0] for bar in bars]))
        first, high, low, close = (page.numbers([bar[i] for bar in bars]) for i in range(1, 5))
        page.check_bars(low, high, first, close)
        return page.finished(want, page.rows(want, period, close), "24:00 UTC")

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("bitcoin"), "XBTUSD", now, since=now.date() - timedelta(days=5))


PROVIDER = Kraken()
