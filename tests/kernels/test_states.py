import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from leadline.kernels import states as ks

flags = st.lists(st.booleans(), min_size=1, max_size=60).map(np.array)
few = settings(max_examples=60, deadline=None, derandomize=True)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def plain_spells(on, apart):
    found, off = [], apart
    for t, held in enumerate(on):
        if held and off >= apart:
            found.append([t, t])
        elif held:
            found[-1][1] = t
        off = 0 if held else off + 1
    return [tuple(spell) for spell in found]


@given(flags, st.integers(1, 6))
@few
def test_spells_agree_with_their_plain_twin(on, apart):
    first, last = ks.spells(on, apart=apart)
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == plain_spells(on, apart)


@pytest.mark.parametrize("years", [None, 4])
def test_a_contrast_is_the_coefficient_of_a_dummy_regression(years):
    y, on = noise(400), noise(400, seed=1) > 0.5
    among = noise(400, seed=2) > -1
    dummies = None
    design = [np.ones(400), on.astype(float)]
    if years is not None:
        year = np.arange(400) // 100
        dummies = (year[:, None] == np.arange(1, years)).astype(float)
        design += list(dummies.T)
    fit = sm.OLS(y[among], np.column_stack(design)[among]).fit()
    weights = ks.contrast(on, among, dummies)
    assert weights @ y == pytest.approx(fit.params[1], abs=1e-12)
    assert np.all(weights[~among] == 0)
    assert weights.sum() == pytest.approx(0, abs=1e-12)


def test_a_state_that_years_explain_wholly_has_no_contrast():
    year = np.arange(400) // 100
    dummies = (year[:, None] == np.arange(1, 4)).astype(float)
    assert not ks.contrast(year == 2, np.ones(400, dtype=bool), dummies).any()
    assert not ks.contrast(np.ones(9, dtype=bool), np.zeros(9, dtype=bool)).any()


def test_the_self_normalised_sum_is_its_plain_twin_and_near_the_robust_t():
    y, on = noise(900) * np.linspace(0.5, 2, 900), noise(900, seed=1) > 0.5
    among = np.arange(900) >= 100
    weights = ks.contrast(on, among)
    centred = y[among] - y[among].mean()
    plain = sum(weights[among] * centred) / sum((weights[among] * centred) ** 2) ** 0.5
    assert ks.self_normalised(y[None], weights)[0] == pytest.approx(plain, rel=1e-9)
    x = sm.add_constant(on[among].astype(float))
    robust = sm.OLS(y[among], x).fit(cov_type="HC0").tvalues[1]
    assert plain == pytest.approx(robust, rel=0.01)


@given(st.integers(0, 2**31), st.integers(4, 40))
@few
def test_rotated_sums_move_the_weights(seed, n):
    rng = np.random.default_rng(seed)
    values, weights = rng.standard_normal((3, n)), rng.standard_normal(n)
    found = ks.rotated(values)(weights)
    plain = np.stack([values @ np.roll(weights, -k) for k in range(n)], axis=1)
    np.testing.assert_allclose(found, plain, atol=1e-12)


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_rotation_p_agrees_with_its_plain_twin(normalised, sign):
    values = noise(2, 61)
    weights = np.stack(
        [ks.contrast(noise(61, seed=s) > 0, np.ones(61, dtype=bool)) for s in (3, 4)]
    )
    found = ks.rotation_p(weights, values, sign=sign, normalised=normalised)

    def statistic(w, v):
        v = v - v.mean()
        return sign * (w @ v) / ((w * w) @ (v * v) if normalised else 1.0) ** 0.5

    for i, w in enumerate(weights):
        for j, v in enumerate(values):
            own = statistic(w, v)
            others = [statistic(np.roll(w, k), v) for k in range(1, 61)]
            plain = (1 + sum(o >= own - 1e-12 for o in others)) / (1 + len(others))
            assert found[i, j] == pytest.approx(plain)


def test_the_rank_counts_ties():
    assert ks.rank_p(np.zeros((2, 40))).tolist() == [1.0, 1.0]
    statistics = np.zeros((1, 40))
    statistics[0, 0] = 1.0
    assert ks.rank_p(statistics)[0] == 1 / 40


def test_the_rank_is_exact_where_states_last():
    """Round a circle every rotation is as likely, however long the states."""
    slow = 1 / (1 + (np.arange(301) / 8) ** 2)
    p = []
    for seed in range(600):
        drawn = noise(2, 600, seed=seed)
        one, other = (np.fft.irfft(np.fft.rfft(drawn) * slow, 600) > 0.01).astype(float)
        if one.any() and other.any():
            p.append(ks.rank_p(np.rint(ks.rotated(other[None])(one)))[0])
    for alpha in (0.02, 0.05, 0.10):
        assert np.mean(np.array(p) <= alpha) <= alpha + 2.6 * np.sqrt(alpha / len(p))


@pytest.mark.parametrize("gap", [1, 2, 5])
@pytest.mark.parametrize("length", [2, 3, 7])
def test_forward_outcomes_agree_with_their_plain_twins(gap, length):
    level = np.cumsum(noise(2, 40), axis=1)
    returns = np.diff(level, axis=1)
    size = 39 - gap - length + 1
    spread = ks.forward_range(level, gap=gap, length=length)
    swing = ks.forward_volatility(returns, gap=gap, length=length)
    for row in range(2):
        for t in range(size):
            window = level[row, t + gap : t + gap + length + 1]
            assert spread[row, t] == pytest.approx(np.log(np.ptp(window)))
            moves = returns[row, t + gap : t + gap + length]
            assert swing[row, t] == pytest.approx(0.5 * np.log(np.mean(moves**2)))
    assert spread.shape == swing.shape == (2, size)


def test_a_price_that_stands_still_has_a_finite_outcome():
    flat = np.zeros((1, 30))
    assert np.isfinite(ks.forward_range(flat, gap=1, length=5)).all()
    assert np.isfinite(ks.forward_volatility(flat, gap=1, length=5)).all()


def test_the_clustered_error_is_that_of_statsmodels():
    y, on = noise(300), np.arange(300) // 25 % 3 == 0
    cluster = np.arange(300) // 25
    x = sm.add_constant(on.astype(float))
    plain = sm.OLS(y, x).fit()
    fit = plain.get_robustcov_results("cluster", groups=cluster, use_correction=False)
    weights = ks.contrast(on, np.ones(300, dtype=bool))
    found = ks.clustered_error(plain.resid, weights, cluster)
    assert found == pytest.approx(fit.bse[1] * np.sqrt(12 / 11), rel=1e-9)


@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 7), (7, 7)])
def test_the_interval_of_a_share_is_exact(k, n):
    exact = binomtest(k, n).proportion_ci(0.90, method="exact")
    assert ks.share_interval(k / n, n, 0.90) == pytest.approx((exact.low, exact.high))


def test_the_interval_of_a_difference_is_newcombes():
    """Newcombe (1998), table II, 56/70 less 48/80 by method 10: 0.0524 to 0.3339."""

    def wilson(k, n, z=1.959964):
        middle, half = (
            k / n + z * z / (2 * n),
            z * ((k / n * (1 - k / n) + z * z / 4 / n) / n) ** 0.5,
        )
        return k / n, (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    found = ks.difference_interval(wilson(56, 70), wilson(48, 80))
    assert found == pytest.approx((0.0524, 0.3339), abs=5e-5)
