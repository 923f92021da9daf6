"""The listed pairs in full precision."""

import numpy as np
import pytest

from leadline.kernels import cross_correlation as cc
from leadline.scan.refine import Pairs, measured

N_SERIES, N_OBS = 6, 300


@pytest.fixture
def innovations(rng):
    values = rng.standard_t(4, (N_SERIES, N_OBS))
    values[1, 7:] += 0.6 * values[0, :-7]
    return values


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture
def pairs(rng):
    each = [(i, j) for i in range(N_SERIES) for j in range(N_SERIES) if i != j]
    leader, follower = np.array(each)[rng.permutation(len(each))].T
    return Pairs(leader, follower)


@pytest.mark.parametrize("max_lag", [1, 20])
def test_every_pair_has_the_best_of_its_own_profile(innovations, pairs, max_lag):
    least = np.ones((N_SERIES, N_SERIES), dtype=np.int16)
    least[0, 1] = min(8, max_lag)  # past the lag that was planted
    found = measured(innovations, pairs, max_lag=max_lag, least=least)
    for number, (leader, follower) in enumerate(zip(*pairs, strict=True)):
        lags = np.arange(least[leader, follower], max_lag + 1)
        expected = cc.profile(innovations[leader], innovations[follower], lags)
        best = np.abs(expected.t).argmax()
        assert found.lag[number] == lags[best]
        assert found.t[number] == pytest.approx(expected.t[best], rel=1e-12)
        assert found.r[number] == pytest.approx(expected.r[best], rel=1e-12)
        assert found.n_obs[number] == N_OBS


def test_only_days_that_both_have_count(innovations, pairs, rng):
    innovations[rng.random(innovations.shape) < 0.2] = np.nan
    innovations[3, :200] = np.nan
    found = measured(innovations, pairs, max_lag=10, least=1)
    known = np.isfinite(innovations)
    filled = np.where(known, innovations, 0.0)
    for number, (leader, follower) in enumerate(zip(*pairs, strict=True)):
        u, v = filled[leader], filled[follower]
        expected = cc.profile(u, v, np.arange(1, 11))
        best = np.abs(expected.t).argmax()
        both = known[leader] & known[follower]
        lag = expected.lags[best]
        r = u[:-lag] @ v[lag:] / np.sqrt((u[both] @ u[both]) * (v[both] @ v[both]))
        assert (found.lag[number], found.n_obs[number]) == (lag, both.sum())
        assert found.t[number] == pytest.approx(expected.t[best], rel=1e-12)
        assert found.r[number] == pytest.approx(r, rel=1e-12)
