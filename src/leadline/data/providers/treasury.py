"""US Treasury: par yield curves, nominal and real, a calendar year at a time, without a key."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from leadline.data.provider import (
    Agent,
    Answer,
    NotMeasuredError,
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
from leadline.errors import DataError

BASE = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates"
CURVES = {
    "nominal": ("daily_treasury_yield_curve", "BC", 1990),
    "real": ("daily_treasury_real_yield_curve", "TC", 2003),
}
"""By curve: its name in addresses, what its XML elements begin with, the first year."""

_ENTRY = re.compile(r"<m:properties>(.*?)</m:properties>", re.DOTALL)
_DAY = re.compile(r"<d:NEW_DATE\b[^>]*>(\d{4}-\d\d-\d\d)T00:00:00Z?</d:NEW_DATE>", re.ASCII)


class Treasury:
    """Codes are ``nominal/2 yr``, ``real/10 yr``: columns come and go, so they are had by name."""

    id = "treasury"
    title = "US Treasury yield curves"
    hosts: tuple[str, ...] = ("home.treasury.gov",)
    terms = Terms("public", credit="Source: U.S. Department of the Treasury.")
    agent: Agent = "leadline"
    pace = 0.5
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        if _split(want)[0] not in CURVES:
            msg = f"{self.id}: no {want.code!r}. Write CURVE/TENOR: nominal/2 yr, real/10 yr."
            raise DataError(msg)
        curve, _, first = CURVES[_split(want)[0]]
        start = first if want.since is None else max(first, want.since.year)
        for year in range(start, want.now.astimezone(ZoneInfo("America/New_York")).year + 1):
            query = (
                ("type", curve),
                ("field_tdr_date_value", str(year)),
                ("page", ""),
                ("_format", "csv"),
            )
            try:
                yield Request(f"{BASE}/daily-treasury-rates.csv/{year}/all", query)
            except NotMeasuredError:
                feed = (("data", curve), ("field_tdr_date_value", str(year)))
                yield Request(f"{BASE}/pages/xml", feed)

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        is_xml = answer.request.url.endswith("/xml")
        rows = self._from_xml(want, page) if is_xml else self._from_csv(want, page)
        year = np.datetime64(dict(answer.request.query)["field_tdr_date_value"], "Y")
        if np.any(rows.period.astype("datetime64[Y]") != year):
            raise page.wrong(f"asked for {year}, got another year")
        return rows

    def _from_csv(self, want: Want, page: Page) -> Rows:
        header, lines = page.table()
        tenor = _split(want)[1]
        names = [_plain(name) for name in header]
        if names[0] != "date" or names.count(tenor) != 1:
            raise page.wrong(f"expected the columns date and {tenor}, got {','.join(names)[:200]}")
        at = names.index(tenor)
        days = page.days((line[0] for line in lines), "MM/DD/YYYY")
        return page.rows(want, days, page.numbers(line[at] for line in lines))

    def _from_xml(self, want: Want, page: Page) -> Rows:
        text = page.text("markup")
        if "<feed" not in text or "</feed>" not in text:
            raise page.wrong("expected an Atom feed")
        curve, tenor = _split(want)
        prefix = CURVES[curve][1]
        element = re.compile(
            rf"<d:{prefix}_{tenor.replace(' yr', 'YEAR')}\b[^>]*>([^<]*)</d:", re.ASCII
        )
        days, cells = [], []
        for entry in _ENTRY.findall(text):
            day, cell = _DAY.search(entry), element.search(entry)
            if day is None:
                raise page.wrong("an entry has no NEW_DATE")
            days.append(day[1])
            # A missing value is an empty element with m:null, or no element at all.
            cells.append(cell[1] if cell else None)
        return page.rows(want, page.days(days), page.numbers(cells))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("dfii10"), "real/10 yr", now, since=now.date())


def _split(want: Want) -> tuple[str, str]:
    curve, _, tenor = want.code.partition("/")
    return curve, tenor


def _plain(name: str) -> str:
    """Give a column's name as codes have it: the curves differ in case and in the word for year."""
    name = re.sub(r"\s+", " ", name.strip().lower())
    return re.sub(r"\b(years?|yrs?)$", "yr", re.sub(r"\b(months?|mos?)$", "mo", name))


PROVIDER: Provider = Treasury()
