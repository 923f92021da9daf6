"""Positions in futures: reports in pages, stamps since 2022-09, irregular names."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import cftc as replay
from replay.core import Market, Reply, read

from leadline.data.provider import Want, WireFormatError
from leadline.data.providers import provider
from leadline.data.series import find
from leadline.errors import DataError

PROVIDER = provider("cftc")
MARKET = Market()
ONE = {
    ":updated_at": "2026-09-18T19:30:12.000Z",
    "report_date_as_yyyy_mm_dd": "2026-09-15T00:00:00.000",
    "cftc_contract_market_code": "084691",
    "open_interest_all": "160000",
    "noncomm_positions_long_all": "63000",
    "noncomm_positions_short_all": "24000",
    "comm_positions_long_all": "50000",
    "comm_positions_short_all": "103000",
    "nonrept_positions_long_all": "26000",
    "nonrept_positions_short_all": "12000",
}


def one_report(**changes):
    body = json.dumps([ONE | changes]).encode()
    return lambda ask, _market: Reply(body if "<" not in ask.query["$where"] else b"[]")


@pytest.mark.parametrize(
    ("series", "net"),
    [
        ("cot_silver_net", 39000.0),
        ("cot_silver_commercial_net", -53000.0),
        ("cot_silver_small_net", 14000.0),
    ],
)
def test_a_net_position_is_long_minus_short(series, net):
    found = read(PROVIDER, series, one_report(), MARKET, since=date(2026, 9, 1))
    assert found.period.tolist() == [date(2026, 9, 15)]
    assert found.value.tolist() == [net]
    assert found.known.astype(str).tolist() == ["2026-09-18T19:30:12"]
    assert found.bases == ("source_stamp",)


@pytest.mark.parametrize(
    "series",
    ["cot_silver_net", "cot_gold_open_interest", "cot_bitcoin_commercial_net", "cot_usdx_net"],
)
def test_every_report_is_read(series):
    found = read(PROVIDER, series, replay.answer, MARKET)
    days, values = MARKET.published(series)
    assert np.array_equal(found.period, days)
    assert np.array_equal(found.value, np.round(values))


def test_reports_are_asked_page_by_page_and_apart_by_the_day_stamps_begin():
    found = read(PROVIDER, "cot_silver_net", replay.answer, MARKET)
    asked = [dict(answer.request.query) for answer in found.answers]
    assert [each["$offset"] for each in asked] == ["0", "1000", "0"]
    assert asked[0]["$where"] == (
        "report_date_as_yyyy_mm_dd >= '2001-01-01' and report_date_as_yyyy_mm_dd < '2022-09-01'"
    )
    assert asked[2]["$where"] == "report_date_as_yyyy_mm_dd >= '2022-09-01'"
    assert found.bases == ("rule", "rule", "source_stamp")


def test_a_service_that_gives_a_thousand_at_most_is_read_to_the_end():
    found = read(PROVIDER, "cot_silver_net", replay.CASES["limit_1000_default"], MARKET)
    assert np.array_equal(found.period, MARKET.published("cot_silver_net")[0])


def test_recent_reports_take_one_request():
    found = read(PROVIDER, "cot_silver_net", replay.answer, MARKET, since=date(2026, 10, 1))
    assert len(found.answers) == 1
    assert found.period.min() >= np.datetime64("2026-10-01")


def test_weeks_before_weekly_publication_are_not_asked_for():
    found = read(PROVIDER, "cot_silver_net", one_report(), MARKET, since=date(1990, 1, 1))
    assert "'2001-01-01'" in dict(found.answers[0].request.query)["$where"]


def test_the_load_of_2022_says_nothing_of_publication():
    found = read(PROVIDER, "cot_silver_net", replay.CASES["bulk_load_stamp_2022"], MARKET)
    assert set(found.bases) == {"rule"}
    assert np.array_equal(found.known, find("cot_silver_net").known_at(found.period))


def test_a_report_that_a_shutdown_kept_back_is_known_when_it_came_out():
    found = read(PROVIDER, "cot_silver_net", replay.CASES["late_publication_2025"], MARKET)
    late = found.period == np.datetime64("2025-09-30")
    assert found.known[late].astype(str).tolist() == ["2025-11-19T20:30:10"]


def test_nothing_is_known_before_its_tuesday_has_closed():
    answer = one_report(**{":updated_at": "2026-09-14T00:00:00.000Z"})
    found = read(PROVIDER, "cot_silver_net", answer, MARKET, since=date(2026, 9, 1))
    assert found.known.astype(str).tolist() == ["2026-09-18T19:30:00"]


def test_a_report_without_a_stamp_follows_the_rule():
    answer = one_report(**{":updated_at": None})
    found = read(PROVIDER, "cot_silver_net", answer, MARKET, since=date(2026, 9, 1))
    assert found.known.astype(str).tolist() == ["2026-09-18T19:30:00"]
    assert found.bases == ("rule",)


def test_irregular_names_are_understood():
    regular = read(PROVIDER, "cot_silver_net", replay.answer, MARKET)
    found = read(PROVIDER, "cot_silver_net", replay.CASES["double_underscore"], MARKET)
    assert np.array_equal(found.value, regular.value)


def test_an_absent_field_is_missing_at_the_source():
    since = date(2026, 1, 1)
    found = read(PROVIDER, "cot_silver_net", replay.CASES["absent_field"], MARKET, since=since)
    assert np.isnan(found.value[-3:-1]).all()
    assert np.isfinite(found.value[:-3]).all()


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("no_such_field", "no report has a field 'noncomm_positions_short'"),
        ("other_market", "asked for 084691, got '067651'"),
    ],
)
def test_what_is_not_as_described_is_refused(case, said):
    with pytest.raises(WireFormatError, match=said):
        read(PROVIDER, "cot_silver_net", replay.CASES[case], MARKET)


@pytest.mark.parametrize(
    "changes",
    [
        {"report_date_as_yyyy_mm_dd": "2026-09-15"},
        {"report_date_as_yyyy_mm_dd": None},
        {"noncomm_positions_long_all": "many"},
        {":updated_at": "yesterday"},
        {"cftc_contract_market_code": 84691},
    ],
)
def test_a_report_that_cannot_be_read_is_refused(changes):
    with pytest.raises(WireFormatError):
        read(PROVIDER, "cot_silver_net", one_report(**changes), MARKET, since=date(2026, 9, 1))


def test_a_service_that_never_ends_is_refused():
    page = json.dumps([ONE] * 1000).encode()
    with pytest.raises(WireFormatError, match="more than 20 pages"):
        read(PROVIDER, "cot_silver_net", lambda _ask, _market: Reply(page), MARKET)


@pytest.mark.parametrize("code", ["084691", "084691/net", "/spec_net", "08' or 1/spec_net"])
def test_a_code_that_is_none_is_an_error(code):
    want = Want(find("cot_silver_net"), code, datetime(2026, 11, 20, tzinfo=UTC))
    with pytest.raises(DataError, match="Write CONTRACT/FIELD"):
        next(PROVIDER.plan(want))
