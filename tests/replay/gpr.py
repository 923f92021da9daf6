"""Geopolitical Risk: an old Excel workbook with days as numbers and labels of columns beside."""

import io
from datetime import date, datetime, time
from functools import lru_cache

import xlwt
from replay.core import Ask, Behaviour, Market, Reply

HOSTS = ("www.matteoiacoviello.com", "matteoiacoviello.com")

COLUMNS = (
    "DAY",
    "N10D",
    "GPRD",
    "GPRD_ACT",
    "GPRD_THREAT",
    "date",
    "GPRD_MA30",
    "GPRD_MA7",
    "event",
)
LABELS = ("var_name", "var_label")


def answer(_ask: Ask, market: Market) -> Reply:
    return workbook(market)


@lru_cache(maxsize=8)
def workbook(market: Market, first: date = date(2017, 1, 1), **renamed: str) -> Reply:
    """Write the sheet from a day on: the whole history takes a second."""
    days, values = market.published("gpr")
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    as_date = xlwt.easyxf(num_format_str="D-MMM-YY")
    for column, name in enumerate((*COLUMNS, *LABELS)):
        sheet.write(0, column, renamed.get(name, name))
    for row, name in enumerate(COLUMNS[:6], 1):
        sheet.write(row, len(COLUMNS), name)
        sheet.write(row, len(COLUMNS) + 1, f"what {name} means")
    rows = zip(days.astype(object), values.tolist(), strict=True)
    kept = [(day, value) for day, value in rows if day >= first]
    for row, (day, value) in enumerate(kept, 1):
        numbers = (int(f"{day:%Y%m%d}"), 120, value, value * 0.9, value * 1.1)
        for column, number in enumerate(numbers):
            sheet.write(row, column, number)
        sheet.write(row, 5, datetime.combine(day, time()), as_date)
    packed = io.BytesIO()
    book.save(packed)
    return Reply(packed.getvalue(), headers={"Content-Type": "application/vnd.ms-excel"})


def _html(_ask: Ask, _market: Market) -> Reply:
    text = b"<html><body><table><tr><td>DAY</td><td>GPRD</td></tr></table></body></html>"
    return Reply(text, headers={"Content-Type": "application/vnd.ms-excel"})


def _damaged(_ask: Ask, market: Market) -> Reply:
    sent = workbook(market, date(2026, 1, 1))
    return sent.but(body=sent.body[: len(sent.body) // 2])


CASES: dict[str, Behaviour] = {
    "biff_xls": answer,
    "html_as_xls": _html,
    "damaged_xls": _damaged,
}
