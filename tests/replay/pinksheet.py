"""The Pink Sheet: a page that links the workbook, and the workbook."""

import io
from collections.abc import Mapping
from functools import lru_cache

import openpyxl
from replay.core import Ask, Behaviour, Market, Reply

HOSTS = ("www.worldbank.org", "thedocs.worldbank.org")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINKED = (
    "https://thedocs.worldbank.org/en/doc/0123456789abcdef-0050012026/related/"
    "CMO-Historical-Data-Monthly.xlsx"
)
INDEX = """<!DOCTYPE html>
<html><body><h1>Commodity Markets</h1>
<p><a href="/en/research/commodity-markets#1">Outlook</a> <a class="download"
  href="{link}">Monthly prices (XLS)</a></p></body></html>
"""
COLUMNS = {
    "Crude oil, average": ("($/bbl)", None),
    "Gold": ("($/troy oz)", "gold_monthly"),
    "Copper": ("($/mt)", "copper_monthly"),
    "Silver": ("($/troy oz)", "silver_monthly"),
}


def answer(ask: Ask, market: Market) -> Reply:
    return index() if ask.host == HOSTS[0] else _plain(market)


@lru_cache(maxsize=8)
def _plain(market: Market) -> Reply:
    return workbook(market)


def index(link: str = LINKED) -> Reply:
    return Reply(INDEX.format(link=link).encode(), headers={"Content-Type": "text/html"})


def workbook(
    market: Market,
    names: Mapping[str, str] = {},
    cells: Mapping[tuple[str, str], object] = {},
    unit: str = "($/troy oz)",
) -> Reply:
    """Write the sheet; ``names`` renames columns, ``cells`` replaces values by month and column."""
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "AFOSHEET"
    notes["A1"] = "Contents"
    sheet = book.create_sheet("Monthly Prices")
    sheet.append(["World Bank Commodity Price Data (The Pink Sheet)"])
    sheet.append(["monthly prices in nominal US dollars, 1960 to present"])
    sheet.append(["(monthly series updated on a made-up day)"])
    sheet.append([])
    sheet.append([None, *(names.get(name, name) for name in COLUMNS)])
    sheet.append([None, *(unit if name == "Silver" else COLUMNS[name][0] for name in COLUMNS)])
    held = {name: market.published(ident) for name, (_, ident) in COLUMNS.items() if ident}
    months = held["Silver"][0].astype("datetime64[M]")
    for row, month in enumerate(months.astype(str)):
        label = month.replace("-", "M")
        values = {name: held[name][1][row] if name in held else 20.0 for name in COLUMNS}
        sheet.append([label, *(cells.get((label, name), values[name]) for name in COLUMNS)])
    packed = io.BytesIO()
    book.save(packed)
    return Reply(packed.getvalue(), headers={"Content-Type": XLSX})


def _link_moved(ask: Ask, market: Market) -> Reply:
    """Link nothing, and serve the workbook at the address of last year alone."""
    if ask.host == HOSTS[0]:
        return index("https://www.worldbank.org/en/research/elsewhere")
    if "74e8be41ceb20fa0da750cda2f6b9e4e" in ask.path:
        return workbook(market)
    return Reply(b"gone", 404)


def _ellipsis(ask: Ask, market: Market) -> Reply:
    if ask.host == HOSTS[0]:
        return index()
    return workbook(market, cells={("1960M01", "Silver"): "…", ("1960M02", "Silver"): ".."})


def _stars(ask: Ask, market: Market) -> Reply:
    if ask.host == HOSTS[0]:
        return index()
    return workbook(market, names={"Silver": " SILVER ** "})


def _unit_changed(ask: Ask, market: Market) -> Reply:
    return index() if ask.host == HOSTS[0] else workbook(market, unit="(cents/troy oz)")


def _two_columns(ask: Ask, market: Market) -> Reply:
    return index() if ask.host == HOSTS[0] else workbook(market, names={"Gold": "Silver"})


def _no_rows(ask: Ask, _market: Market) -> Reply:
    if ask.host == HOSTS[0]:
        return index()
    book = openpyxl.Workbook()
    book.active.title = "Monthly Prices"
    book.active.append(["This page has moved."])
    packed = io.BytesIO()
    book.save(packed)
    return Reply(packed.getvalue(), headers={"Content-Type": XLSX})


def _link_elsewhere(ask: Ask, market: Market) -> Reply:
    if ask.host == HOSTS[0]:
        return index("https://example.org/CMO-Historical-Data-Monthly.xlsx")
    return _link_moved(ask, market)


CASES: dict[str, Behaviour] = {
    "link_moved": _link_moved,
    "link_elsewhere": _link_elsewhere,
    "ellipsis_missing": _ellipsis,
    "renamed_header_stars": _stars,
    "unit_changed": _unit_changed,
    "two_columns": _two_columns,
    "no_rows": _no_rows,
}
