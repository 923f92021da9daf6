"""Binance market data: windows of 1,000 days, two units of time, finished days only."""

import itertools
import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import binance as replay
from replay.core import Market, driven, read, with_one_changed

from leadline.data.provider import (
    Answer,
    NotMeasuredError,
    Provider,
    Request,
    Want,
    WireFormatError,
)
from leadline.data.providers.binance import PROVIDER
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("bitcoin"), "BTCUSDT", NOW)
RECENT = date(2026, 11, 10)
REST = ["795.15037700", 1795132799999, "3454770.05073206", 3427, "616.2", "2678216.4", "0"]
GOOD = [
    [
        1794960000000,
        "86500.00",
        "88000.00",
        "86000.00",
        "87500.00",
        REST[0],
        1795046399999,
        *REST[2:],
    ],
    [1795046400000, "87500.00", "88900.50", "87100.10", "88720.30", *REST],
]


def answered(document, now=NOW):
    return Answer(Request("https://x"), "u", 200, {}, json.dumps(document).encode(), now)


def test_it_is_a_provider():
    assert isinstance(PROVIDER, Provider)
    # The main host answers 451 in whole countries.
    assert PROVIDER.hosts == ("data-api.binance.vision",)


def test_the_close_is_the_fifth_cell():
    rows = PROVIDER.parse(WANT, answered(GOOD))
    assert list(rows.period.astype(str)) == ["2026-11-18", "2026-11-19"]
    assert list(rows.value) == [87500.0, 88720.3]


def test_a_day_is_known_five_minutes_after_it_ended():
    answer = answered(GOOD)
    known, basis = PROVIDER.known_at(WANT, answer, PROVIDER.parse(WANT, answer))
    assert list(known.astype(str)) == ["2026-11-19T00:05:00", "2026-11-20T00:05:00"]
    assert basis == "rule"


def test_a_day_is_over_at_midnight():
    before = datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC)
    assert list(PROVIDER.parse(WANT, answered(GOOD, before)).period.astype(str)) == ["2026-11-18"]


def test_the_windows_join():
    asked = [dict(got.request.query) for got in driven(PROVIDER, WANT, replay.answer, MARKET)]
    assert asked[0] == {
        "symbol": "BTCUSDT",
        "interval": "1d",
        "startTime": "1502928000000",
        "endTime": str(1502928000000 + 1000 * 86_400_000 - 1),
        "limit": "1000",
    }
    for earlier, later in itertools.pairwise(asked):
        assert int(later["startTime"]) == int(earlier["endTime"]) + 1
    assert int(asked[-1]["endTime"]) == 1795132799999


@pytest.mark.parametrize("name", ["bitcoin", "ether"])
def test_the_whole_history_comes_back(name):
    got = read(PROVIDER, name, replay.answer, MARKET)
    days, prices = MARKET.series(name)
    kept = (days >= np.datetime64("2017-08-17")) & (days < np.datetime64(MARKET.today))
    np.testing.assert_array_equal(got.period, days[kept])
    np.testing.assert_array_equal(got.value, prices[kept])


def test_milliseconds_and_microseconds_are_told_apart_by_their_digits():
    plain = read(PROVIDER, "bitcoin", replay.answer, MARKET, since=RECENT)
    micro = read(PROVIDER, "bitcoin", replay.CASES["ms_vs_us"], MARKET, since=RECENT)
    np.testing.assert_array_equal(plain.period, micro.period)
    np.testing.assert_array_equal(plain.value, micro.value)


def test_a_running_candle_is_left_out():
    got = read(PROVIDER, "bitcoin", replay.CASES["running_last_candle"], MARKET, since=RECENT)
    assert str(got.period.max()) == "2026-11-19"
    assert 1.5 not in got.value


def test_a_day_without_trades_is_no_row():
    got = read(PROVIDER, "bitcoin", replay.CASES["gap_day"], MARKET, since=RECENT)
    assert "2026-11-12" not in got.period.astype(str)
    assert got.period.size == 9


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("ms_and_us", r"times have \[13, 16\] digits"),
        ("weekly", "candle of 2026-11-10 is not one day long"),
        ("error_200", "expected a list of lists"),
    ],
)
def test_what_does_not_fit_is_refused(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        read(PROVIDER, "bitcoin", replay.CASES[case], MARKET, since=RECENT)


def test_moved_columns_are_refused():
    opened, first, high, low, *rest = GOOD[0]
    with pytest.raises(WireFormatError, match="outside its low and high"):
        PROVIDER.parse(WANT, answered([[opened, first, low, high, *rest]]))


@pytest.mark.parametrize("case", ["451", "418"])
def test_a_refusal_is_not_measured(case):
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, WANT, replay.CASES[case], MARKET)


def test_no_candles_are_no_rows():
    assert len(PROVIDER.parse(WANT, answered([]))) == 0


@given(st.integers(0, 99), st.none() | st.booleans() | st.floats() | st.text() | st.just([{}]))
def test_whatever_a_cell_holds_it_is_rows_or_an_error(where, to):
    answer = answered(with_one_changed(GOOD, where, to))
    try:
        rows = PROVIDER.parse(WANT, answer)
    except WireFormatError:
        return
    assert PROVIDER.known_at(WANT, answer, rows)[0].size == len(rows)


def test_the_probe_asks_once():
    want = PROVIDER.probe(NOW)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert len(PROVIDER.parse(want, answer)) == 5
