"""Workbooks are read in a child: what is wrong with one is an error, never our end."""

import io
from datetime import date

import openpyxl
import pytest
import xlwt

from leadline.data import workbook
from leadline.data.workbook import sheet_of


def xlsx(fill=lambda _sheet: None):
    book = openpyxl.Workbook()
    book.active.title = "First"
    book.active.append(["day", 1.5, None, True, date(2026, 11, 20)])
    fill(book.create_sheet("Second"))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def xls():
    book = xlwt.Workbook()
    sheet = book.add_sheet("First")
    sheet.write(1, 1, 20261120)
    sheet.write(1, 2, "é")
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_cells_of_a_new_workbook_are_read():
    assert sheet_of(xlsx()) == [["day", 1.5, "", True, "2026-11-20"]]


def test_cells_of_an_old_workbook_are_read_from_the_top_left():
    assert sheet_of(xls(), "First") == [["", "", ""], ["", 20261120, "é"]]


def test_an_empty_sheet_has_no_rows():
    assert sheet_of(xlsx(), "Second") == []


def test_a_sheet_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no sheet 'Third', but First, Second"):
        sheet_of(xlsx(), "Third")


@pytest.mark.parametrize("keep", [0, 4, 600, 3000])
def test_a_part_of_a_workbook_is_refused(keep):
    with pytest.raises(ValueError, match="the workbook cannot be read"):
        sheet_of(xlsx()[:keep])


def test_a_sheet_too_large_is_refused():
    def fill(sheet):
        sheet["A1"], sheet["Z200000"] = 1, 2

    with pytest.raises(ValueError, match="a sheet of 200000 by 26 cells"):
        sheet_of(xlsx(fill), "Second")


def test_a_sheet_that_takes_all_memory_is_refused():
    def fill(sheet):
        sheet["A1"], sheet["XFD1048576"] = 1, 2

    with pytest.raises(ValueError, match="the workbook cannot be read"):
        sheet_of(xlsx(fill), "Second")


def test_a_reader_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(workbook, "LIMIT_SECONDS", 0.001)
    with pytest.raises(ValueError, match="took more than"):
        sheet_of(xlsx())
