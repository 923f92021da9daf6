"""The Treasury's curves: a year a request, columns by name, and the same in XML."""

import re
from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import treasury as replay
from replay.core import Market, Reply, answer_to, driven, read

from leadline.data.provider import NotMeasuredError, Request, Want, WireFormatError
from leadline.data.providers.treasury import BASE, PROVIDER
from leadline.data.series import find
from leadline.errors import DataError

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REAL = Want(find("dfii10"), "real/10 yr", NOW, since=date(2026, 1, 5))
NOMINAL = Want(find("dgs2"), "nominal/2 yr", NOW, since=date(2025, 12, 5))


def answered(body, year="2026"):
    query = (("type", "daily_treasury_real_yield_curve"), ("field_tdr_date_value", year))
    request = Request(f"{BASE}/daily-treasury-rates.csv/{year}/all", query)
    return answer_to(request, Reply(body), NOW)


def test_a_year_is_asked_for_at_a_time():
    answers = driven(PROVIDER, NOMINAL, replay.answer, MARKET)
    assert [each.request.url.split("/")[-2] for each in answers] == ["2025", "2026"]
    query = dict(answers[0].request.query)
    assert query == {
        "type": "daily_treasury_yield_curve",
        "field_tdr_date_value": "2025",
        "page": "",
        "_format": "csv",
    }


@pytest.mark.parametrize(("code", "first"), [("nominal/10 yr", "1990"), ("real/5 yr", "2003")])
def test_the_whole_history_begins_with_the_curve(code, first):
    request = next(PROVIDER.plan(Want(find("dgs10"), code, NOW)))
    assert dict(request.query)["field_tdr_date_value"] == first


def test_columns_are_had_by_name_newest_first():
    rows = PROVIDER.parse(
        REAL,
        answered(
            b'Date,"5 YR","7 YR","10 YR","20 YR","30 YR"\n'
            b"09/16/2026,2.28,2.46,2.68,2.93,3.02\n"
            b"09/15/2026,2.27,2.45,,2.92,3.01"
        ),
    )
    assert rows.period.astype(str).tolist() == ["2026-09-15", "2026-09-16"]
    np.testing.assert_array_equal(rows.value, [np.nan, 2.68])


@pytest.mark.parametrize("name", ["10 YR", "10 Yr", " 10  yr ", "10 Year", "10 years", '"10 YR"'])
def test_a_name_may_be_written_in_several_ways(name):
    rows = PROVIDER.parse(REAL, answered(f"Date,{name}\n01/05/2026,1.9\n".encode()))
    assert rows.value.tolist() == [1.9]


@pytest.mark.parametrize("header", ["Date,5 YR", "Day,10 YR", "Date,10 Mo", "Date,10 YR,10 Yr"])
def test_a_column_that_is_not_there_or_there_twice_is_refused(header):
    cells = ",1" * header.count(",")
    with pytest.raises(WireFormatError, match="expected the columns date and 10 yr"):
        PROVIDER.parse(REAL, answered(f"{header}\n01/05/2026{cells}\n".encode()))


def test_a_year_that_has_no_day_yet_is_empty():
    assert len(PROVIDER.parse(REAL, answered(b'Date,"5 YR","10 YR"'))) == 0


def test_another_year_than_asked_for_is_refused():
    answers = driven(PROVIDER, REAL, replay.CASES["year_ignored"], MARKET)
    with pytest.raises(WireFormatError, match="asked for 2026, got another year"):
        PROVIDER.parse(REAL, answers[0])


@pytest.mark.parametrize("case", ["newest_first", "oldest_first", "new_column_added", "YR_vs_Yr"])
@pytest.mark.parametrize("name", ["dgs2", "dgs10", "dfii5", "dfii10"])
def test_every_form_gives_the_same_values(case, name):
    found = read(PROVIDER, name, replay.CASES[case], MARKET, since=date(2025, 1, 1))
    days, values = MARKET.series(name)
    told = (days >= np.datetime64("2025-01-01")) & (days < np.datetime64(MARKET.today))
    np.testing.assert_array_equal(found.period, days[told])
    np.testing.assert_allclose(found.value, values[told])


@pytest.mark.parametrize("want", [REAL, NOMINAL], ids=["real", "nominal"])
def test_where_there_is_no_csv_the_xml_says_the_same(want):
    by_csv = driven(PROVIDER, want, replay.answer, MARKET)[-1]
    by_xml = driven(PROVIDER, want, replay.CASES["xml_m_null"], MARKET)[-1]
    assert by_xml.request.url.endswith("/pages/xml")
    expected, found = PROVIDER.parse(want, by_csv), PROVIDER.parse(want, by_xml)
    np.testing.assert_array_equal(found.period, expected.period)
    np.testing.assert_allclose(found.value[:-1], expected.value[:-1])
    # m:null is missing.
    assert np.isnan(found.value[-1])


def test_xml_without_the_element_is_missing_and_without_a_day_an_error():
    (answer,) = driven(PROVIDER, REAL, replay.CASES["xml_m_null"], MARKET)
    without = re.sub(rb"<d:TC_10YEAR [^>]*>[^<]*</d:TC_10YEAR>", b"", answer.body)
    rows = PROVIDER.parse(REAL, answer_to(answer.request, Reply(without), NOW))
    assert np.isnan(rows.value).all()
    dateless = answer.body.replace(b"NEW_DATE", b"TIPS_CURVE_DATE")
    with pytest.raises(WireFormatError, match="no NEW_DATE"):
        PROVIDER.parse(REAL, answer_to(answer.request, Reply(dateless), NOW))
    cut = answer.body[: len(answer.body) // 2]
    for body in (cut, b"<html><body>Access Denied</body></html>"):
        with pytest.raises(WireFormatError, match="expected an Atom feed"):
            PROVIDER.parse(REAL, answer_to(answer.request, Reply(body), NOW))


def test_where_there_is_neither_nothing_is_measured():
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, REAL, lambda _ask, _market: Reply(b"", 503), MARKET)


def test_a_curve_that_is_not_is_said():
    with pytest.raises(DataError, match="treasury: no 'bills/4 wk'"):
        next(PROVIDER.plan(Want(find("dgs2"), "bills/4 wk", NOW)))
