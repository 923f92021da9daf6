"""Coin Metrics: paging, the day label, and when a day was complete."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import coinmetrics as replay
from replay.core import Market, driven, read, with_one_changed

from leadline.data.provider import (
    Answer,
    NotMeasuredError,
    Provider,
    Request,
    Want,
    WireFormatError,
)
from leadline.data.providers.coinmetrics import PROVIDER
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("bitcoin"), "btc", NOW)
RECENT = Want(find("bitcoin"), "btc", NOW, since=date(2026, 11, 1))
GOOD = {
    "data": [
        {
            "asset": "btc",
            "time": "2026-11-18T00:00:00.000000000Z",
            "PriceUSD": "90123.25",
            "AssetEODCompletionTime": "1795050000",
            "PriceUSD-status": "reviewed",
        },
        {"asset": "btc", "time": "2026-11-19T00:00:00.000000000Z", "PriceUSD": "90200.5"},
    ]
}


def answered(document, now=NOW):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(Request("https://community-api.coinmetrics.io/v4"), "u", 200, {}, body, now)


def test_it_is_a_provider():
    assert isinstance(PROVIDER, Provider)
    assert PROVIDER.terms.licence == "noncommercial"
    assert "CC BY-NC" in PROVIDER.terms.credit


def test_the_first_request_is_for_the_price():
    request = next(PROVIDER.plan(RECENT))
    assert request.url == "https://community-api.coinmetrics.io/v4/timeseries/asset-metrics"
    assert dict(request.query) == {
        "assets": "btc",
        "metrics": "PriceUSD",
        "frequency": "1d",
        "start_time": "2026-11-01",
        "page_size": "10000",
        "paging_from": "start",
    }


def test_the_label_is_the_day_whose_close_it_is():
    rows = PROVIDER.parse(WANT, answered(GOOD))
    assert list(rows.period.astype(str)) == ["2026-11-18", "2026-11-19"]
    assert list(rows.value) == [90123.25, 90200.5]


def test_a_day_is_known_when_its_close_could_be_seen():
    answer = answered(GOOD)
    known, basis = PROVIDER.known_at(WANT, answer, PROVIDER.parse(WANT, answer))
    assert list(known.astype(str)) == ["2026-11-19T00:05:00", "2026-11-20T00:05:00"]
    assert basis == "rule"


def test_no_day_is_known_later_than_it_was_fetched():
    answer = answered(GOOD, datetime(2026, 11, 20, 0, 2, tzinfo=UTC))
    known, _ = PROVIDER.known_at(WANT, answer, PROVIDER.parse(WANT, answer))
    assert str(known[-1]) == "2026-11-20T00:02:00"


def test_a_day_that_is_not_over_is_left_out():
    answer = answered(GOOD, datetime(2026, 11, 19, 23, 59, tzinfo=UTC))
    assert list(PROVIDER.parse(WANT, answer).period.astype(str)) == ["2026-11-18"]
    assert len(PROVIDER.parse(WANT, answered(GOOD, datetime(2026, 11, 20, tzinfo=UTC)))) == 2


def test_the_whole_history_comes_back():
    got = read(PROVIDER, "bitcoin", replay.answer, MARKET)
    days, prices = MARKET.series("bitcoin")
    np.testing.assert_array_equal(got.period, days[:-1])
    np.testing.assert_array_equal(got.value, prices[:-1])
    assert (got.known - (got.period + 1) == np.timedelta64(5, "m")).all()


def test_pages_are_followed():
    got = read(PROVIDER, "bitcoin", replay.CASES["two_pages"], MARKET)
    assert len(got.answers) == 2
    days, prices = MARKET.series("bitcoin")
    np.testing.assert_array_equal(got.period, days[:-1])
    np.testing.assert_array_equal(got.value, prices[:-1])


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("next_page_elsewhere", "on another host: 'https://community-api.coinmetrics.io.example"),
        ("next_page_without_tls", "on another host: 'http://"),
        ("next_page_no_address", "at no address"),
        ("next_page_for_ever", "still a next page after 20"),
        ("csv", "this is no JSON"),
    ],
)
def test_a_bad_page_ends_the_plan(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        driven(PROVIDER, RECENT, replay.CASES[case], MARKET)


def test_a_price_that_left_the_community_is_not_measured():
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, RECENT, replay.CASES["403_not_community"], MARKET)


def test_other_refusals_are_not_asked_again():
    plan = PROVIDER.plan(RECENT)
    next(plan)
    with pytest.raises(NotMeasuredError):
        plan.throw(NotMeasuredError("away", status=503))


def test_days_before_the_first_price_miss_nothing():
    case = replay.CASES["before_the_first_price"]
    got = read(PROVIDER, "bitcoin", case, MARKET, since=date(2026, 11, 1))
    assert str(got.period[0]) == "2026-11-06"
    assert list(got.period[np.isnan(got.value)].astype(str)) == ["2026-11-18"]


def test_a_running_day_is_left_out():
    got = read(PROVIDER, "bitcoin", replay.CASES["running_last_day"], MARKET)
    assert str(got.period[-1]) == "2026-11-19"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"asset": "eth"}, "asked for btc, got 'eth'"),
        ({"time": "2026-11-18T12:00:00Z"}, "not the start of a day"),
        ({"time": None}, "."),
        ({"PriceUSD": "about 90,000"}, "is no number"),
        ({"time": "2026-12-24T00:00:00.000000000Z"}, "lie in the future"),
        ({"time": "2026-11-19T00:00:00.000000000Z"}, "twice with different values"),
    ],
)
def test_what_does_not_fit_is_refused(change, problem):
    document = {"data": [GOOD["data"][0] | change, GOOD["data"][1]]}
    with pytest.raises(WireFormatError, match=problem):
        PROVIDER.parse(WANT, answered(document))


@pytest.mark.parametrize("name", ["asset", "time", "PriceUSD"])
def test_a_field_that_is_gone_is_refused(name):
    row = {key: value for key, value in GOOD["data"][0].items() if key != name}
    with pytest.raises(WireFormatError, match=r"no field|asked for"):
        PROVIDER.parse(WANT, answered({"data": [row]}))


def test_no_days_are_no_rows():
    assert len(PROVIDER.parse(WANT, answered({"data": []}))) == 0


@given(st.integers(0, 99), st.none() | st.booleans() | st.floats() | st.text() | st.just([{}]))
def test_whatever_a_field_holds_it_is_rows_or_an_error(where, to):
    answer = answered(with_one_changed(GOOD, where, to))
    try:
        rows = PROVIDER.parse(WANT, answer)
    except WireFormatError:
        return
    assert PROVIDER.known_at(WANT, answer, rows)[0].size == len(rows)


def test_the_probe_asks_for_days():
    want = PROVIDER.probe(NOW)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert len(PROVIDER.parse(want, answer)) == 5
