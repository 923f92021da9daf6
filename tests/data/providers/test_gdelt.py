"""News volume: a share of all articles, and a service that fails with status 200."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import gdelt as replay
from replay.core import Market, Reply, read

from leadline.data.provider import Want, WireFormatError
from leadline.data.providers import provider
from leadline.data.series import find

PROVIDER = provider("gdelt")
MARKET = Market()
NAME = "gdelt_debasement"
SINCE = date(2026, 11, 1)


def test_counts_become_shares_of_all_articles():
    body = {"timeline": [{"data": [{"date": "20261101T000000Z", "value": 12, "norm": 120000}]}]}
    sent = Reply(json.dumps(body).encode())
    found = read(PROVIDER, NAME, lambda _ask, _market: sent, MARKET)
    assert found.period.tolist() == [date(2026, 11, 1)]
    assert found.value.tolist() == [1e-4]
    assert found.known.astype(str).tolist() == ["2026-11-02T01:00:00"]
    assert found.bases == ("rule",)


def test_every_day_up_to_yesterday_is_read():
    found = read(PROVIDER, NAME, replay.answer, MARKET)
    days, shares = MARKET.series(NAME)
    assert np.array_equal(found.period, days[:-1])
    assert found.value == pytest.approx(shares[:-1], abs=0.6 / replay.NORM)


def test_a_day_is_taken_when_its_late_articles_are_in():
    at_midnight = read(PROVIDER, NAME, replay.answer, MARKET, hour=0)
    assert at_midnight.period[-1] == np.datetime64("2026-11-18")
    later = read(PROVIDER, NAME, replay.answer, MARKET, hour=1)
    assert later.period[-1] == np.datetime64("2026-11-19")


@pytest.mark.parametrize(
    ("since", "first"),
    [(None, "20170101"), (date(2020, 5, 1), "20200501"), (date(2026, 11, 18), "20261105")],
)
def test_a_span_is_long_enough_to_be_answered_by_the_day(since, first):
    want = Want(find(NAME), "gold", datetime(2026, 11, 20, 12, tzinfo=UTC), since=since)
    query = dict(next(PROVIDER.plan(want)).query)
    assert query["startdatetime"] == first + "000000"
    assert query["enddatetime"] == "20261119235959"
    assert query["mode"] == "timelinevolraw"


@pytest.mark.parametrize("case", ["control_chars", "with_norm", "no_details"])
def test_what_varies_does_not_matter(case):
    regular = read(PROVIDER, NAME, replay.answer, MARKET, since=SINCE)
    found = read(PROVIDER, NAME, replay.CASES[case], MARKET, since=SINCE)
    assert np.array_equal(found.value, regular.value)


def test_a_day_without_any_article_has_no_share():
    found = read(PROVIDER, NAME, replay.CASES["norm_zero"], MARKET, since=SINCE)
    assert np.isnan(found.value[-1])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("plain_text_200", "no JSON.*begins 'Please limit requests to one every 5 seconds"),
        ("html_query_error", "HTML.*The specified phrase is too short"),
        ("bare_query_error", "no JSON.*Your query was too short"),
        ("empty_object", "no article matches, or the service is busy"),
        ("without_norm", "no field 'norm'"),
        ("by_the_hour", "expected one value a day, got one a hour"),
    ],
)
def test_a_failed_query_is_refused_and_never_a_zero(case, said):
    with pytest.raises(WireFormatError, match=said):
        read(PROVIDER, NAME, replay.CASES[case], MARKET, since=SINCE)


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        '{"timeline": {}}',
        '{"timeline": []}',
        '{"timeline": [1]}',
        '{"timeline": [{"data": [1]}]}',
        '{"timeline": [{"data": [{"date": "20261101T010000Z", "value": 1, "norm": 2}]}]}',
        '{"query_details": {"date_resolution": "15min"}, "timeline": [{"data": []}]}',
    ],
)
def test_another_shape_is_refused(body):
    with pytest.raises(WireFormatError):
        read(PROVIDER, NAME, lambda _ask, _market: Reply(body.encode()), MARKET)
