import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kernels import rules, sharpe
from leadline.kernels.events import expanding_rank
from leadline.kernels.resample import past_scale


@given(st.integers(0, 40), st.integers(0, 700))
def test_the_expanding_share_is_the_expanding_rank(seed, n):
    """Across blocks, with ties and gaps."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.standard_normal(n), 1)
    x[rng.random(n) < 0.1] = np.nan
    np.testing.assert_array_equal(
        rules.expanding_share(x, at_least=5), expanding_rank(x, at_least=5)
    )


@given(st.integers(0, 40), st.integers(1, 12))
def test_a_signal_is_held_so_long_and_no_longer(seed, hold):
    on = np.random.default_rng(seed).random((60, 3)) < 0.1
    expected = [[on[max(t - hold + 1, 0) : t + 1, k].any() for k in range(3)] for t in range(60)]
    np.testing.assert_array_equal(rules.held(on, hold), expected)


def test_a_lagged_signal_comes_later():
    on = np.array([True, False, True, False])
    np.testing.assert_array_equal(rules.lagged(on, 1), [False, True, False, True])
    np.testing.assert_array_equal(rules.lagged(on, 0), on)
    assert not rules.lagged(on, 4).any()


def test_every_change_of_position_is_a_trade_and_the_first_is_given():
    position = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    np.testing.assert_array_equal(rules.turnover(position), [[0, 0], [0, 1], [1, 0], [1, 0]])


def test_gains_are_wealth_above_the_same_share_held_throughout(rng):
    """Compounded day by day with pandas, at no cost and at one."""
    position = (rng.random((200, 1)) < 0.3).astype(float)
    returns = 0.02 * rng.standard_normal(200)
    for cost in (0.0, 0.001):
        gains = rules.matched(position, cost=cost).gains(returns)[:, 0]
        held = pd.Series(position[:, 0])
        wealth = (1 + held * np.expm1(returns)).cumprod().iloc[-1]
        wealth *= np.exp(-cost * held.diff().abs().sum())
        throughout = np.exp(held.mean() * returns.sum())
        assert np.exp(gains.sum()) == pytest.approx(wealth / throughout, rel=1e-12)


@given(st.floats(-0.05, 0.05), st.integers(0, 20))
def test_the_drift_of_the_market_is_no_gain(drift, seed):
    rng = np.random.default_rng(seed)
    position = (rng.random((100, 3)) < 0.5).astype(float)
    returns = rng.standard_normal(100)
    matched = rules.matched(position, cost=0.001)
    np.testing.assert_allclose(
        matched.gains(returns + drift).mean(axis=0),
        matched.gains(returns).mean(axis=0),
        atol=1e-12,
    )


GRID = rules.Grid(thresholds=(0.5, 0.8), holds=(1, 4), lags=(1, 3))


def by_pandas(strength, returns, cost):
    """Give the same grid rule by rule, as one would write it with pandas."""
    out = []
    for measure in strength:
        for threshold in GRID.thresholds:
            for hold in GRID.holds:
                for lag in GRID.lags:
                    on = pd.Series(measure > threshold).rolling(hold, min_periods=1).max()
                    position = on.shift(lag, fill_value=0.0)
                    gain = (position - position.mean()) * returns
                    out.append(gain - cost * position.diff().abs().fillna(0.0))
    return np.column_stack(out)


def test_the_sweep_is_the_grid_that_pandas_gives_rule_by_rule(rng):
    strength = rng.random((3, 150))
    strength[:, :10] = np.nan
    returns = rng.standard_normal(150)
    tiles = list(rules.sweep(strength, returns, GRID, cost=0.002))
    assert [tile.shape for tile in tiles] == [(150, 8)] * 3
    np.testing.assert_allclose(np.hstack(tiles), by_pandas(strength, returns, 0.002), atol=1e-14)
    single = np.hstack(list(rules.sweep(strength, returns, GRID, cost=0.002, dtype=np.float32)))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, np.hstack(tiles), atol=1e-6)


def test_positions_never_look_ahead(rng):
    """What is held up to a day hangs on nothing after it."""
    strength = rng.random((1, 120))
    changed = strength.copy()
    changed[:, 80:] = rng.random(40)
    returns = np.ones(120)
    with_mean = [next(iter(rules.sweep(s, returns, GRID, cost=0.0))) for s in (strength, changed)]
    # The average position is subtracted: what is left apart from it is the position itself.
    held = [tile - tile[0] for tile in with_mean]
    np.testing.assert_allclose(held[0][:81], held[1][:81], atol=1e-12)
    assert np.any(held[0][81:] != held[1][81:])


def world(rng, n_obs=2500):
    """Give a market that rose, with heavy tails and clustering volatility, and an idle leader."""
    storm = np.exp(0.4 * np.sin(np.arange(n_obs + 300) / 90 + rng.uniform(0, 6)))
    leader = np.cumsum(0.012 * rng.standard_t(5, n_obs + 300))
    returns = 0.0015 + 0.03 * storm * rng.standard_t(5, n_obs + 300) / np.sqrt(5 / 3)
    return leader, returns


def best_of_108(rng):
    """Search 108 long or flat rules; give plain and exposure-matched probabilities of the best."""
    leader, returns = world(rng)
    columns = []
    for over in (20, 60, 120, 250):
        move = np.full(leader.size, np.nan)
        move[over:] = leader[over:] - leader[:-over]
        move /= np.sqrt(over) * past_scale(np.diff(leader, prepend=0.0))
        for threshold in (-0.3, 0.0, 0.5):
            for hold in (1, 5, 20):
                for lag in (1, 5, 20):
                    on = rules.held(np.nan_to_num(move, nan=-9.0) > threshold, hold)
                    columns.append(rules.lagged(on, lag))
    position = np.column_stack(columns).astype(float)[300:]
    returns = returns[300:]
    assert position.shape[1] == 108
    matched = rules.matched(position, cost=0.001)
    plain = position * returns[:, None] - matched.charged
    found = []
    for values in (plain, matched.gains(returns)):
        ratios = sharpe.sharpe_ratios(values)
        record = sharpe.track(values[:, np.argmax(ratios)])
        n_trials = max(sharpe.effective_trials(values))
        deflated = sharpe.deflated(record, n_trials=n_trials, deviation=float(ratios.std(ddof=1)))
        found += [sharpe.probabilistic(record), deflated]
    return found


def test_a_market_that_rose_makes_any_rule_look_good_until_its_exposure_is_matched():
    """The beta trap: of worlds without any relation, in how many is the best rule `skilled`."""
    found = np.array([best_of_108(np.random.default_rng([11, n])) for n in range(40)])
    plain, plain_deflated, matched, matched_deflated = (found > 0.95).mean(axis=0)
    assert plain >= 0.8
    assert matched_deflated <= 0.05
    assert plain > matched > matched_deflated
    assert plain_deflated > matched_deflated
