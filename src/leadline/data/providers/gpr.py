"""Geopolitical Risk, daily: how much newspapers write of it, from 1985 on; updated on Mondays."""

from datetime import datetime
from typing import Any

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

_URL = "https://www.matteoiacoviello.com/gpr_files/data_gpr_daily_recent.xls"
_DAY = "DAY"


class GPR:
    """Codes are columns of the workbook: ``GPRD``, ``GPRD_ACT``, ``GPRD_THREAT``."""

    id = "gpr"
    title = "Geopolitical Risk"
    hosts = ("www.matteoiacoviello.com", "matteoiacoviello.com")
    terms = Terms(
        "attribution",
        credit="Geopolitical Risk: Caldara and Iacoviello (2022), matteoiacoviello.com/gpr.htm.",
    )
    agent: Agent = "leadline"
    pace = 0.5
    incremental = False
    key_name = ""

    def plan(self, want: Want) -> Plan:  # noqa: ARG002  (one file holds all)
        yield Request(_URL, timeout=60.0)

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        header, *lines = page.sheet("xls") or [[]]
        for name in (_DAY, want.code):
            if header.count(name) != 1:
                columns = ", ".join(str(cell) for cell in header)[:200]
                raise page.wrong(f"expected one column {name!r}, got {columns}")
        day, value = header.index(_DAY), header.index(want.code)
        # Labels of the columns may go on below the last day.
        rows = [line for line in lines if line[day] != "" or line[value] != ""]
        period = page.days((_digits(row[day]) for row in rows), "YYYYMMDD")
        return page.rows(want, period, page.numbers(row[value] for row in rows))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("gpr"), "GPRD", now)


def _digits(cell: Any) -> str:
    """Write a day that the sheet holds as the number 20261120."""
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


PROVIDER = GPR()
