"""Reading bytes: what they are, what is in them, and a word for whatever does not fit."""

import gzip
import io
import itertools
import lzma
import math
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay.core import Reply, answer_to

from leadline.data.provider import Request, Want, WireFormatError
from leadline.data.series import find
from leadline.data.wire import Page, kind_of, split_code, stretches
from leadline.errors import DataError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("dff"), "DFF", NOW)


def page(body, **headers):
    if isinstance(body, str):
        body = body.encode()
    reply = Reply(body, headers={name.replace("_", "-"): text for name, text in headers.items()})
    return Page("source", answer_to(Request("https://data.example/x"), reply, NOW))


def zipped():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.csv", "DATE,X")
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (zipped(), "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "xls"),
        (gzip.compress(b"DATE,X", mtime=0), "gzip"),
        (lzma.compress(b"DATE,X"), "xz"),
        (lzma.compress(b"DATE,X", format=lzma.FORMAT_ALONE), "lzma"),
        (b"%PDF-1.7", "pdf"),
        (b"<!DOCTYPE html><html>", "markup"),
        (b"\xef\xbb\xbf\r\n  <html>", "markup"),
        (b"DATE,X\n", "text"),
        (b"\xef\xbb\xbfDATE,X\n", "text"),
        (b"", "text"),
        (bytes(64), "binary"),
    ],
)
def test_first_bytes_say_what_it_is(body, kind):
    assert kind_of(body) == kind


def test_the_declared_type_is_not_believed():
    html = page("<html>Access Denied</html>", Content_Type="text/csv")
    with pytest.raises(WireFormatError, match="expected plain text, got HTML or XML") as caught:
        html.table(("DATE", "X"))
    said = str(caught.value)
    assert said.startswith("source: ")
    for part in ("https://data.example/x", "status 200", "text/csv", "<html>Access Denied"):
        assert part in said


@pytest.mark.parametrize("body", [zipped(), b"%PDF-1.7", bytes(9), b"caf\xe9,1"])
def test_what_is_no_text_is_refused(body):
    with pytest.raises(WireFormatError):
        page(body).text()


def test_a_table_stands_byte_order_mark_line_ends_and_empty_lines():
    found = page(b'\xef\xbb\xbfDATE,"X Y"\r\n2026-01-02, 1.5 \r\n\r\n2026-01-05,"2,5"\r\n')
    header, rows = found.table(("DATE", "X Y"))
    assert header == ["DATE", "X Y"]
    assert rows == [["2026-01-02", "1.5"], ["2026-01-05", "2,5"]]


def test_any_of_several_headers_is_met_exactly():
    accepted = (("DATE", "X"), ("observation_date", "X"))
    assert page("observation_date,X\n").table(*accepted)[1] == []
    for header in ("observation_date", "observation_date,Y", "observation_date,X,Y", "date,X"):
        with pytest.raises(WireFormatError, match="expected the columns DATE,X or observation"):
            page(header + "\n").table(*accepted)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "expected a table, got nothing"),
        ("\n\n", "expected a table, got nothing"),
        ("A,A\n1,2\n", "twice"),
        ("A,B\n1,2,3\n", "expected 2 cells a row, got 3"),
        ("A,B\n1\n", "expected 2 cells a row, got 1"),
        ('A,B\n1,"2\n', "no CSV"),
    ],
)
def test_a_table_that_is_none_is_refused(body, problem):
    with pytest.raises(WireFormatError, match=problem):
        page(body).table()


def test_rows_may_be_ragged_where_that_is_said():
    assert page("A,B\n1,2\nSource: us\n").table(ragged=True)[1] == [["1", "2"], ["Source: us"]]


def test_json_lets_control_characters_through_and_nothing_else():
    assert page('{"title": "a\tb"}').json() == {"title": "a\tb"}
    for body in ("", "{", "nothing", "[1,]", "[" * 100_000, "9" * 5000):
        with pytest.raises(WireFormatError, match="no JSON"):
            page(body).json()


