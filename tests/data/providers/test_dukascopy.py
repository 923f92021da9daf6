"""Dukascopy: packed yearly files, closed days, Sundays, and what to agree to."""

import lzma
import struct
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import dukascopy as replay
from replay.core import Market, Reply, driven, read

from leadline.data.provider import (
    Answer,
    NotMeasuredError,
    Provider,
    Request,
    Want,
    WireFormatError,
    feeds,
)
from leadline.data.providers.dukascopy import PROVIDER
from leadline.data.series import find
from leadline.errors import DataError

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
INFO = next(feed for feed in feeds()["silver"] if feed.provider == "dukascopy").info(find("silver"))
WANT = Want(INFO, "XAGUSD", NOW)
FILE = "https://datafeed.dukascopy.com/datafeed/XAGUSD/2026/BID_candles_day_1.bi5"
DAY = 86400


def packed(*candles):
    return lzma.compress(
        b"".join(struct.pack(">5If", *candle) for candle in candles), format=lzma.FORMAT_ALONE
    )


def answered(body, now=NOW, url=FILE):
    return Answer(Request(url), url, 200, {}, body, now)


def test_it_is_a_provider_that_asks_first():
    assert isinstance(PROVIDER, Provider)
    assert PROVIDER.terms.licence == "restricted"
    assert "personal use" in PROVIDER.terms.consent


def test_candles_are_open_close_low_high_in_thousandths():
    # 2026-01-05 was a Monday.
    rows = PROVIDER.parse(WANT, answered(packed((4 * DAY, 70000, 71500, 69500, 72000, 12.5))))
    assert list(rows.period.astype(str)) == ["2026-01-05"]
    assert list(rows.value) == [71.5]


def test_a_day_is_known_two_hours_after_it_ended():
    answer = answered(packed((4 * DAY, 70000, 71500, 69500, 72000, 12.5)))
    rows = PROVIDER.parse(WANT, answer)
    for want in (WANT, Want(find("silver"), "XAGUSD", NOW)):
        known, basis = PROVIDER.known_at(want, answer, rows)
        assert (str(known[0]), basis) == ("2026-01-06T02:00:00", "rule")


def test_closed_days_and_sunday_evenings_are_left_out():
    candles = (
        (1 * DAY, 70000, 71000, 69000, 72000, 9.0),  # Friday
        (2 * DAY, 71000, 71000, 71000, 71000, 0.0),  # Saturday
        (3 * DAY, 71000, 71200, 70900, 71300, 0.01),  # Sunday
        (4 * DAY, 71200, 71200, 71200, 71200, 3.0),  # Monday, traded at one price
        (5 * DAY, 71200, 71200, 71200, 71200, 0.0),  # Tuesday, closed
    )
    rows = PROVIDER.parse(WANT, answered(packed(*candles)))
    assert list(rows.period.astype(str)) == ["2026-01-02", "2026-01-05"]


def test_a_year_is_asked_for_after_the_other():
    asked = [got.request.url for got in driven(PROVIDER, WANT, replay.answer, MARKET)]
    assert asked == [FILE.replace("2026", str(year)) for year in range(2003, 2027)]


def test_only_the_years_since_are_asked_for():
    want = Want(INFO, "XAGUSD", NOW, since=date(2025, 12, 31))
    asked = [got.request.url for got in driven(PROVIDER, want, replay.answer, MARKET)]
    assert asked == [FILE.replace("2026", "2025"), FILE]
    ahead = Want(INFO, "XAGUSD", NOW, since=date(2027, 1, 1))
    assert [got.request.url for got in driven(PROVIDER, ahead, replay.answer, MARKET)] == [FILE]


def test_a_year_without_a_file_is_passed_over():
    new_year = Want(INFO, "XAGUSD", datetime(2027, 1, 1, 9, tzinfo=UTC), since=date(2026, 12, 1))
    asked = [got.request.url for got in driven(PROVIDER, new_year, replay.answer, MARKET)]
    assert asked == [FILE]


def test_no_file_at_all_is_not_measured():
    later = datetime(2028, 1, 2, tzinfo=UTC)
    want = Want(INFO, "XAGUSD", later, since=date(2027, 5, 1))
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, want, replay.answer, MARKET)


def test_a_refusal_is_not_passed_over():
    plan = PROVIDER.plan(WANT)
    next(plan)
    with pytest.raises(NotMeasuredError):
        plan.throw(NotMeasuredError("503", status=503))


