import numpy as np
import pytest

from leadline.kernels.levels import shifted_correlations


@pytest.mark.parametrize("skip", [0, 15, 40])
def test_shifted_correlations_are_those_of_numpy(rng, skip):
    x = np.cumsum(rng.standard_normal(120))
    followers = np.cumsum(rng.standard_normal((5, 120)), axis=1)
    lags = np.array([0, 1, 7, 15, 30])
    found = shifted_correlations(x, followers, lags, skip=skip)
    for row, y in zip(found, followers, strict=True):
        for r, lag in zip(row, lags, strict=True):
            first = max(int(lag), skip)
            expected = np.corrcoef(x[first - lag : 120 - lag], y[first:])[0, 1]
            assert r == pytest.approx(expected, abs=1e-12)


def test_a_positive_lag_means_that_the_leader_moved_before(rng):
    x = np.cumsum(rng.standard_normal(300))
    y = np.concatenate((np.full(3, x[0]), x[:-3]))
    lags = np.arange(0, 9)
    r = shifted_correlations(x, y[None, :], lags, skip=8)[0]
    assert int(lags[np.argmax(r)]) == 3
    assert r[3] == pytest.approx(1.0, abs=1e-12)


def test_with_enough_lead_in_no_lag_costs_the_follower_a_value(rng):
    x, y = np.cumsum(rng.standard_normal((2, 80)), axis=1)
    found = shifted_correlations(x, y[None, :], np.array([0, 20]), skip=20)[0]
    assert found[1] == pytest.approx(np.corrcoef(x[:60], y[20:])[0, 1], abs=1e-12)
    assert found[0] == pytest.approx(np.corrcoef(x[20:], y[20:])[0, 1], abs=1e-12)


def test_a_flat_part_has_no_correlation():
    x = np.concatenate((np.zeros(30), np.arange(30.0)))
    flat = np.full(60, 2.0)
    assert shifted_correlations(x, flat[None, :], np.array([0, 5]))[0].tolist() == [0.0, 0.0]
    moving = np.arange(60.0)
    found = shifted_correlations(x[:40], moving[None, :40], np.array([0, 30]))[0]
    assert found[1] == 0.0


def test_scale_and_shift_of_a_level_change_nothing(rng):
    x, y = np.cumsum(rng.standard_normal((2, 100)), axis=1)
    lags = np.array([0, 4, 11])
    plain = shifted_correlations(x, y[None, :], lags)
    moved = shifted_correlations(250 * x - 7, 0.01 * y[None, :] + 40, lags)
    np.testing.assert_allclose(moved, plain, rtol=1e-9)
