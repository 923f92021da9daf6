"""Readers of a page: absent days, answers too early, and who asks."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import wikimedia as replay
from replay.core import Market, read

from leadline.data.provider import NotMeasuredError, Want, WireFormatError
from leadline.data.providers import provider
from leadline.data.series import find
from leadline.errors import DataError

PROVIDER = provider("wikimedia")
MARKET = Market()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = date(2026, 11, 1)


def request(code="en.wikipedia/Bitcoin", **more):
    return next(PROVIDER.plan(Want(find("wiki_bitcoin"), code, NOW, **more)))


def test_views_are_read_by_day():
    for name in ("wiki_bitcoin", "wiki_silver"):
        found = read(PROVIDER, name, replay.answer, MARKET)
        days, views = MARKET.series(name)
        assert np.array_equal(found.period, days[:-1])
        assert np.array_equal(found.value, np.round(views[:-1]))


def test_views_are_known_when_the_day_after_has_ended():
    found = read(PROVIDER, "wiki_bitcoin", replay.answer, MARKET, since=SINCE)
    assert found.known[0] == np.datetime64("2026-11-03T00:00")
    # Seen earlier than the rule has it, by this very request.
    assert found.known[-1] == np.datetime64("2026-11-20T12:00")
    assert found.bases == ("rule",)


def test_the_history_is_one_request_that_ends_yesterday():
    assert request().url.endswith("/en.wikipedia/all-access/user/Bitcoin/daily/20150701/20261119")
    assert request(since=date(2010, 1, 1)).url.endswith("/daily/20150701/20261119")
    assert request(since=date(2026, 11, 10)).url.endswith("/daily/20261110/20261119")
    assert request(since=date(2026, 11, 20)).url.endswith("/daily/20261119/20261119")


def test_titles_are_written_for_an_address():
    assert "/user/Coin%2FBar%20%C3%A9/" not in request("en.wikipedia/Coin/Bar é").url
    assert "/user/Coin%2FBar_%C3%A9/" in request("en.wikipedia/Coin/Bar é").url


def test_an_absent_day_is_neither_zero_nor_missing():
    found = read(PROVIDER, "wiki_bitcoin", replay.CASES["zero_day_absent"], MARKET, since=SINCE)
    assert np.datetime64("2026-11-15") not in found.period
    assert found.period.size == 18
    assert np.isfinite(found.value).all()


def test_too_early_is_not_measured():
    with pytest.raises(NotMeasuredError):
        read(PROVIDER, "wiki_bitcoin", replay.CASES["404_no_data_yet"], MARKET)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("renamed_article", r"asked for article 'Bitcoin', got 'Bitcoin_\(currency\)'"),
        ("no_views", "views should be int, not 'None'"),
    ],
)
def test_what_is_not_as_described_is_refused(case, said):
    with pytest.raises(WireFormatError, match=said):
        read(PROVIDER, "wiki_bitcoin", replay.CASES[case], MARKET)


@pytest.mark.parametrize("code", ["Bitcoin", "en.wikipedia/", "/Bitcoin"])
def test_a_code_that_is_none_is_an_error(code):
    with pytest.raises(DataError, match="Write WIKI/TITLE"):
        request(code)
