import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kernels.asynchronous import contrast, max_test


def ticks(rng, n, span=10_000):
    times = np.sort(rng.choice(span, n, replace=False)).astype(np.int64)
    return times, np.cumsum(rng.standard_normal(n))


def naive(x_times, x, y_times, y, lag):
    """Hayashi and Yoshida's double sum as it is written."""
    total = 0.0
    for i in range(1, x.size):
        for j in range(1, y.size):
            begins = max(x_times[i - 1], y_times[j - 1] - lag)
            if begins < min(x_times[i], y_times[j] - lag):
                total += (x[i] - x[i - 1]) * (y[j] - y[j - 1])
    return total


def led(rng, n, lead, share=0.8):
    """Two series at their own times, of which the second follows by ``lead``."""
    span = 50 * n
    common = np.cumsum(rng.standard_normal(span + lead))
    out = []
    for shift in (lead, 0):
        times = np.sort(rng.choice(np.arange(1, span), n, replace=False)).astype(np.int64)
        own = np.cumsum(rng.standard_normal(span))
        out += [times, share * common[times + shift] + (1 - share) * own[times]]
    return out


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 25), m=st.integers(2, 25))
def test_it_is_the_double_sum(seed, n, m):
    rng = np.random.default_rng(seed)
    # Few distinct times, so that many ticks of the two coincide.
    series = (*ticks(rng, n, 60), *ticks(rng, m, 60))
    lags = np.array([-100, -13, -1, 0, 1, 7, 40, 100])
    expected = [naive(*series, lag) for lag in lags]
    np.testing.assert_allclose(contrast(*series, lags).covariance, expected, atol=1e-10)


@given(seed=st.integers(0, 2**32 - 1))
def test_swapping_turns_the_sign_of_the_lag(seed):
    rng = np.random.default_rng(seed)
    x, y = ticks(rng, 80), ticks(rng, 50)
    lags = np.arange(-50, 51, 5)
    there, back = contrast(*x, *y, lags), contrast(*y, *x, -lags)
    np.testing.assert_allclose(there.covariance, back.covariance, atol=1e-10)
    np.testing.assert_allclose(there.r, back.r, atol=1e-12)


def test_the_planted_lag_is_found_whichever_trades_more_often(rng):
    lags = np.arange(-1000, 1001, 100)
    x_times, x, y_times, y = led(rng, 3000, 300)
    for every in ((1, 4), (4, 1)):
        found = contrast(
            x_times[:: every[0]], x[:: every[0]], y_times[:: every[1]], y[:: every[1]], lags
        )
        assert lags[np.argmax(found.r)] == 300


def test_an_opposite_follower_has_a_negative_sign(rng):
    x_times, x, y_times, y = led(rng, 2000, 30)
    lags = np.arange(-100, 101, 10)
    assert (
        contrast(x_times, x, y_times, -y, lags).r.min()
        == -contrast(x_times, x, y_times, y, lags).r.max()
    )


def test_nothing_changes_with_the_level_or_the_unit_of_time(rng):
    x_times, x, y_times, y = led(rng, 500, 30)
    lags = np.arange(-50, 51, 10)
    plain = contrast(x_times, x, y_times, y, lags)
    start = 1_600_000_000_000_000_000
    moved = contrast(
        start + 1_000_000 * x_times, 7 + x, start + 1_000_000 * y_times, y - 3, 1_000_000 * lags
    )
    np.testing.assert_allclose(moved.covariance, plain.covariance, atol=1e-9)


def test_a_series_correlates_fully_with_itself(rng):
    times, x = ticks(rng, 300)
    np.testing.assert_allclose(contrast(times, x, times, x, np.array([0])).r, [1.0])


def test_series_that_never_meet_or_never_move_have_no_covariance(rng):
    times, x = ticks(rng, 30)
    lags = np.array([0, 5])
    assert not contrast(times, x, times + 100_000, x, lags).covariance.any()
    assert not contrast(times, x, times, np.ones(30), lags).r.any()


def test_the_leader_is_told_from_chance(rng):
    lags = np.arange(-200, 201, 10)
    test = max_test(*led(rng, 800, 70, share=0.6), lags, n_resamples=99, rng=rng)
    assert test.lag == 70
    assert test.p_value == 0.01


def test_false_alarms_keep_to_their_level(rng):
    lags = np.arange(-300, 301, 30)
    alarms = 0
    for _ in range(100):
        x, y = ticks(rng, 200), ticks(rng, 300)
        alarms += max_test(*x, *y, lags, n_resamples=79, rng=rng).p_value <= 0.1
    assert alarms <= 20  # 10 expected; the 99.9 % binomial bound


def test_resamples_are_the_double_sum_of_signed_moves(rng, monkeypatch):
    """With all signs up, chance finds what the data hold."""
    monkeypatch.setattr(
        "leadline.kernels.asynchronous.signs", lambda n, n_obs, _: np.ones((n, n_obs), np.int8)
    )
    x, y = ticks(rng, 40, 100), ticks(rng, 30, 100)
    test = max_test(*x, *y, np.arange(-9, 10), n_resamples=40, rng=rng)
    np.testing.assert_allclose(test.null, test.statistic)


@pytest.mark.parametrize(
    ("times", "level", "words"),
    [
        ([1, 2, 2], [0.0, 1.0, 2.0], "x: tick 2 is not after the one before"),
        ([3, 2, 4], [0.0, 1.0, 2.0], "x: tick 1 is not after the one before"),
        ([1, 2, 3], [0.0, np.nan, 2.0], "x: the price at tick 1 is missing"),
        ([1], [0.0], "x: 1 times and 1 prices; expected as many, at least two"),
        ([1, 2], [0.0], "x: 2 times and 1 prices"),
    ],
)
def test_ticks_in_disorder_are_refused(times, level, words):
    times, level = np.array(times), np.array(level)
    whole = np.arange(4), np.zeros(4)
    with pytest.raises(ValueError, match=words):
        contrast(times, level, *whole, np.array([0]))
