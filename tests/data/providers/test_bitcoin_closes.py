"""One market, four witnesses: what they call a day and its close must be the same."""

from datetime import date, timedelta
from functools import reduce

import numpy as np
import pytest
from replay import binance, coinbase, coinmetrics, kraken
from replay.core import Market, read

from leadline.data.clock import decision_days
from leadline.data.providers import provider
from leadline.data.series import find

WITNESSES = (coinmetrics, coinbase, binance, kraken)
MARKET = Market(date(2026, 11, 20))


def reading(module, name, **options):
    (name_of_provider,) = (module.__name__.rpartition(".")[2],)
    return read(provider(name_of_provider), name, module.answer, MARKET, **options)


@pytest.mark.parametrize("name", ["bitcoin", "ether"])
def test_all_give_the_same_close_on_the_same_day(name):
    found = [reading(module, name) for module in WITNESSES]
    days = reduce(np.intersect1d, [got.period for got in found])
    assert days.size == 719
    days_made, prices = MARKET.series(name)
    for got in found:
        at = np.isin(got.period, days)
        np.testing.assert_array_equal(got.period[at], days)
        np.testing.assert_array_equal(got.value[at], prices[np.isin(days_made, days)])


@pytest.mark.parametrize("module", WITNESSES)
@pytest.mark.parametrize("hour", [0, 4, 6, 23])
def test_none_tells_a_day_before_it_is_over(module, hour):
    got = reading(module, "bitcoin", since=date(2026, 11, 1), hour=hour)
    assert str(got.period.max()) == "2026-11-19"
    assert (got.known >= (got.period + 1)).all()
    assert (got.known <= np.datetime64(got.answers[0].fetched_at.replace(tzinfo=None))).all()


def test_all_are_seen_at_the_decision_of_the_day():
    for module in WITNESSES:
        got = reading(module, "bitcoin", since=date(2026, 1, 1))
        wait = np.unique(decision_days(got.known) - got.period)
        assert list(wait.astype(int)) == [0]


@pytest.mark.parametrize("module", WITNESSES)
def test_day_by_day_is_known_what_is_known_at_once(module):
    at_once = reading(module, "bitcoin", since=date(2026, 11, 10))
    first = {}
    for back in range(9, -1, -1):
        market = Market(MARKET.today - timedelta(days=back))
        name = module.__name__.rpartition(".")[2]
        got = read(provider(name), "bitcoin", module.answer, market, since=date(2026, 11, 10))
        for day, value, known in zip(got.period, got.value, got.known, strict=True):
            first.setdefault(day, (value, known))
    kept = at_once.period >= np.datetime64("2026-11-10")
    told = [first[day] for day in at_once.period[kept]]
    np.testing.assert_array_equal([value for value, _ in told], at_once.value[kept])
    np.testing.assert_array_equal([known for _, known in told], at_once.known[kept])


def test_the_catalogue_agrees_that_the_day_closes_at_its_end():
    for name in ("bitcoin", "ether", "bitcoin_open", "bitcoin_high", "bitcoin_low"):
        assert find(name).close == "24:00 UTC"
