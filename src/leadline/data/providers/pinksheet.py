"""World Bank Pink Sheet: monthly mean prices of commodities, from 1960 on.

One workbook holds all; its address changes about once a year, so it is read from the page that
links it.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

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
    WireFormatError,
    stamped,
)
from leadline.data.series import find
from leadline.data.wire import MISSING, Page

_INDEX = "https://www.worldbank.org/en/research/commodity-markets"
_LINK = re.compile(r"""href\s*=\s*["']([^"']*CMO-Historical-Data-Monthly\.xlsx)["']""")
# Where the workbook was in 2026: for when the page cannot be read or no longer links it.
_LAST_KNOWN = (
    "https://thedocs.worldbank.org/en/doc/74e8be41ceb20fa0da750cda2f6b9e4e-0050012026/related/"
    "CMO-Historical-Data-Monthly.xlsx"
)
_SHEET = "Monthly Prices"
_NAMES, _UNITS, _DATA = 4, 5, 6
_SPELT = {"USD per troy ounce": "$/troy oz", "USD per tonne": "$/mt"}
_EMPTY = MISSING | {"…", "..", "..."}


class PinkSheet:
    """Codes are column names: ``Silver``, ``Gold``, ``Copper``."""

    id = "pinksheet"
    title = "World Bank Pink Sheet"
    hosts = ("www.worldbank.org", "thedocs.worldbank.org")
    terms = Terms(
        "attribution", credit="World Bank Commodity Price Data (The Pink Sheet), CC BY 4.0."
    )
    agent: Agent = "leadline"
    pace = 0.5
    incremental = False
    key_name = ""

    def plan(self, want: Want) -> Plan:  # noqa: ARG002  (one file holds all)
        """Look for the link, then ask for the workbook."""
        try:
            answer = yield Request(_INDEX, read=False)
            address = self._linked(answer)
        except (NotMeasuredError, WireFormatError):
            address = _LAST_KNOWN
        yield Request(address, timeout=60.0)

    def _linked(self, answer: Answer) -> str:
        page = Page(self.id, answer)
        found = _LINK.search(page.text("markup"))
        if found is None:
            raise page.wrong("there is no link to the workbook")
        address = urljoin(_INDEX, str(found[1]))
        if urlsplit(address)[:2] not in [("https", host) for host in self.hosts]:
            raise page.wrong(f"the workbook is at no address of the World Bank: {address[:80]!r}")
        return address

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        cells = page.sheet("zip", _SHEET)
        if len(cells) < _DATA:
            raise page.wrong(f"the sheet has {len(cells)} rows and no header in row {_NAMES + 1}")
        name = _plain(want.code)
        columns = [at for at, cell in enumerate(cells[_NAMES]) if _plain(cell) == name]
        if len(columns) != 1:
            raise page.wrong(f"row {_NAMES + 1} names {want.code!r} {len(columns)} times, not once")
        column = columns[0]
        unit = str(cells[_UNITS][column]).strip("()")
        if unit != _SPELT.get(want.info.unit):
            raise page.wrong(f"{want.code} is in {unit!r}, not in {want.info.unit}")
        rows = [row for row in cells[_DATA:] if row[0] != ""]
        period = page.days((str(row[0]).replace("M", "-") for row in rows), "YYYY-MM")
        value = page.numbers((row[column] for row in rows), missing=_EMPTY)
        return page.rows(want, period, value)

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("silver_monthly"), "Silver", now)


def _plain(name: Any) -> str:
    """Give a column's name without the stars of its footnotes."""
    return str(name).rstrip("* ").casefold()


PROVIDER = PinkSheet()
