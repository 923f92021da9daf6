"""Yahoo Finance: local dates, sessions that are over, months called days, and what to agree to."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import yahoo as replay
from replay.core import Market, driven, read, with_one_changed

from leadline.data.provider import (
    Answer,
    NotMeasuredError,
    Provider,
    Request,
    Want,
    WireFormatError,
)
from leadline.data.providers.yahoo import PROVIDER
from leadline.data.series import find
from leadline.errors import DataError

MARKET = Market(date(2026, 11, 19))  # a Thursday
NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)
RECENT = date(2026, 11, 2)
WANT = Want(find("silver"), "SI=F", NOW)
META = {
    "currency": "USD",
    "symbol": "SI=F",
    "exchangeTimezoneName": "America/New_York",
    "dataGranularity": "1d",
}
# Midnights in New York, before and after the clocks went back on 2026-11-01.
TIMES = [1793332800, 1793592000 + 3600]
QUOTE = {
    "open": [49.5, 50.5],
    "high": [51.0, 51.5],
    "low": [49.0, 50.0],
    "close": [50.25, 51.0],
    "volume": [100, 90],
}


def chart(times=TIMES, quote=QUOTE, **meta):
    result = {"meta": META | meta, "timestamp": times, "indicators": {"quote": [quote]}}
    return {"chart": {"result": [result], "error": None}}


def answered(document, now=NOW):
    return Answer(Request("https://x"), "u", 200, {}, json.dumps(document).encode(), now)


def test_it_is_a_provider_that_asks_first():
    assert isinstance(PROVIDER, Provider)
    assert PROVIDER.terms.licence == "restricted"
    assert "do not permit automated collection" in PROVIDER.terms.consent
    assert "on your responsibility" in PROVIDER.terms.consent
    assert PROVIDER.agent == "mozilla"


def test_the_period_is_spelled_out_and_never_a_range():
    request = next(PROVIDER.plan(Want(find("silver"), "SI=F", NOW, since=date(2026, 11, 2))))
    assert request.url == "https://query2.finance.yahoo.com/v8/finance/chart/SI%3DF"
    assert dict(request.query) == {
        "period1": "1793491200",  # 2026-11-01
        "period2": "1795132800",  # 2026-11-20
        "interval": "1d",
        "includePrePost": "false",
        "events": "div,splits",
    }
    assert dict(next(PROVIDER.plan(WANT)).query)["period1"] == "0"


@pytest.mark.parametrize(
    ("code", "path"), [("^GSPC", "%5EGSPC"), ("DX-Y.NYB", "DX-Y.NYB"), ("GC=F/high", "GC%3DF")]
)
def test_the_symbol_is_in_the_path(code, path):
    assert next(PROVIDER.plan(Want(find("silver"), code, NOW))).url.endswith(f"/chart/{path}")


def test_the_second_host_is_asked_where_the_first_gives_nothing():
    plan = PROVIDER.plan(WANT)
    first = next(plan)
    second = plan.throw(NotMeasuredError("429", status=429))
    assert second.url == first.url.replace("query2", "query1")
    assert second.query == first.query
    with pytest.raises(NotMeasuredError):
        plan.throw(NotMeasuredError("429", status=429))


def test_a_symbol_that_is_not_there_is_asked_for_once():
    plan = PROVIDER.plan(WANT)
    next(plan)
    with pytest.raises(NotMeasuredError):
        plan.throw(NotMeasuredError("404", status=404))


def test_the_date_is_the_exchanges_own():
    rows = PROVIDER.parse(WANT, answered(chart()))
    assert list(rows.period.astype(str)) == ["2026-10-30", "2026-11-02"]
    assert list(rows.value) == [50.25, 51.0]
    # 01:00 UTC is the evening before in New York, and the same day in London.
    london = chart([1793668000], {"close": [50.0]}, exchangeTimezoneName="Europe/London")
    assert str(PROVIDER.parse(WANT, answered(london)).period[0]) == "2026-11-03"
    new_york = chart([1793668000], {"close": [50.0]})
    assert str(PROVIDER.parse(WANT, answered(new_york)).period[0]) == "2026-11-02"


@pytest.mark.parametrize(("field", "value"), [("open", 49.5), ("high", 51.0), ("low", 49.0)])
def test_each_field_is_read(field, value):
    want = Want(find(f"silver_{field}"), f"SI=F/{field}", NOW)
    assert PROVIDER.parse(want, answered(chart())).value[0] == value


def test_a_future_is_known_an_hour_after_its_session():
    answer = answered(chart())
    known, basis = PROVIDER.known_at(WANT, answer, PROVIDER.parse(WANT, answer))
    # 18:00 in New York, in summer and in winter time.
    assert list(known.astype(str)) == ["2026-10-30T22:00:00", "2026-11-02T23:00:00"]
    assert basis == "rule"


def test_an_index_is_known_by_its_own_rule():
    want = Want(find("spx"), "^GSPC", NOW)
    answer = answered(chart([1793370600], {"close": [6500.0]}, symbol="^GSPC"))
    known, _ = PROVIDER.known_at(want, answer, PROVIDER.parse(want, answer))
    assert str(known[0]) == "2026-10-30T20:30:00"


@pytest.mark.parametrize(("minute", "n_rows"), [(59, 1), (60, 2)])
def test_a_session_is_over_at_six_in_new_york(minute, n_rows):
    now = datetime(2026, 11, 2, 22 + minute // 60, minute % 60, tzinfo=UTC)
    assert len(PROVIDER.parse(Want(find("silver"), "SI=F", now), answered(chart(), now))) == n_rows


def test_no_close_is_missing_and_not_zero():
    quote = {name: [values[0], None] for name, values in QUOTE.items()}
    rows = PROVIDER.parse(WANT, answered(chart(quote=quote)))
    assert np.isnan(rows.value[1])
    got = read(PROVIDER, "silver", replay.CASES["null_closes"], MARKET, since=RECENT)
    assert list(got.period[np.isnan(got.value)].astype(str)) == ["2026-11-17"]


def test_a_piece_of_sunday_is_no_day_of_a_future_but_one_of_a_coin():
    sunday = chart([1793592000 - 86400], {"close": [50.0]})  # 2026-11-01
    assert len(PROVIDER.parse(WANT, answered(sunday))) == 0
    coin = chart([1793491200], {"close": [90000.0]}, symbol="BTC-USD", exchangeTimezoneName="UTC")
    rows = PROVIDER.parse(Want(find("bitcoin"), "BTC-USD", NOW), answered(coin))
    assert list(rows.period.astype(str)) == ["2026-11-01"]


@pytest.mark.parametrize("case", ["live_last_bar", "live_quote_beside"])
def test_what_is_not_over_at_noon_is_left_out(case):
    plain = read(PROVIDER, "silver", replay.answer, MARKET, since=RECENT)
    got = read(PROVIDER, "silver", replay.CASES[case], MARKET, since=RECENT)
    assert str(plain.period.max()) == "2026-11-18"
    np.testing.assert_array_equal(got.period, plain.period)
    np.testing.assert_array_equal(got.value, plain.value)


@pytest.mark.parametrize("case", ["evening_bar", "live_quote_beside"])
def test_in_the_evening_the_next_session_is_left_out(case):
    got = read(PROVIDER, "silver", replay.CASES[case], MARKET, since=RECENT, hour=23)
    assert str(got.period.max()) == "2026-11-19"
    assert got.value[-1] == MARKET.series("silver")[1][-1]


def test_a_bar_of_the_next_day_at_noon_is_from_the_future():
    with pytest.raises(WireFormatError, match="in the future"):
        read(PROVIDER, "silver", replay.CASES["evening_bar"], MARKET, since=RECENT)


@pytest.mark.parametrize(
    "name", ["silver", "silver_open", "silver_high", "gold_low", "copper", "oil_wti", "dxy", "spx"]
)
def test_the_whole_history_comes_back(name):
    got = read(PROVIDER, name, replay.answer, MARKET)
    days, prices = MARKET.series(name)
    np.testing.assert_array_equal(got.period, days[:-1])
    np.testing.assert_array_equal(got.value, prices[:-1])
    assert (got.known >= got.period).all()


def test_an_index_may_have_no_currency():
    rows = PROVIDER.parse(WANT, answered(chart(currency=None)))
    assert len(rows) == 2


def test_no_bars_are_no_rows():
    empty = {"meta": META, "indicators": {"quote": [{}], "adjclose": [{}]}}
    document = {"chart": {"result": [empty], "error": None}}
    assert len(PROVIDER.parse(WANT, answered(document))) == 0


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("silent_monthly", "expected the dataGranularity 1d, got 1mo"),
        ("other_symbol", "expected the symbol SI=F, got GC=F"),
        ("other_currency", "expected dollars, got USX"),
        ("no_such_zone", "no time zone 'Mars/Olympus'"),
        ("zone_is_a_folder", "no time zone 'America'"),
        ("unequal_lengths", "timestamps have"),
        ("no_quotes", "expected one object in quote"),
        ("not_found_200", "the answer is an error: No data found"),
        ("invalid_crumb_200", "the answer is an error: Unauthorized"),
        ("will_be_right_back", "expected plain text, got HTML"),
    ],
)
def test_what_does_not_fit_is_refused(case, problem):
    with pytest.raises(WireFormatError, match=problem):
        read(PROVIDER, "silver", replay.CASES[case], MARKET, since=RECENT)


@pytest.mark.parametrize("case", ["not_found", "invalid_crumb", "429_text"])
def test_a_refusal_is_not_measured(case):
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, WANT, replay.CASES[case], MARKET)


def test_an_unknown_field_is_named():
    with pytest.raises(DataError, match="SI=F/volume"):
        next(PROVIDER.plan(Want(find("silver"), "SI=F/volume", NOW)))


LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just([{}])


@given(st.integers(0, 99), LEAVES)
def test_whatever_a_field_holds_it_is_rows_or_an_error(where, to):
    answer = answered(with_one_changed(chart(), where, to))
    try:
        rows = PROVIDER.parse(WANT, answer)
    except WireFormatError:
        return
    assert PROVIDER.known_at(WANT, answer, rows)[0].size == len(rows)


def test_the_probe_is_answered():
    want = PROVIDER.probe(NOW)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    assert 5 <= len(PROVIDER.parse(want, answer)) <= 9
