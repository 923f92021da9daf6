"""Coinbase Exchange: windows of 300 days, columns in its own order, finished days only."""

import itertools
import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import coinbase as replay
from replay.core import Market, driven, read, with_one_changed

from leadline.data.provider import (
    Answer,
    NotMeasuredError,
    Provider,
    Request,
    Want,
    WireFormatError,
)
from leadline.data.providers.coinbase import PROVIDER
from leadline.data.series import find
from leadline.errors import DataError

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("bitcoin"), "BTC-USD", NOW)
# 2026-11-19 and the day before: time, low, high, open, close, volume.
GOOD = [
    [1795046400, 87100.1, 88900.5, 87500.0, 88720.3, 9123.4],
    [1794960000, 86000, 88000, 86500, 87500, 8000.1],
]


def answered(document, now=NOW):
    return Answer(Request("https://x"), "u", 200, {}, json.dumps(document).encode(), now)


def test_it_is_a_provider():
    assert isinstance(PROVIDER, Provider)
    assert (PROVIDER.terms.licence, PROVIDER.terms.consent) == ("restricted", "")


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("BTC-USD", 87500.0),
        ("BTC-USD/close", 87500.0),
        ("BTC-USD/open", 86500.0),
        ("BTC-USD/high", 88000.0),
        ("BTC-USD/low", 86000.0),
    ],
)
def test_each_field_is_read_from_its_column(code, value):
    rows = PROVIDER.parse(Want(find("bitcoin"), code, NOW), answered(GOOD))
    assert list(rows.period.astype(str)) == ["2026-11-18", "2026-11-19"]
    assert rows.value[0] == value


def test_a_day_is_known_five_minutes_after_it_ended():
    answer = answered(GOOD)
    known, basis = PROVIDER.known_at(WANT, answer, PROVIDER.parse(WANT, answer))
    assert list(known.astype(str)) == ["2026-11-19T00:05:00", "2026-11-20T00:05:00"]
    assert basis == "rule"


def test_a_day_is_over_at_midnight():
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    assert len(PROVIDER.parse(WANT, answered(GOOD, midnight))) == 2
    before = datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC)
    assert list(PROVIDER.parse(WANT, answered(GOOD, before)).period.astype(str)) == ["2026-11-18"]


def test_no_window_is_wider_than_allowed_and_none_is_left_out():
    asked = driven(PROVIDER, WANT, replay.answer, MARKET)
    spans = [
        [np.datetime64(dict(got.request.query)[name][:10]) for name in ("start", "end")]
        for got in asked
    ]
    assert [str(spans[0][0]), str(spans[-1][1])] == ["2015-07-01", "2026-11-19"]
    assert all(end - start <= np.timedelta64(299, "D") for start, end in spans)
    assert all(
        later[0] - earlier[1] == np.timedelta64(1, "D")
        for earlier, later in itertools.pairwise(spans)
    )
    assert dict(asked[0].request.query)["granularity"] == "86400"
    assert asked[0].request.url == "https://api.exchange.coinbase.com/products/BTC-USD/candles"


@pytest.mark.parametrize("since", [date(2026, 11, 19), date(2026, 11, 20), date(2027, 3, 1)])
def test_when_all_is_held_the_last_day_is_asked_for(since):
    want = Want(find("bitcoin"), "BTC-USD", NOW, since=since)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert dict(answer.request.query)["start"] == "2026-11-19T00:00:00Z"
    assert list(PROVIDER.parse(want, answer).period.astype(str)) == ["2026-11-19"]


@pytest.mark.parametrize("name", ["bitcoin", "bitcoin_open", "bitcoin_high", "bitcoin_low"])
def test_the_whole_history_comes_back(name):
    got = read(PROVIDER, name, replay.answer, MARKET)
    days, prices = MARKET.series(name)
    kept = (days >= np.datetime64("2015-07-20")) & (days < np.datetime64(MARKET.today))
    np.testing.assert_array_equal(got.period, days[kept])
    np.testing.assert_array_equal(got.value, prices[kept])


def test_a_running_candle_is_left_out():
    since = date(2026, 11, 10)
    got = read(PROVIDER, "bitcoin", replay.CASES["running_last_candle"], MARKET, since=since)
    assert str(got.period.max()) == "2026-11-19"
    assert 1.5 not in got.value


def test_a_day_without_trades_is_no_row():
    since = date(2026, 11, 10)
    got = read(PROVIDER, "bitcoin", replay.CASES["gap_day"], MARKET, since=since)
    assert "2026-11-17" not in got.period.astype(str)
    assert got.period.size == 9


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("moved_columns", "outside its low and high"),
        ("milliseconds", "no count of s since 1970"),
        ("hourly", "not the start of a day"),
        ("message_200", "expected a list of lists"),
    ],
)
def test_what_does_not_fit_is_refused(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        read(PROVIDER, "bitcoin", replay.CASES[case], MARKET, since=date(2026, 11, 1))


@pytest.mark.parametrize("case", ["400_too_many", "400_no_agent"])
def test_a_refusal_is_not_measured(case):
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, WANT, replay.CASES[case], MARKET)


def test_a_row_of_another_width_is_refused():
    with pytest.raises(WireFormatError, match="expected 6 cells a row, got 5"):
        PROVIDER.parse(WANT, answered([GOOD[0][:5]]))


def test_an_unknown_field_is_named():
    with pytest.raises(DataError, match=r"no 'BTC-USD/vwap'\. Write SYMBOL or SYMBOL/FIELD"):
        next(PROVIDER.plan(Want(find("bitcoin"), "BTC-USD/vwap", NOW)))


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
