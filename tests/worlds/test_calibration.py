"""How rates are counted, bounded and spread over workers."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import binom

from leadline.worlds import NULL_WORLDS, rejection_rate
from leadline.worlds.calibration import bounds, look_at_each, rate

IID = NULL_WORLDS["iid"]


def by_chance(panel, rng):
    del panel
    return rng.random()


def last_price(panel, rng):
    del rng
    return float(panel["follower"].value[-1])


def test_a_rate_counts_its_level_in():
    found = rate([0.05, 0.0500000001, 10 / 200, 1.0], alpha=0.05)
    assert (found.k, found.n, found.share) == (2, 4, 0.5)


@pytest.mark.parametrize(("p", "low", "high"), [([1.0] * 50, 0.0, 0.101), ([0.01] * 50, 0.899, 1)])
def test_the_interval_of_none_and_of_all(p, low, high):
    # The rule of 5.3 / n for 99.5 %: 1 - 0.005^(1/50).
    found = rate(p)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


@pytest.mark.parametrize(("n", "share"), [(1000, 0.05), (60, 0.1), (10, 0.8)])
def test_bounds_are_the_binomial_quantiles(n, share):
    assert bounds(n, share) == tuple(binom.ppf([0.005, 0.995], n, share))


def test_a_test_of_its_level_keeps_it_and_others_do_not():
    # 5 % of 2,000: between 75 and 126 in 99 % of cases.
    found = rejection_rate(by_chance, IID, n_worlds=2000, seed=1, n_obs=30)
    assert found.keeps_its_level
    assert found.low < 0.05 < found.high
    assert rate([0.01] * 20 + [1.0] * 80).is_not_above is False
    assert rate([1.0] * 1000).is_not_above
    assert rate([1.0] * 1000).keeps_its_level is False


def test_workers_change_no_digit():
    alone = look_at_each(last_price, IID, range(45), seed=3, n_obs=50)
    with ThreadPoolExecutor(3) as executor:
        together = look_at_each(last_price, IID, range(45), seed=3, n_obs=50, executor=executor)
    assert alone == together
    assert len(set(alone)) == 45


def test_a_run_goes_on_where_it_stopped():
    whole = look_at_each(last_price, IID, range(30), seed=3, n_obs=50)
    begun = look_at_each(last_price, IID, range(7), seed=3, n_obs=50)
    assert begun + look_at_each(last_price, IID, range(7, 30), seed=3, n_obs=50) == whole


def test_seeds_and_worlds_have_histories_of_their_own():
    one = look_at_each(last_price, IID, range(3), seed=3, n_obs=50)
    other = look_at_each(last_price, IID, range(3), seed=4, n_obs=50)
    elsewhere = look_at_each(last_price, NULL_WORLDS["momentum"], range(3), seed=3, n_obs=50)
    assert len({*one, *other, *elsewhere}) == 9
    assert np.isfinite(one).all()
