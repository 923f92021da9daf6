"""Fear and Greed: stamps at the start of the day of publication, about the day before."""

import json
from datetime import date

import numpy as np
import pytest
from replay import alternative as replay
from replay.core import Market, Reply, read

from leadline.data.provider import WireFormatError
from leadline.data.providers import provider

PROVIDER = provider("alternative")
MARKET = Market()
NAME = "fear_greed_crypto"


def sent(*points, error=None):
    body = {"data": list(points), "metadata": {"error": error}}
    return lambda _ask, _market: Reply(json.dumps(body).encode())


@pytest.mark.parametrize("seconds", [-3600, 0, 3600])
def test_a_stamp_is_the_day_after_the_one_it_is_about(seconds):
    # 1551052800 is 2019-02-25 00:00 UTC.
    point = {"value": "40", "timestamp": str(1551052800 + seconds)}
    found = read(PROVIDER, NAME, sent(point), MARKET)
    assert found.period.tolist() == [date(2019, 2, 24)]
    assert found.value.tolist() == [40.0]
    assert found.known.astype(str).tolist() == ["2019-02-25T00:15:00"]
    assert found.bases == ("rule",)


def test_every_day_is_read():
    found = read(PROVIDER, NAME, replay.answer, MARKET)
    days, values = MARKET.series(NAME)
    assert np.array_equal(found.period, days[:-1])
    assert np.array_equal(found.value, np.round(values[:-1]))


def test_stamps_off_by_an_hour_fall_on_their_day():
    regular = read(PROVIDER, NAME, replay.answer, MARKET)
    found = read(PROVIDER, NAME, replay.CASES["hour_shifted_stamp"], MARKET)
    assert np.array_equal(found.period, regular.period)
    assert np.array_equal(found.value, regular.value)


def test_a_missing_day_stays_missing():
    found = read(PROVIDER, NAME, replay.CASES["missing_day"], MARKET)
    assert np.datetime64("2026-11-14") not in found.period
    assert found.period.size == MARKET.series(NAME)[0].size - 2


def test_an_error_that_the_service_reports_is_refused():
    with pytest.raises(WireFormatError, match="reports 'limit must be a number'"):
        read(PROVIDER, NAME, replay.CASES["reported_error"], MARKET)


@pytest.mark.parametrize(
    "point",
    [
        {"value": "40"},
        {"timestamp": "1551052800"},
        {"value": "fear", "timestamp": "1551052800"},
        {"value": "40", "timestamp": "26-02-2019"},
        {"value": "40", "timestamp": "1551052800000"},
        "40",
    ],
)
def test_a_point_that_cannot_be_read_is_refused(point):
    with pytest.raises(WireFormatError):
        read(PROVIDER, NAME, sent(point), MARKET)
