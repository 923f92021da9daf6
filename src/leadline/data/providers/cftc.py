"""CFTC Commitments of Traders: who holds which side of a futures market, every Tuesday.

The legacy report on futures alone, from the commission's Socrata service. Reports are labelled by
their Tuesday and come out on Friday, in a shutdown weeks later.
"""

from datetime import date, datetime, timedelta
from typing import Any

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
from leadline.errors import DataError

_URL = "https://publicreporting.cftc.gov/resource/6dca-aqww.json"
_PERIOD = "report_date_as_yyyy_mm_dd"
_MARKET = "cftc_contract_market_code"
_PAGE = 1000
# 20,000 weeks: more pages are a loop.
_MAX_PAGES = 20
# Weekly publication began in 2000. The service holds earlier reports too, among them weeks that
# nobody saw at the time.
_FIRST = date(2001, 1, 1)
# Everything was loaded anew on 2022-08-01: before, :updated_at says nothing of publication.
_STAMPED = date(2022, 9, 1)

# Field names without the suffix _all, which some have and some lack.
_FIELDS: dict[str, tuple[str, ...]] = {
    "spec_net": ("noncomm_positions_long", "noncomm_positions_short"),
    "commercial_net": ("comm_positions_long", "comm_positions_short"),
    "small_net": ("nonrept_positions_long", "nonrept_positions_short"),
    "open_interest": ("open_interest",),
}


class CFTC:
    """Codes are a contract and what of it: ``084691/spec_net``, long minus short."""

    id = "cftc"
    title = "CFTC Commitments of Traders"
    hosts = ("publicreporting.cftc.gov",)
    terms = Terms("public", credit="Positions: US Commodity Futures Trading Commission.")
    agent: Agent = "leadline"
    pace = 1.0
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        """Ask for reports with and without a stamp apart, each page by page."""
        market, _ = _split(want.code)
        since = max(want.since or _FIRST, _FIRST)
        if since < _STAMPED:
            yield from self._pages(market, since, f" and {_PERIOD} < '{_STAMPED}'")
        yield from self._pages(market, max(since, _STAMPED), "")

    def _pages(self, market: str, since: date, until: str) -> Plan:
        for number in range(_MAX_PAGES):
            answer = yield Request(
                _URL,
                (
                    (_MARKET, market),
                    ("$select", ":updated_at,*"),
                    ("$where", f"{_PERIOD} >= '{since}'{until}"),
                    ("$order", _PERIOD),
                    ("$limit", str(_PAGE)),
                    ("$offset", str(number * _PAGE)),
                ),
            )
            page = Page(self.id, answer)
            if len(page.records()) < _PAGE:
                return
        raise page.wrong(f"there are more than {_MAX_PAGES} pages")

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        market, what = _split(want.code)
        reports = page.records()
        for report in reports:
            if page.field(report, _MARKET) != market:
                raise page.wrong(f"asked for {market}, got {str(report[_MARKET])[:40]!r}")
        period = page.days((report.get(_PERIOD) for report in reports), "YYYY-MM-DDT00:00:00.000")
        sides = []
        plain = [_plain(report) for report in reports]
        for name in _FIELDS[what]:
            # A field without a value is left out of its report, never of all.
            if plain and not any(name in report for report in plain):
                raise page.wrong(f"no report has a field {name!r}, with _all or without")
            sides.append(page.numbers(report.get(name) for report in plain))
        value = sides[0] if len(sides) == 1 else sides[0] - sides[1]
        stamp = page.instants(report.get(":updated_at") for report in reports)
        stamp = np.where(period >= np.datetime64(_STAMPED), stamp, np.datetime64("NaT", "s"))
        return page.rows(want, period, value, stamp)

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        """Take the service's stamp since 2022-09, else the release rule."""
        by_rule, basis = stamped(want, answer, rows)
        if rows.stamp is None:
            return by_rule, basis
        own = rows.stamp > instants(rows.period, want.info.close)
        fetched = np.datetime64(answer.fetched_at.replace(tzinfo=None), "s")
        known = np.where(own, np.minimum(rows.stamp, fetched), by_rule)
        return known, "source_stamp" if own.any() else basis

    def probe(self, now: datetime) -> Want:
        since = now.date() - timedelta(days=28)
        return Want(find("cot_silver_net"), "084691/spec_net", now, since=since)


def _split(code: str) -> tuple[str, str]:
    market, _, what = code.partition("/")
    if not market.isalnum() or what not in _FIELDS:
        msg = f"cftc: no {code!r}. Write CONTRACT/FIELD, with a field of {', '.join(_FIELDS)}."
        raise DataError(msg)
    return market, what


def _plain(report: dict[str, Any]) -> dict[str, Any]:
    """Undo what is irregular about names: a doubled underscore, a suffix that some lack."""
    return {name.replace("__", "_").removesuffix("_all"): value for name, value in report.items()}


PROVIDER = CFTC()
