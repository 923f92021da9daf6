"""FRED without a key: one series a request, its header, its holes, its silences."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import fred as replay
from replay.core import Market, Reply, answer_to, driven, read

from leadline.data.provider import NotMeasuredError, Request, Want, WireFormatError
from leadline.data.providers.fred import PROVIDER, URL
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("dfii10"), "DFII10", NOW)


def answered(body):
    return answer_to(Request(URL, (("id", "DFII10"),)), Reply(body), NOW)


def test_one_series_is_asked_for_from_a_day_on():
    (request,) = PROVIDER.plan(Want(find("dgs2"), "DGS2", NOW, since=date(2026, 9, 28)))
    assert request.url == "https://fred.stlouisfed.org/graph/fredgraph.csv"
    assert request.query == (("id", "DGS2"), ("cosd", "2026-09-28"))
    assert next(PROVIDER.plan(WANT)).query == (("id", "DFII10"),)


def test_the_agent_is_not_a_browsers():
    assert PROVIDER.agent == "default"


@pytest.mark.parametrize("header", [b"observation_date,DFII10", b"DATE,DFII10"])
@pytest.mark.parametrize("hole", [b"", b".", b"NA", b"#N/A"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_values_and_holes_are_read(header, hole, end):
    lines = (header, b"2026-09-30,2.08", b"2026-10-01,2.10", b"2026-10-02," + hole, b"")
    rows = PROVIDER.parse(WANT, answered(end.join(lines)))
    assert rows.period.astype(str).tolist() == ["2026-09-30", "2026-10-01", "2026-10-02"]
    np.testing.assert_array_equal(rows.value, [2.08, 2.10, np.nan])


@pytest.mark.parametrize(
    "header", [b"observation_date", b"observation_date,DGS10", b"observation_date,DFII10,DGS10"]
)
def test_another_column_is_refused(header):
    with pytest.raises(WireFormatError, match="expected the columns observation_date,DFII10"):
        PROVIDER.parse(WANT, answered(header + b"\n2026-09-30,2.08\n"))


@pytest.mark.parametrize("case", ["zip_200", "column_dropped"])
def test_what_several_ids_bring_is_refused(case):
    (answer,) = driven(PROVIDER, WANT, replay.CASES[case], MARKET)
    with pytest.raises(WireFormatError, match="fred: expected"):
        PROVIDER.parse(WANT, answer)


def test_a_deleted_series_is_not_measured():
    want = Want(find("gold"), "GOLDAMGBD228NLBM", NOW)
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, want, replay.answer, MARKET)


@pytest.mark.parametrize("case", ["header_DATE_old", "dot_missing", "empty_missing"])
def test_every_form_gives_the_same_values(case):
    found = read(PROVIDER, "dgs10", replay.CASES[case], MARKET, since=date(2020, 1, 1))
    days, values = MARKET.published("dgs10")
    told = days >= np.datetime64("2020-01-01")
    there = ~np.isnan(found.value)
    np.testing.assert_array_equal(found.period[there], days[told])
    np.testing.assert_allclose(found.value[there], values[told])
    # Thanksgiving and Christmas are holes.
    holes = found.period[~there].astype(str).tolist()
    assert {"2025-11-27", "2025-12-25"} <= set(holes)


def test_a_yield_is_known_on_the_next_business_day():
    found = read(PROVIDER, "dfii10", replay.answer, MARKET, since=date(2026, 11, 1))
    at = found.known[found.period == np.datetime64("2026-11-13")]
    # Friday's is out on Monday, 16:30 in New York.
    assert at.astype(str).tolist() == ["2026-11-16T21:30:00"]
    assert set(found.bases) == {"rule"}


def test_a_series_that_is_revised_is_known_since_it_was_fetched():
    found = read(PROVIDER, "m2_latest", replay.answer, MARKET)
    assert set(found.bases) == {"first_seen"}
    assert np.unique(found.known).astype(str).tolist() == ["2026-11-20T12:00:00"]
