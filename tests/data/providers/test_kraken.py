"""Kraken: the last 720 days, errors with status 200, finished days only."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import kraken as replay
from replay.core import Market, driven, read, with_one_changed

from leadline.data.provider import Answer, Provider, Request, Want, WireFormatError
from leadline.data.providers.kraken import PROVIDER
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("bitcoin"), "XBTUSD", NOW)
BARS = [
    [1794960000, "86500.0", "88000.0", "86000.0", "87500.0", "87000.1", "3000.5", 12345],
    [1795046400, "87500.0", "88900.5", "87100.1", "88720.3", "88000.1", "2000.5", 12345],
]
GOOD = {"error": [], "result": {"XXBTZUSD": BARS, "last": 1794960000}}


def answered(document, now=NOW):
    return Answer(Request("https://x"), "u", 200, {}, json.dumps(document).encode(), now)


def test_it_is_a_provider():
    assert isinstance(PROVIDER, Provider)
    assert (PROVIDER.terms.licence, PROVIDER.terms.consent) == ("restricted", "")


def test_one_request_has_all_there_is():
    (answer,) = driven(PROVIDER, WANT, replay.answer, MARKET)
    assert answer.request.url == "https://api.kraken.com/0/public/OHLC"
    assert answer.request.query == (("pair", "XBTUSD"), ("interval", "1440"))


def test_days_since_are_asked_for_from_the_day_before():
    want = Want(find("bitcoin"), "XBTUSD", NOW, since=date(2026, 11, 10))
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert dict(answer.request.query)["since"] == "1794182400"  # 2026-11-09
    assert str(PROVIDER.parse(want, answer).period[0]) == "2026-11-10"


def test_the_close_is_the_fifth_cell():
    rows = PROVIDER.parse(WANT, answered(GOOD))
    assert list(rows.period.astype(str)) == ["2026-11-18", "2026-11-19"]
    assert list(rows.value) == [87500.0, 88720.3]


def test_a_day_is_known_five_minutes_after_it_ended():
    answer = answered(GOOD)
    known, basis = PROVIDER.known_at(WANT, answer, PROVIDER.parse(WANT, answer))
    assert list(known.astype(str)) == ["2026-11-19T00:05:00", "2026-11-20T00:05:00"]
    assert basis == "rule"


@pytest.mark.parametrize("name", ["bitcoin", "ether"])
def test_the_last_days_come_back(name):
    got = read(PROVIDER, name, replay.answer, MARKET)
    days, prices = MARKET.series(name)
    np.testing.assert_array_equal(got.period, days[-720:-1])
    np.testing.assert_array_equal(got.value, prices[-720:-1])


def test_the_running_candle_is_left_out():
    got = read(PROVIDER, "bitcoin", replay.CASES["running_last_candle"], MARKET)
    assert str(got.period.max()) == "2026-11-19"
    assert 1.5 not in got.value


def test_a_pair_may_keep_its_name():
    assert read(PROVIDER, "bitcoin", replay.CASES["same_name"], MARKET).period.size == 719


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("kraken_error_200", "the answer is an error: EGeneral:Too many requests"),
        ("other_pair", "asked for XBTUSD, got XXBTZEUR"),
        ("two_pairs", "asked for XBTUSD, got XXBTZUSD, XXBTZEUR"),
    ],
)
def test_what_does_not_fit_is_refused(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        read(PROVIDER, "bitcoin", replay.CASES[case], MARKET)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "expected a JSON object"),
        ({"error": []}, "no field 'result'"),
        ({"error": [], "result": {"last": 0}}, "got nothing"),
        ({"error": [], "result": {"XXBTZUSD": [BARS[0][:5]]}}, "expected 8 cells a row"),
        ({"error": [], "result": {"XXBTZUSD": None}}, "list of lists"),
    ],
)
def test_another_shape_is_refused(document, problem):
    with pytest.raises(WireFormatError, match=problem):
        PROVIDER.parse(WANT, answered(document))


@given(st.integers(0, 99), st.none() | st.booleans() | st.floats() | st.text() | st.just([{}]))
def test_whatever_a_cell_holds_it_is_rows_or_an_error(where, to):
    answer = answered(with_one_changed(GOOD, where, to))
    try:
        rows = PROVIDER.parse(WANT, answer)
    except WireFormatError:
        return
    assert PROVIDER.known_at(WANT, answer, rows)[0].size == len(rows)


def test_the_probe_is_answered():
    want = PROVIDER.probe(NOW)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert len(PROVIDER.parse(want, answer)) == 5
