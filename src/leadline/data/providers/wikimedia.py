"""Wikimedia: how many people read a page of Wikipedia on each UTC day, from July 2015 on.

Its policy asks for the operator's contact in the user agent, and who gives none is slowed down: the
user sets LEADLINE_CONTACT.
"""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

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

_URL = "https://wikimedia.org/api/rest_v1/metrics/pageviews/per-article"
_FIRST = date(2015, 7, 1)


class Wikimedia:
    """Codes are a wiki and a page's title: ``en.wikipedia/Silver_as_an_investment``.

    A day on which nobody read the page is absent from an answer, and so is one on which the
    counters failed. As the two cannot be told apart, such a day is left out: neither zero, which
    for a page that is read at all would be a crash that never was, nor missing at source.
    """

    id = "wikimedia"
    title = "Wikimedia page views"
    hosts = ("wikimedia.org",)
    terms = Terms("public", credit="Page views: Wikimedia Foundation, CC0.")
    agent: Agent = "leadline"
    pace = 0.5
    incremental = True
    key_name = ""

    def plan(self, want: Want) -> Plan:
        wiki, title = _split(want.code)
        last = want.now.astimezone(UTC).date() - timedelta(days=1)
        first = min(max(want.since or _FIRST, _FIRST), last)
        path = f"{wiki}/all-access/user/{quote(title, safe='')}/daily/{first:%Y%m%d}/{last:%Y%m%d}"
        yield Request(f"{_URL}/{path}")

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        items = page.records("items")
        wiki, title = _split(want.code)
        asked = {"project": wiki, "article": title, "granularity": "daily", "agent": "user"}
        for item in items:
            for name, wanted in asked.items():
                if page.field(item, name) != wanted:
                    raise page.wrong(f"asked for {name} {wanted!r}, got {str(item[name])[:60]!r}")
        period = page.days((page.field(item, "timestamp") for item in items), "YYYYMMDD00")
        value = page.numbers(page.typed(item, "views", int) for item in items)
        return page.finished(want, page.rows(want, period, value))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        since = now.date() - timedelta(days=7)
        return Want(find("wiki_bitcoin"), "en.wikipedia/Bitcoin", now, since=since)


def _split(code: str) -> tuple[str, str]:
    wiki, _, title = code.partition("/")
    if not wiki or not title:
        msg = f"wikimedia: no {code!r}. Write WIKI/TITLE, such as en.wikipedia/Bitcoin."
        raise DataError(msg)
    return wiki, title.replace(" ", "_")


PROVIDER = Wikimedia()
