"""Frankfurter: rates of central banks, only to compare with, known two days later."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import frankfurter as replay
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
from leadline.data.providers.frankfurter import PROVIDER
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("silver"), "XAG", NOW)
RECENT = date(2026, 11, 2)
GOOD = [
    {"date": "2026-11-17", "base": "XAG", "quote": "USD", "rate": 50.12},
    {"date": "2026-11-18", "base": "XAG", "quote": "USD", "rate": 50.4},
]


def answered(document, now=NOW):
    return Answer(Request("https://x"), "u", 200, {}, json.dumps(document).encode(), now)


def test_it_only_checks():
    assert isinstance(PROVIDER, Provider)
    found = [feed for several in feeds().values() for feed in several]
    assert {feed.check for feed in found if feed.provider == "frankfurter"} == {True}


def test_the_request_names_base_quote_and_first_day():
    request = next(PROVIDER.plan(Want(find("silver"), "XAG", NOW, since=RECENT)))
    assert request.url == "https://api.frankfurter.dev/v2/rates"
    assert dict(request.query) == {"base": "XAG", "quotes": "USD", "from": "2026-11-02"}


def test_rates_are_read_and_known_two_days_later():
    answer = answered(GOOD)
    rows = PROVIDER.parse(WANT, answer)
    assert list(rows.period.astype(str)) == ["2026-11-17", "2026-11-18"]
    assert list(rows.value) == [50.12, 50.4]
    known, basis = PROVIDER.known_at(WANT, answer, rows)
    assert list(known.astype(str)) == ["2026-11-19T00:00:00", "2026-11-20T00:00:00"]
    assert basis == "rule"


@pytest.mark.parametrize("name", ["silver", "gold"])
def test_the_days_since_come_back(name):
    got = read(PROVIDER, name, replay.answer, MARKET, since=RECENT)
    days, prices = MARKET.series(name)
    kept = (days >= np.datetime64(RECENT)) & (days < np.datetime64(MARKET.today))
    np.testing.assert_array_equal(got.period, days[kept])
    np.testing.assert_allclose(got.value, prices[kept] * 1.002, atol=1e-4)


def test_the_running_day_is_left_out():
    got = read(PROVIDER, "silver", replay.CASES["running_day"], MARKET, since=RECENT)
    assert 1.5 not in got.value


def test_no_rate_is_missing():
    case = replay.CASES["null_rate"]
    got = read(PROVIDER, "silver", case, MARKET, since=RECENT, hour=23)
    assert list(got.period[np.isnan(got.value)].astype(str)) == ["2026-11-20"]


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("other_base", r"asked for XAG in USD, got \('XAU', 'USD'\)"),
        ("other_quote", r"asked for XAG in USD, got \('XAG', 'EUR'\)"),
        ("text_rate", "'n.a. today' is no number"),
        ("message_200", "expected a list of objects"),
    ],
)
def test_what_does_not_fit_is_refused(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        read(PROVIDER, "silver", replay.CASES[case], MARKET, since=RECENT)


def test_a_refusal_is_not_measured():
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, WANT, replay.CASES["422"], MARKET)
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, Want(find("silver"), "XXX", NOW), replay.answer, MARKET)


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
    assert 5 <= len(PROVIDER.parse(want, answer)) <= 9