def test_records_stand_under_their_path():
    found = page('{"a": {"b": [{"x": 1}]}}')
    assert found.records("a", "b") == [{"x": 1}]
    for path in (("a",), ("b",), ("a", "b", "c"), ()):
        with pytest.raises(WireFormatError):
            found.records(*path)


def test_a_field_is_there_and_of_its_type():
    found = page("{}")
    assert found.typed({"n": 3}, "n", int) == 3
    for record in ({}, {"n": "3"}, {"n": True}, {"n": None}, [], None, "n"):
        with pytest.raises(WireFormatError):
            found.typed(record, "n", int)


@pytest.mark.parametrize("cell", ["", " ", ".", "NA", "n/a", "#N/A", "ND", "null", "NaN", None])
def test_what_is_missing_at_the_source_is_no_zero(cell):
    assert math.isnan(page("").number(cell))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.5", 1.5),
        (" -2 ", -2.0),
        ("+.5", 0.5),
        ("3.", 3.0),
        ("1e3", 1000.0),
        (0, 0.0),
        (2.5, 2.5),
    ],
)
def test_numbers_are_read(cell, value):
    assert page("").number(cell) == value


@pytest.mark.parametrize(
    "cell", ["1,5", "1_000", "١٢", "0x10", "inf", "1e999", "--1", "a", True, [], {}, 10**400]
)
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(WireFormatError, match="number"):
        page("").number(cell)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_survives_its_text(value):
    assert page("").number(repr(value)) == value


def test_days_are_read_in_the_form_that_is_said():
    found = page("")
    assert found.days(["2026-02-28"]).tolist() == [datetime(2026, 2, 28, tzinfo=UTC).date()]
    assert str(found.days(["02/28/2026"], "MM/DD/YYYY")[0]) == "2026-02-28"
    assert str(found.days(["2026-02"], "YYYY-MM")[0]) == "2026-02-01"
    assert str(found.days(["20260228"], "YYYYMMDD")[0]) == "2026-02-28"
    assert found.days([]).dtype == "datetime64[D]"


@pytest.mark.parametrize(
    "cell", ["2026-02-30", "2026-2-3", "28.02.2026", "", "0000-01-01", "٢٠٢٦-01-01", 20260228, None]
)
def test_what_is_no_day_is_refused(cell):
    with pytest.raises(WireFormatError, match="no day written as YYYY-MM-DD"):
        page("").days([cell])


def test_instants_are_in_utc():
    texts = ["2026-01-02T00:00:00.123456789Z", "2026-01-02T01:00:00+01:00", "2026-01-02T00:00:00"]
    found = page("").instants([*texts, None, ""])
    assert [str(at) for at in found[:3]] == ["2026-01-02T00:00:00"] * 3
    assert np.isnat(found[3:]).all()
    for cell in ("yesterday", 5, "2026-13-01T00:00:00"):
        with pytest.raises(WireFormatError, match="no instant"):
            page("").instants([cell])


def test_counts_since_1970_are_of_the_unit_expected():
    found = page("")
    for unit, factor in (("s", 1), ("ms", 1000), ("us", 1_000_000)):
        at = found.unix([1795046400 * factor, str(1795046400 * factor)], unit)
        assert [str(each) for each in at] == ["2026-11-19T00:00:00"] * 2
    for cells in ([1795046400000], [None], ["soon"], [1e400]):
        with pytest.raises(WireFormatError):
            found.unix(cells)


def made(days, values, stamps=None, **how):
    stamp = None if stamps is None else np.array(stamps, dtype="datetime64[s]")
    period = np.array(days, dtype="datetime64[D]")
    return page("body").rows(WANT, period, np.array(values, dtype=np.float64), stamp, **how)


