"""US Economic Policy Uncertainty, daily: how often ten newspapers write of it, from 1985 on.

Values of about the last 30 days change until all newspapers are in.
"""

from datetime import datetime

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

_URL = "https://www.policyuncertainty.com/media/All_Daily_Policy_Data.csv"
_VALUE = "daily_policy_index"
_COLUMNS = ("year", "month", "day", _VALUE)


class EPU:
    """The one code is ``daily``."""

    id = "epu"
    title = "Economic Policy Uncertainty"
    hosts = ("www.policyuncertainty.com", "policyuncertainty.com")
    terms = Terms(
        "attribution",
        credit="Economic Policy Uncertainty: Baker, Bloom and Davis (2016), policyuncertainty.com.",
    )
    agent: Agent = "leadline"
    pace = 0.5
    incremental = False
    key_name = ""

    def plan(self, want: Want) -> Plan:  # noqa: ARG002  (one file holds all)
        yield Request(_URL)

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        header, lines = page.table(ragged=True)
        if sorted(header) != sorted(_COLUMNS):
            raise page.wrong(f"expected the columns {','.join(_COLUMNS)}, got {','.join(header)}")
        rows = [dict(zip(header, line, strict=True)) for line in _above_footer(page, lines)]
        period = page.days(f"{row['year']}-{row['month']:>02}-{row['day']:>02}" for row in rows)
        return page.rows(want, period, page.numbers(row[_VALUE] for row in rows))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("epu"), "daily", now)


def _above_footer(page: Page, lines: list[list[str]]) -> list[list[str]]:
    """Give the lines before the text that ends the file; no number may come after it."""
    is_row = [len(line) == len(_COLUMNS) and line[0].isdecimal() for line in lines]
    n_rows = is_row.index(False) if False in is_row else len(lines)
    if any(is_row[n_rows:]):
        raise page.wrong(f"there are rows after {','.join(lines[n_rows])[:60]!r}")
    return lines[:n_rows]


PROVIDER = EPU()
