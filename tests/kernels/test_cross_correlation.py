import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.tsa.stattools import ccf

from leadline.kernels import cross_correlation as cc
from leadline.kernels.resample import signs


def plain_products(leader, follower, lags):
    out = np.zeros((follower.size, lags.size))
    for t in range(follower.size):
        for column, lag in enumerate(lags):
            if 0 <= t - lag < leader.size:
                out[t, column] = leader[t - lag] * follower[t]
    return out


def plain_profile(leader, follower, lags):
    z = plain_products(leader, follower, lags)
    scale = np.sqrt(np.sum(leader**2) * np.sum(follower**2))
    root = np.sqrt((z**2).sum(axis=0))
    return z.sum(axis=0) / scale, z.sum(axis=0) / root, root / scale


def test_a_positive_lag_means_that_the_leader_moved_before(rng):
    x = rng.standard_normal(500)
    y = np.concatenate((np.zeros(3), x[:-3]))
    lags = np.arange(-10, 11)
    assert lags[np.argmax(cc.profile(x, y, lags).r)] == 3
    assert lags[np.argmax(cc.profile(y, x, lags).r)] == -3


def test_swapping_the_series_turns_the_lag(rng, market):
    x, y = market(300, rng)
    lags = np.arange(-20, 21)
    there, back = cc.profile(x, y, lags), cc.profile(y, x, lags)
    for name in ("r", "t", "error"):
        np.testing.assert_allclose(getattr(there, name), getattr(back, name)[::-1], rtol=1e-12)


@pytest.mark.parametrize("lags", [np.arange(1, 30), np.arange(-8, 9), np.array([0]), [-2, 5, 40]])
def test_the_profile_agrees_with_its_plain_twin(rng, market, lags):
    lags = np.asarray(lags)
    x, y = market(60, rng)
    found = cc.profile(x, y, lags)
    for ours, plain in zip(found[1:], plain_profile(x, y, lags), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        cc.products(x, y, lags), plain_products(x, y, lags), rtol=1e-12, atol=1e-12
    )


def test_the_profile_is_the_cross_correlation_of_statsmodels(rng, market):
    x, y = market(400, rng)
    x, y = x - x.mean(), y - y.mean()
    lags = np.arange(-30, 31)
    # statsmodels correlates x[t + k] with y[t]: its first argument is the one that comes later.
    after = ccf(y, x, adjusted=False, nlags=31)
    before = ccf(x, y, adjusted=False, nlags=31)
    expected = np.concatenate((before[:0:-1], after))
    np.testing.assert_allclose(cc.profile(x, y, lags).r, expected, rtol=1e-10, atol=1e-14)


def test_lags_beyond_the_sample_have_no_correlation():
    x = np.array([1.0, -2.0, 0.5])
    found = cc.profile(x, x, np.array([-9, -3, 3, 7]))
    np.testing.assert_array_equal(found.r, 0.0)
    np.testing.assert_array_equal(found.t, 0.0)


@given(st.integers(-40, 40), st.integers(2, 30))
def test_lagged_puts_the_past_of_the_leader_into_each_row(lag, n):
    x = np.arange(1.0, n + 1)
    out = cc.lagged(x, np.array([lag]))[:, 0] if abs(lag) <= n else None
    if out is not None:
        expected = [x[t - lag] if 0 <= t - lag < n else 0.0 for t in range(n)]
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("sign", [1, -1, 0])
@pytest.mark.parametrize("reach", [8, 90])
def test_the_max_test_agrees_with_its_plain_twin(rng, market, sign, reach):
    """Both ways of adding up, the matrix product and the transform."""
    x, y = market(300, rng)
    lags = np.arange(-reach, reach + 1)
    assert (lags.size > cc.MANY_LAGS) == (reach == 90)
    found = cc.max_test(x, y, lags, sign=sign, n_resamples=70, rng=np.random.default_rng(5))

    z = plain_products(x, y, lags)
    root = np.sqrt((z**2).sum(axis=0))
    stream = np.random.default_rng(5)
    drawn = np.vstack([signs(n, y.size, stream) for n in (cc.CHUNK, cc.CHUNK, 70 - 2 * cc.CHUNK)])
    t, stars = z.sum(axis=0) / root, drawn @ (z / root)
    if sign == 0:
        observed, null = np.abs(t).max(), np.abs(stars).max(axis=1)
    else:
        observed, null = (sign * t).max(), (sign * stars).max(axis=1)
    assert found.statistic == pytest.approx(observed, rel=1e-12)
    np.testing.assert_allclose(found.null, null, rtol=1e-12)
    assert found.p_value == (1 + np.sum(null >= observed)) / 71
    scale = np.sqrt(x @ x * (y @ y))
    strays = drawn @ (z - z.mean(axis=0)) / scale
    np.testing.assert_allclose(found.deviations, strays, rtol=1e-10, atol=1e-13)
    again = cc.deviations(x, y, lags, 70, np.random.default_rng(5))
    np.testing.assert_allclose(again, found.deviations, rtol=1e-12, atol=1e-15)


