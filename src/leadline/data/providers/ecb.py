"""European Central Bank: series of the ECB Data Portal as CSV, without a key."""

from datetime import datetime

from leadline.data.provider import (
    Agent,
    Answer,
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
from leadline.data.wire import ISO, Page

URL = "https://data-api.ecb.europa.eu/service/data"
NEEDED = ("KEY", "TIME_PERIOD", "OBS_VALUE")


class EuropeanCentralBank:
    """Codes are dataset and key, ``BSI/M.U2...``; the other columns come and go."""

    id = "ecb"
    title = "European Central Bank"
    hosts: tuple[str, ...] = ("data-api.ecb.europa.eu",)
    terms = Terms("attribution", credit="Source: ECB statistics.")
    agent: Agent = "leadline"
    pace = 0.5
    # What changed in the past must be seen too, and the whole history is small.
    incremental = False
    key_name = ""

    def plan(self, want: Want) -> Plan:
        yield Request(f"{URL}/{want.code}", (("format", "csvdata"),))

    def parse(self, want: Want, answer: Answer) -> Rows:
        page = Page(self.id, answer)
        header, lines = page.table()
        lacking = [name for name in NEEDED if name not in header]
        if lacking:
            raise page.wrong(f"there is no column {lacking[0]}")
        key, day, value = (header.index(name) for name in NEEDED)
        asked = want.code.replace("/", ".")
        other = next((line[key] for line in lines if line[key] != asked), None)
        if other is not None:
            raise page.wrong(f"asked for {asked}, got {other}")
        form = "YYYY-MM" if want.info.frequency == "monthly" else ISO
        days = page.days((line[day] for line in lines), form)
        return page.rows(want, days, page.numbers(line[value] for line in lines))

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        return stamped(want, answer, rows)

    def probe(self, now: datetime) -> Want:
        return Want(find("m2_euro"), "BSI/M.U2.Y.V.M20.X.1.U2.2300.Z01.E", now)


PROVIDER: Provider = EuropeanCentralBank()