def test_equal_duplicates_are_one_row_and_different_ones_an_error():
    rows = made(["2026-01-02", "2026-01-01", "2026-01-02"], [2, 1, 2])
    assert rows.period.astype(str).tolist() == ["2026-01-01", "2026-01-02"]
    assert rows.value.tolist() == [1, 2]
    assert len(made(["2026-01-02"] * 2, [np.nan] * 2)) == 1
    for other in (3, np.nan):
        with pytest.raises(WireFormatError, match="2026-01-02 is there twice"):
            made(["2026-01-02", "2026-01-02"], [2, other])


def test_a_period_may_come_once_for_each_vintage():
    days, stamps = ["2026-01-01"] * 3, ["2026-02-01", "2026-03-01", "2026-03-01"]
    rows = made(days, [1, 2, 2], stamps, vintages=True)
    assert rows.value.tolist() == [1, 2]
    assert rows.stamp.astype("datetime64[D]").astype(str).tolist() == ["2026-02-01", "2026-03-01"]
    with pytest.raises(WireFormatError):
        made(days, [1, 2, 2], stamps)
    with pytest.raises(WireFormatError):
        made(days, [1, 2, 3], stamps, vintages=True)


def test_nothing_lies_in_the_future_of_its_own_zone():
    # At 12:00 UTC it is the same day in New York, and not yet the next.
    assert len(made(["2026-11-20"], [1])) == 1
    with pytest.raises(WireFormatError, match=r"1 periods lie in the future.*2026-11-21"):
        made(["2026-11-20", "2026-11-21"], [1, 2])
    early = datetime(2026, 11, 20, 3, tzinfo=UTC)
    want = Want(find("dff"), "DFF", early)
    answer = answer_to(Request("https://data.example/x"), Reply(b""), early)
    with pytest.raises(WireFormatError, match="future"):
        Page("source", answer).rows(want, np.array(["2026-11-20"], "M8[D]"), np.ones(1))


def test_a_day_that_no_clock_can_show_lies_in_the_future_too():
    with pytest.raises(WireFormatError, match="the first is 9999-12-31"):
        made(["2026-11-19", "9999-12-31"], [1, 2])


@pytest.mark.parametrize("said", ["\ud800", "\x1b[2Jred\n\x00", "9" * 9999])
def test_what_a_source_says_is_repeated_in_one_short_line_that_can_be_stored(said):
    message = str(page("x").wrong(f"got {said}"))
    assert message.isprintable()
    assert len(message.encode()) < 1000


def test_no_period_is_older_than_any_market():
    with pytest.raises(WireFormatError, match="dated 0001-01-01"):
        made(["0001-01-01"], [1])


def test_a_period_is_finished_when_its_close_has_come():
    rows = made(["2026-11-19", "2026-11-20"], [1, 2])
    assert len(page("").finished(WANT, rows)) == 1
    bitcoin = Want(find("bitcoin"), "btc", NOW)
    assert page("").finished(bitcoin, rows).period.astype(str).tolist() == ["2026-11-19"]
    assert len(page("").finished(bitcoin, rows, "10:00 UTC")) == 2


def test_rows_of_nothing_are_no_rows():
    rows = made([], [])
    assert len(rows) == 0
    assert len(page("").finished(WANT, rows)) == 0


def test_codes_have_a_symbol_and_a_field():
    assert split_code("source", "SI=F", ("close", "high")) == ("SI=F", "close")
    assert split_code("source", "SI=F/high", ("close", "high")) == ("SI=F", "high")
    for code in ("", "/high", "SI=F/volume"):
        with pytest.raises(DataError, match="source: no"):
            split_code("source", code, ("close", "high"))


@given(
    first=st.dates(datetime(2020, 1, 1, tzinfo=UTC).date(), NOW.date()),
    days=st.integers(1, 400),
)
def test_stretches_cover_every_day_once(first, days):
    last = NOW.date()
    found = list(stretches(first, last, days))
    assert found[0][0] == first
    assert found[-1][1] == last
    assert all((end - start).days < days for start, end in found)
    assert all((b[0] - a[1]).days == 1 for a, b in itertools.pairwise(found))
