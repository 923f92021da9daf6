"""An effect on the two sides of a condition: slopes, odds, and what volatility must not do."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from leadline.kernels import interaction
from leadline.kernels.resample import signs

N, LAGS = 500, 8


def history(rng, *, on=0.0, off=0.0, noise=1.0, whole=1.0, lag=3):
    """Give weights of the correlation at each lag, a condition in spells, and returns."""
    x = rng.standard_normal((N, LAGS))
    held = np.repeat(rng.permutation([True, False] * 5), N // 10)
    # Noise, or all there is, is so many times as wild while the condition holds.
    e = rng.standard_normal(N) * np.where(held, noise, 1.0)
    returns = (np.where(held, on, off) * x[:, lag] + e) * np.where(held, whole, 1.0)
    return x / (N * returns.std()), held, returns


def compared(rng, *, sign=1, n=199, **world):
    weights, held, returns = history(rng, **world)
    split = interaction.sides(weights, held, returns)
    drawn = signs(n, N, rng) * (returns - returns.mean())
    return interaction.compare(split, returns, drawn, sign=sign)


def test_slopes_are_those_of_a_regression_with_a_dummy_and_its_product():
    """Ordinary least squares of statsmodels, all in one equation."""
    rng = np.random.default_rng(0)
    weights, held, returns = history(rng, on=0.4, off=0.1)
    returns = returns + 0.5 * held
    split = interaction.sides(weights, held, returns)
    for k in range(LAGS):
        w, dummy = weights[:, k], held.astype(float)
        design = sm.add_constant(np.column_stack((dummy, w, w * dummy)))
        fit = sm.OLS(returns, design).fit().params
        size = np.sum((w - w.mean()) ** 2)
        np.testing.assert_allclose(returns @ split.off[:, k], fit[2] * size, rtol=1e-9)
        np.testing.assert_allclose(returns @ split.on[:, k], (fit[2] + fit[3]) * size, rtol=1e-9)


def test_scaled_slopes_are_each_sides_correlation_where_the_effect_is_one():
    rng = np.random.default_rng(1)
    x, held, returns = history(rng, on=0.5, whole=3.0)
    x, returns = x - x.mean(axis=0), returns - returns.mean()
    weights = x / (N * x.std(axis=0) * returns.std())
    split = interaction.sides(weights, held, returns)
    for k in range(LAGS):
        on, off = (np.corrcoef(x[part, k], returns[part])[0, 1] for part in (held, ~held))
        assert returns @ split.on_scaled[:, k] == pytest.approx(on, abs=1e-12)
        assert returns @ split.off_scaled[:, k] == pytest.approx(off, abs=1e-12)


@given(st.integers(0, 99), st.floats(-0.3, 0.3))
def test_a_drift_that_goes_with_the_condition_drops_out(seed, drift):
    weights, held, returns = history(np.random.default_rng(seed), on=0.3)
    split = interaction.sides(weights, held, returns)
    for each in (split.on, split.off):
        np.testing.assert_allclose(each.T @ (drift * held + 0.1), 0.0, atol=1e-9)


def test_a_side_without_days_or_without_what_varies_is_not_measured():
    rng = np.random.default_rng(2)
    weights, held, returns = history(rng)
    for state in (np.ones(N, bool), np.zeros(N, bool), np.arange(N) < 0.04 * N):
        assert interaction.sides(weights, state, returns) is None
    flat = np.where(held[:, None], weights, 0.5)
    assert interaction.sides(flat, held, returns) is None
    flat[:, 1:3] = weights[:, 1:3]
    assert interaction.sides(flat, held, returns).on.shape == (N, 2)


def test_the_sign_claimed_decides_which_side_is_looked_at():
    up, down = (compared(np.random.default_rng(3), sign=sign, on=sign * 0.5) for sign in (1, -1))
    wrong = compared(np.random.default_rng(3), sign=-1, on=0.5)
    assert max(up.p_on, up.p_difference, down.p_on, down.p_difference) <= 0.01
    assert min(wrong.p_on, wrong.p_difference) > 0.05
    assert up.on > 0.2 > abs(up.off)
    assert down.on < -0.2


def shares(n=200, **world):
    """Give the shares of histories with an effect on, off, different, and only on."""
    rng = np.random.default_rng(4)
    found = [compared(rng, **world) for _ in range(n)]
    on, off, more = (
        np.array([getattr(each, name) for each in found]) <= 0.05
        for name in ("p_on", "p_off", "p_difference")
    )
    return on.mean(), off.mean(), more.mean(), (on & more & ~off).mean()


def test_without_an_effect_chance_passes_at_its_level():
    on, off, difference, only = shares()
    # The upper 99 % bound of 200 draws at 5 %.
    assert max(on, off, difference) <= 0.09
    assert only <= 0.05


@pytest.mark.parametrize(
    "world",
    [
        {},
        {"whole": 2.0},
        {"whole": 0.5},
        {"noise": 2.0},
        {"noise": 0.5},
    ],
)
def test_an_effect_that_is_the_same_on_both_sides_makes_no_difference(world):
    """Whether volatility carries the effect along or drowns it."""
    _, _, difference, only = shares(on=0.3, off=0.3, **world)
    assert difference <= 0.09
    assert only <= 0.05


def test_an_effect_on_one_side_alone_is_found_there():
    on, off, difference, only = shares(n=60, on=0.4)
    assert min(on, difference) > 0.95
    assert off < 0.2
    assert only > 0.8