@pytest.mark.parametrize("name", ["silver", "gold"])
def test_the_whole_history_comes_back(name):
    got = read(PROVIDER, name, replay.answer, MARKET)
    days, prices = MARKET.series(name)
    kept = (days >= np.datetime64("2003-01-01")) & (days < np.datetime64(MARKET.today))
    np.testing.assert_array_equal(got.period, days[kept])
    np.testing.assert_allclose(got.value, prices[kept], atol=0.0005)


@pytest.mark.parametrize("case", ["running_last_candle", "padded_flat_days"])
def test_what_is_not_over_is_left_out(case):
    got = read(PROVIDER, "silver", replay.CASES[case], MARKET, since=date(2026, 1, 1))
    assert str(got.period.max()) == "2026-11-19"
    assert 1.5 not in got.value


def test_an_empty_file_is_a_year_without_trading():
    assert len(PROVIDER.parse(WANT, answered(b""))) == 0

    def empty_in_january(ask, market):
        return Reply(b"") if "/2027/" in ask.path else replay.answer(ask, market)

    january = Want(INFO, "XAGUSD", datetime(2027, 1, 1, 9, tzinfo=UTC), since=date(2026, 12, 1))
    assert len(driven(PROVIDER, january, empty_in_january, MARKET)) == 2


def test_nothing_in_any_file_is_refused():
    with pytest.raises(WireFormatError, match="there is nothing in any file"):
        driven(PROVIDER, WANT, replay.CASES["empty_200"], MARKET)


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("bad_lzma", "LZMA"),
        ("cut_lzma", "the LZMA stream is cut off"),
        ("bomb", "holds more than 9600 bytes"),
        ("hourly", "a candle does not begin on a day of 2026"),
        ("next_year", "a candle does not begin on a day of 2026"),
        ("moved_columns", "outside its low and high"),
    ],
)
def test_what_does_not_fit_is_refused(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        read(PROVIDER, "silver", replay.CASES[case], MARKET, since=date(2026, 1, 1))


def test_a_piece_of_a_candle_is_refused():
    body = lzma.compress(bytes(25), format=lzma.FORMAT_ALONE)
    with pytest.raises(WireFormatError, match="25 bytes are no whole number of candles"):
        PROVIDER.parse(WANT, answered(body))


def test_a_file_of_no_year_is_refused():
    with pytest.raises(WireFormatError, match="the address is of no yearly file"):
        PROVIDER.parse(WANT, answered(b"", url="https://datafeed.dukascopy.com/datafeed"))


def test_html_is_refused():
    with pytest.raises(WireFormatError, match="expected LZMA, got HTML"):
        PROVIDER.parse(WANT, answered(b"<html>503</html>"))


def test_an_instrument_of_unknown_scale_is_named():
    body = packed((4 * DAY, 70000, 71500, 69500, 72000, 12.5))
    with pytest.raises(DataError, match="EURUSD"):
        PROVIDER.parse(Want(INFO, "EURUSD", NOW), answered(body))
    with pytest.raises(DataError, match="the price scale of XAGUSD, XAUUSD"):
        next(PROVIDER.plan(Want(INFO, "EURUSD", NOW)))


@given(st.binary(max_size=24 * 4))
def test_whatever_is_packed_it_is_rows_or_an_error(body):
    answer = answered(lzma.compress(body, format=lzma.FORMAT_ALONE, preset=0))
    try:
        rows = PROVIDER.parse(WANT, answer)
    except WireFormatError:
        return
    assert PROVIDER.known_at(WANT, answer, rows)[0].size == len(rows)


CANDLE = st.tuples(
    st.integers(0, 365).map(lambda day: day * DAY),
    *[st.integers(0, 2**32 - 1)] * 4,
    st.floats(width=32),
)


@given(st.lists(CANDLE, max_size=4))
def test_whatever_candles_hold_it_is_rows_or_an_error(candles):
    answer = answered(packed(*candles))
    try:
        rows = PROVIDER.parse(WANT, answer)
    except WireFormatError:
        return
    assert np.isfinite(rows.value).all()
    assert (rows.period < np.datetime64("2026-11-20")).all()


def test_the_probe_is_answered():
    want = PROVIDER.probe(NOW)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert len(PROVIDER.parse(want, answer)) > 200