def test_the_null_of_the_max_test_is_a_normal_maximum_where_all_is_normal():
    # 50 nearly independent lags: the 95 % point of the largest of 50 normals is 3.08.
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3000))
    found = cc.max_test(x, y, np.arange(1, 51), sign=1, n_resamples=4000, rng=rng)
    assert np.quantile(found.null, 0.95) == pytest.approx(3.08, abs=0.1)


def test_no_p_value_is_zero():
    assert cc.p_value(9.0, np.zeros(99)) == 0.01
    assert cc.p_value(0.0, np.zeros(99)) == 1.0
    assert cc.p_value(1.0, np.empty(0)) == 1.0


def planted(n_obs, rng, lag=3, r=0.3):
    x = rng.standard_normal(n_obs)
    y = rng.standard_normal(n_obs) * np.sqrt(1 - r**2)
    y[lag:] += r * x[:-lag]
    return x, y


def test_the_band_covers_all_lags_at_once_at_the_stated_rate():
    """200 worlds, level 0.90; the 99.9 % binomial bound on either side."""
    rng = np.random.default_rng(11)
    lags = np.arange(1, 21)
    truth = np.where(lags == 3, 0.3, 0.0)
    inside = 0
    for _ in range(200):
        x, y = planted(800, rng)
        found = cc.profile(x, y, lags)
        drawn = cc.deviations(x, y, lags, 299, rng)
        factor = cc.band_factor(drawn, 0.90, two_sided=True)
        inside += bool(np.all(np.abs(found.r - truth) <= factor * found.error))
    low, high = binom.ppf([0.0005, 0.9995], 200, 0.90)
    assert low <= inside <= high


def test_the_one_sided_factor_is_the_smaller():
    drawn = np.random.default_rng(1).standard_normal((2000, 10))
    assert cc.band_factor(drawn, 0.9, two_sided=False) < cc.band_factor(drawn, 0.9, two_sided=True)


def test_a_band_for_one_lag_is_the_normal_interval():
    drawn = np.random.default_rng(2).standard_normal((200_000, 1)) * 7.0
    assert cc.band_factor(drawn, 0.90, two_sided=True) == pytest.approx(1.645, abs=0.02)


def test_the_lag_set_holds_the_true_lag_at_least_at_the_stated_rate():
    """200 worlds with an effect so small that the best lag is often another; level 0.90."""
    rng = np.random.default_rng(12)
    lags = np.arange(1, 13)
    held = best = 0
    sizes = []
    for _ in range(200):
        x, y = planted(400, rng, r=0.12)
        r = cc.profile(x, y, lags).r
        chosen = lags[cc.lag_set(r, cc.deviations(x, y, lags, 299, rng), 0.90)]
        held += 3 in chosen
        best += lags[np.argmax(r)] == 3
        sizes.append(chosen.size)
    assert best < 190
    assert held >= binom.ppf(0.0005, 200, 0.90)
    assert np.mean(sizes) < 12


def test_the_lag_set_of_a_clear_lead_is_that_lag(rng):
    x, y = planted(4000, rng, r=0.6)
    lags = np.arange(1, 31)
    r = cc.profile(x, y, lags).r
    assert lags[cc.lag_set(r, cc.deviations(x, y, lags, 499, rng))].tolist() == [3]


def test_the_lag_set_agrees_with_its_plain_twin(rng):
    r, drawn = rng.standard_normal(9) * 0.1, rng.standard_normal((300, 9)) * 0.1
    best = max(range(9), key=lambda k: r[k])
    errors = [np.std(drawn[:, best] - drawn[:, k]) for k in range(9)]
    widest = [
        max(abs(row[best] - row[k]) / errors[k] for k in range(9) if k != best) for row in drawn
    ]
    critical = np.quantile(widest, 0.9)
    chosen = [k for k in range(9) if k == best or (r[best] - r[k]) / errors[k] <= critical]
    assert cc.lag_set(r, drawn, 0.9).tolist() == chosen
