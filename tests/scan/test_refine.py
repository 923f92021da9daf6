"""The listed pairs in full precision."""

import numpy as np
import pytest

from leadline.kernels import cross_correlation as cc
from leadline.scan.prepare import whitened
from leadline.scan.refine import (
    FEWEST,
    Measured,
    Pairs,
    beside_own_past,
    in_the_rest,
    measured,
)

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
        assert found.n_obs[number] == N_OBS - found.lag[number]


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
        lag = expected.lags[best]
        both = known[leader, :-lag] & known[follower, lag:]
        # Of the days that have no partner within the calendar, those of a whole series stay.
        leads = u[np.append(known[follower, lag:], [known[follower, -1]] * lag)]
        follows = v[np.append([known[leader, 0]] * lag, known[leader, :-lag])]
        r = u[:-lag] @ v[lag:] / np.sqrt((leads @ leads) * (follows @ follows))
        assert (found.lag[number], found.n_obs[number]) == (lag, both.sum())
        assert found.t[number] == pytest.approx(expected.t[best], rel=1e-12)
        assert found.r[number] == pytest.approx(r, rel=1e-12)


ONE = Pairs(np.array([0]), np.array([1]))


def one_pair(u, v, max_lag=40):
    """Measure a pair whose days are those where the series are not NaN."""
    return measured(np.stack((u, v)), ONE, max_lag=max_lag, least=1)


def test_lags_with_few_days_in_common_do_not_count(rng):
    u, v = rng.standard_normal((2, 400))
    # One ends on the day before the other begins, so that they share as many days as the lag.
    u[200:], v[:200] = np.nan, np.nan
    v[200:220] = u[180:200]
    found = one_pair(u, v)
    assert found.lag[0] >= FEWEST
    assert found.n_obs[0] == found.lag[0]
    assert abs(found.r[0]) <= 1
    none = one_pair(u, v, FEWEST - 1)
    assert (none.lag[0], none.t[0], none.r[0], none.n_obs[0]) == (1, 0, 0, 1)


def test_a_correlation_is_over_the_days_of_its_lag(rng):
    u = rng.standard_normal(800)
    v = np.append(np.full(25, np.nan), u[:-25])
    # Blocks that never share a day, and all of them 25 days later.
    block = np.arange(800) // 25 % 2
    found = one_pair(np.where(block == 0, u, np.nan), np.where(block == 1, v, np.nan))
    assert (found.lag[0], found.n_obs[0]) == (25, 400)
    assert found.r[0] == pytest.approx(1.0, rel=1e-12)


def test_the_rest_says_nothing_on_few_days_or_of_nothing(rng):
    values = rng.standard_normal((2, 300))
    values[1, 2:] = values[0, :-2]
    found = Measured(np.array([2]), np.array([9.0]), np.array([0.9]), np.array([200]))
    assert in_the_rest(values, 200, ONE, found).p[0] < 1e-6
    nobody = found._replace(t=np.array([0.0]))
    assert in_the_rest(values, 200, ONE, nobody).p[0] == 1
    values[1, 200 + FEWEST - 1 :] = np.nan
    few = in_the_rest(values, 200, ONE, found)
    assert (few.t[0], few.p[0]) == (0, 1)


def test_a_lead_that_own_past_alone_makes_is_told_from_one_that_is_there():
    rng = np.random.default_rng(4)
    shared = rng.standard_normal(4000)
    bounce = rng.choice((-1.5, 1.5), 4001)
    moves = shared + rng.standard_normal((3, 4000))
    moves[1] += np.diff(bounce)
    moves[2, 3:] += 0.4 * moves[0, :-3]
    innovations = whitened(moves, moves)
    pairs = Pairs(np.array([0, 0]), np.array([1, 2]))
    found = measured(innovations, pairs, max_lag=5, least=1)
    assert found.lag.tolist() == [1, 3]
    assert found.t[0] > 5
    plain = beside_own_past(innovations, moves, pairs, found.lag)
    assert abs(plain[0]) < found.t[0] / 2
    assert plain[1] > 0.8 * found.t[1]
    z = innovations[0, :-3] * moves[2, 3:]
    assert plain[1] == pytest.approx(z.sum() / np.sqrt(np.sum(z**2)))
