"""LBMA: dollars first, null and zero are missing, and the owner's position before all."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import lbma as replay
from replay.core import Market, driven, read, with_one_changed

from leadline.data.provider import (
    Answer,
    NotMeasuredError,
    Provider,
    Request,
    Want,
    WireFormatError,
    feeds,
)
from leadline.data.providers.lbma import PROVIDER
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
INFO = next(feed for feed in feeds()["silver"] if feed.provider == "lbma").info(find("silver"))
WANT = Want(INFO, "silver", NOW)
GOOD = [
    {"is_cms_locked": 0, "d": "1998-06-01", "v": [5.1, 3.2, None]},
    {"is_cms_locked": 0, "d": "2026-07-01", "v": [50.5, 40.0, 45.0]},
    {"is_cms_locked": 0, "d": "2026-11-18", "v": [52.5, 41.0, 46.0]},
]


def answered(document, now=NOW):
    return Answer(Request("https://x"), "u", 200, {}, json.dumps(document).encode(), now)


def test_it_is_a_provider_that_prints_the_owners_position_first():
    assert isinstance(PROVIDER, Provider)
    assert PROVIDER.terms.licence == "restricted"
    assert "ICE Benchmark Administration" in PROVIDER.terms.consent
    assert "a licence is required to obtain, use or redistribute" in PROVIDER.terms.consent


@pytest.mark.parametrize("code", ["silver", "gold_am", "gold_pm"])
def test_each_auction_is_a_file(code):
    request = next(PROVIDER.plan(Want(INFO, code, NOW)))
    assert request.url == f"https://prices.lbma.org.uk/json/{code}.json"
    assert request.query == ()


def test_dollars_come_first():
    rows = PROVIDER.parse(WANT, answered(GOOD))
    assert list(rows.period.astype(str)) == ["1998-06-01", "2026-07-01", "2026-11-18"]
    assert list(rows.value) == [5.1, 50.5, 52.5]


def test_a_price_is_known_on_the_next_morning_in_london():
    answer = answered(GOOD)
    rows = PROVIDER.parse(WANT, answer)
    for want in (WANT, Want(find("silver"), "silver", NOW)):
        known, basis = PROVIDER.known_at(want, answer, rows)
        # Summer time, then winter time.
        assert list(known[1:].astype(str)) == ["2026-07-02T07:30:00", "2026-11-19T08:30:00"]
        assert basis == "rule"


@pytest.mark.parametrize("case", ["null_usd", "zero_usd"])
def test_null_and_zero_are_missing(case):
    got = read(PROVIDER, "silver", replay.CASES[case], MARKET)
    assert list(got.period[np.isnan(got.value)].astype(str)) == ["2026-11-18"]


@pytest.mark.parametrize("name", ["silver", "gold"])
def test_the_whole_history_comes_back(name):
    got = read(PROVIDER, name, replay.answer, MARKET, hour=11)
    days, prices = MARKET.series(name)
    np.testing.assert_array_equal(got.period, days[:-1])
    np.testing.assert_array_equal(got.value, prices[:-1])


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("text_usd", "'fixing suspended' is no number"),
        ("two_currencies", "expected 3 cells a row, got 2"),
        ("bad_day", "'2026-02-30' is no day"),
        ("cloudflare_200", "expected plain text, got HTML"),
    ],
)
def test_what_does_not_fit_is_refused(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        read(PROVIDER, "silver", replay.CASES[case], MARKET)


def test_a_refusal_is_not_measured():
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, WANT, replay.CASES["cloudflare_403"], MARKET)


@given(st.integers(0, 99), st.none() | st.booleans() | st.floats() | st.text() | st.just([{}]))
def test_whatever_a_field_holds_it_is_rows_or_an_error(where, to):
    answer = answered(with_one_changed(GOOD, where, to))
    try:
        rows = PROVIDER.parse(WANT, answer)
    except WireFormatError:
        return
    assert PROVIDER.known_at(WANT, answer, rows)[0].size == len(rows)


def test_the_probe_is_answered():
    want = PROVIDER.probe(NOW)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert len(PROVIDER.parse(want, answer)) > 6000
