"""The World Bank's monthly prices: a workbook whose address moves."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import pinksheet as replay
from replay.cases import Altered
from replay.core import Market, Reply, read

from leadline.data.provider import NotMeasuredError, WireFormatError
from leadline.data.providers import provider

PROVIDER = provider("pinksheet")
MARKET = Altered(change=lambda days, values: (days[-820:-780], values[-820:-780]))
"""The first months alone: a workbook of 800 rows takes a while to write."""


def test_months_are_read_by_column_name_in_the_units_of_the_catalogue():
    for name in ("silver_monthly", "gold_monthly", "copper_monthly"):
        found = read(PROVIDER, name, replay.answer, MARKET)
        days, values = MARKET.published(name)
        assert np.array_equal(found.period, days)
        assert found.value == pytest.approx(values)
        assert found.period[0] == np.datetime64("1960-01-01")


def test_a_month_is_known_on_the_eighth_of_the_next_one():
    found = read(PROVIDER, "silver_monthly", replay.answer, Market(date(2026, 11, 20)))
    assert found.period[-1] == np.datetime64("2026-10-01")
    # 8 November 2026 is a Sunday.
    assert found.known[-1] == np.datetime64("2026-11-09T00:00")
    assert found.known[-2] == np.datetime64("2026-10-08T00:00")
    assert found.bases == ("rule",)


def test_the_workbook_is_where_the_page_says():
    found = read(PROVIDER, "silver_monthly", replay.answer, MARKET)
    assert [answer.url for answer in found.answers] == [replay.LINKED]


def test_a_relative_link_in_single_quotes_is_followed():
    path = "/docs/CMO-Historical-Data-Monthly.xlsx"
    page = Reply(f"<a href='{path}'>Monthly</a>".encode())
    found = read(
        PROVIDER,
        "silver_monthly",
        lambda ask, market: (
            page if ask.path != path and "comm" in ask.path else (replay.workbook(market))
        ),
        MARKET,
    )
    assert found.answers[0].url == f"https://www.worldbank.org{path}"


@pytest.mark.parametrize("case", ["link_moved", "link_elsewhere"])
def test_without_a_link_the_last_known_address_is_asked(case):
    found = read(PROVIDER, "silver_monthly", replay.CASES[case], MARKET)
    assert found.period.size
    assert "74e8be41ceb20fa0da750cda2f6b9e4e-0050012026" in found.answers[0].url


def test_without_the_page_the_last_known_address_is_asked():
    def answer(ask, market):
        return Reply(status=503) if ask.host == replay.HOSTS[0] else replay.workbook(market)

    assert read(PROVIDER, "silver_monthly", answer, MARKET).period.size


def test_without_the_workbook_nothing_is_measured():
    with pytest.raises(NotMeasuredError):
        read(PROVIDER, "silver_monthly", lambda _ask, _market: Reply(status=404), MARKET)


def test_dots_are_missing_at_the_source():
    found = read(PROVIDER, "silver_monthly", replay.CASES["ellipsis_missing"], MARKET)
    assert np.isnan(found.value[:2]).all()
    assert np.isfinite(found.value[2:]).all()


def test_stars_and_case_of_a_column_do_not_matter():
    found = read(PROVIDER, "silver_monthly", replay.CASES["renamed_header_stars"], MARKET)
    assert found.value == pytest.approx(MARKET.published("silver_monthly")[1])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("unit_changed", r"Silver is in 'cents/troy oz', not in USD per troy ounce"),
        ("two_columns", r"row 5 names 'Silver' 2 times, not once"),
        ("no_rows", r"the sheet has 1 rows and no header in row 5"),
    ],
)
def test_what_is_not_as_described_is_refused(case, said):
    with pytest.raises(WireFormatError, match=said):
        read(PROVIDER, "silver_monthly", replay.CASES[case], MARKET)


@pytest.mark.parametrize(
    "body", [b"PK\x03\x04", b"PK\x03\x04" + bytes(range(256)) * 8], ids=["short", "long"]
)
def test_a_damaged_workbook_is_refused(body):
    def answer(ask, _market):
        return replay.index() if ask.host == replay.HOSTS[0] else Reply(body)

    with pytest.raises(WireFormatError, match="the workbook cannot be read"):
        read(PROVIDER, "silver_monthly", answer, MARKET)


def test_the_probe_is_a_series_of_ours():
    assert PROVIDER.probe(datetime(2026, 11, 22, tzinfo=UTC)).info.id == "silver_monthly"
