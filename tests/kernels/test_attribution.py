"""Fits against statsmodels, orders against brute force, the filter against a state-space model."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.recursive_ls import RecursiveLS
from statsmodels.tsa.statespace.mlemodel import MLEModel

from leadline.kernels import attribution

few = settings(max_examples=15, deadline=None, derandomize=True)


def regression(n_obs=300, k=3, seed=1):
    """Give y and x, the latter with a constant and correlated, heavy-tailed columns."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n_obs, 1))
    x = np.column_stack((np.ones(n_obs), 0.7 * common + 0.01 * rng.standard_t(5, (n_obs, k - 1))))
    noise = np.exp(0.5 * np.sin(np.arange(n_obs) / 20)) * rng.standard_normal(n_obs)
    return x @ np.arange(1.0, k + 1) + noise, x


@pytest.mark.parametrize("lags", [0, 1, 6])
def test_errors_are_those_of_statsmodels(lags):
    y, x = regression()
    found = attribution.least_squares(y, x, lags=lags)
    theirs = OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    np.testing.assert_allclose(found.beta, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(found.covariance, theirs.cov_params(), rtol=1e-8)
    np.testing.assert_allclose(found.residual, theirs.resid, rtol=1e-8)
    np.testing.assert_allclose(found.error, theirs.bse, rtol=1e-8)


def test_lags_are_newey_and_wests_unless_given():
    y, x = regression()
    usual = attribution.newey_west_lags(y.size)
    assert usual == 5
    plain, given = attribution.least_squares(y, x), attribution.least_squares(y, x, lags=usual)
    np.testing.assert_array_equal(plain.covariance, given.covariance)


def test_a_column_twice_still_fits():
    y, x = regression()
    found = attribution.least_squares(y, np.column_stack((x, x[:, 1])))
    once = attribution.least_squares(y, x)
    np.testing.assert_allclose(found.residual, once.residual, atol=1e-8)


def test_resampled_betas_are_fits_of_the_rows_drawn():
    y, x = regression(80)
    index = np.random.default_rng(2).integers(0, 80, (5, 80))
    found = attribution.resampled_betas(y, x, index)
    for row, beta in zip(index, found, strict=True):
        np.testing.assert_allclose(beta, np.linalg.lstsq(x[row], y[row])[0], rtol=1e-6)


def test_betas_before_see_the_memory_and_nothing_else():
    y, x = regression(200)
    stops = np.array([40, 120, 200])
    found = attribution.betas_before(y, x, stops, 60)
    for stop, beta in zip(stops, found, strict=True):
        rows = slice(max(stop - 60, 0), stop)
        np.testing.assert_allclose(beta, np.linalg.lstsq(x[rows], y[rows])[0], rtol=1e-6)
    changed = y.copy()
    changed[120:] += 10
    again = attribution.betas_before(changed, x, stops, 60)
    np.testing.assert_allclose(again[:2], found[:2], rtol=1e-10)
    assert not np.allclose(again[2], found[2])


def test_a_column_without_a_value_gets_no_coefficient():
    y, x = regression(80)
    silent = np.column_stack((x, np.zeros(80)))
    index = np.arange(80)[None, :]
    found = attribution.resampled_betas(y, silent, index)[0]
    assert found[-1] == 0
    np.testing.assert_allclose(found[:-1], np.linalg.lstsq(x, y)[0], rtol=1e-6)
    before = attribution.betas_before(y, silent, np.array([80]), 80)[0]
    assert before[-1] == 0


def test_studentised_slopes_are_white_t_statistics():
    y, x = regression(150)
    basis = np.linalg.qr(x)[0]
    own = np.linalg.pinv(x)[2]
    paths = np.stack((y, y[::-1]))
    found = attribution.studentised(paths, paths**2, own, basis)
    for path, t in zip(paths, found, strict=True):
        theirs = OLS(path, x).fit(cov_type="HC0")
        assert t == pytest.approx(theirs.tvalues[2], rel=1e-8)


@given(k=st.integers(1, 5), seed=st.integers(0, 1000))
@few
def test_orders_are_those_of_brute_force(k, seed):
    value = np.random.default_rng(seed).standard_normal(1 << k)
    found = attribution.over_orders(value, k)
    gains = []
    for order in permutations(range(k)):
        entered, gain = 0, np.empty(k)
        for driver in order:
            gain[driver] = value[entered | 1 << driver] - value[entered]
            entered |= 1 << driver
        gains.append(gain)
    np.testing.assert_allclose(found.shapley, np.mean(gains, axis=0), atol=1e-12)
    np.testing.assert_allclose(found.low, np.min(gains, axis=0), atol=1e-12)
    np.testing.assert_allclose(found.high, np.max(gains, axis=0), atol=1e-12)
    assert found.shapley.sum() == pytest.approx(value[-1] - value[0], abs=1e-10)


def test_subsets_are_fits_of_their_groups():
    y, x = regression(200, 5)
    group, moved = np.array([0, 0, 1, 2]), np.array([0.5, -1.0, 2.0, 0.3])
    r_squared, explained = attribution.subset_values(y, x[:, :1], x[:, 1:], group, moved)
    assert r_squared[0] == explained[0] == 0
    for subset in range(1, 8):
        kept = [c for c in range(4) if subset >> group[c] & 1]
        theirs = OLS(y, np.column_stack((x[:, :1], x[:, 1:][:, kept]))).fit()
        assert r_squared[subset] == pytest.approx(theirs.rsquared, rel=1e-8)
        assert explained[subset] == pytest.approx(theirs.params[1:] @ moved[kept], rel=1e-6)


@given(move=st.floats(-3, 3))
@few
def test_percent_points_add_up_to_the_percent_move(move):
    parts = np.array([0.3, 0.9, -0.2]) * move
    assert parts.sum() * attribution.percent_factor(move) == pytest.approx(np.expm1(move))


class Walking(MLEModel):
    """Random-walk betas in statsmodels, with a vague but known first state."""

    def __init__(self, y, x, speed, noise, vague):
        k = x.shape[1]
        super().__init__(y, k_states=k, k_posdef=k)
        self["design"] = x.T[None]
        self["transition"] = self["selection"] = np.eye(k)
        self["state_cov"] = np.diag(speed) * noise
        self["obs_cov"] = np.array([[noise]])
        self.ssm.initialize_known(np.zeros(k), vague * noise)


def test_the_filter_is_that_of_statsmodels():
    y, x = regression(120, 3)
    speed = np.array([0.01, 0.002, 0.0])
    found = attribution.follow(y, x, speed, burn_in=10)
    vague = np.diag(attribution.VAGUE / np.mean(x**2, axis=0))
    model = Walking(y, x, speed, found.noise, vague)
    model.loglikelihood_burn = 10
    theirs = model.ssm.filter()
    np.testing.assert_allclose(found.state, theirs.predicted_state[:, :-1].T, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(
        found.covariance[5:], theirs.predicted_state_cov.T[5:-1], rtol=1e-6, atol=1e-8
    )
    standard = theirs.standardized_forecasts_error[0]
    np.testing.assert_allclose(found.innovation[5:], standard[5:], rtol=1e-8, atol=1e-8)
    assert found.log_likelihood == pytest.approx(theirs.llf_obs[10:].sum(), rel=1e-8)


def test_betas_that_stand_still_are_recursive_least_squares():
    y, x = regression(100, 2)
    found = attribution.follow(y, x, np.zeros(2), burn_in=5)
    theirs = RecursiveLS(y, x).fit().recursive_coefficients.filtered
    # Before t the filter knows what recursive least squares knew after t - 1.
    np.testing.assert_allclose(found.state[21:], theirs.T[20:-1], rtol=1e-4)


def walking(n_obs=800, speed=0.03, seed=4):
    rng = np.random.default_rng(seed)
    x = np.column_stack((np.ones(n_obs), rng.standard_normal(n_obs)))
    beta = 1 + np.cumsum(speed * rng.standard_normal(n_obs))
    return x[:, 1] * beta + rng.standard_normal(n_obs), x, beta


def test_a_beta_that_walks_is_followed_and_one_that_stands_is_not():
    y, x, beta = walking()
    walked = attribution.follow_likeliest(y, x, half_life=50, burn_in=10)
    assert walked.speed[1] > 0
    assert np.corrcoef(walked.state[200:, 1], beta[200:])[0, 1] > 0.8
    y, x, _ = walking(speed=0.0)
    stood = attribution.follow_likeliest(y, x, half_life=50, burn_in=10)
    assert stood.speed[1] <= attribution.fastest(x, 50)[1] * stood.noise / 16


def test_no_beta_forgets_faster_than_the_half_life():
    x = np.ones((4000, 1))
    most = attribution.fastest(x, 52)
    gain = attribution.follow(np.zeros(4000) + 1.0, x, most, burn_in=5).gain[-1, 0]
    assert (1 - gain) ** 52 == pytest.approx(0.5, rel=1e-6)


def test_the_speed_is_the_likeliest_of_those_allowed():
    y, x, _ = walking(400)
    best = attribution.follow_likeliest(y, x, half_life=50, burn_in=10)
    most = attribution.fastest(x, 50)
    for a in attribution.SPEEDS:
        for b in attribution.SPEEDS:
            other = attribution.follow(y, x, np.array([a, b]) * most, burn_in=10)
            assert best.log_likelihood >= other.log_likelihood - 1e-6


def test_the_filter_sees_nothing_that_comes_later():
    y, x, _ = walking(200)
    scale = np.ones(2)
    found = attribution.follow(y, x, np.full(2, 0.01), burn_in=10, scale=scale)
    changed = y.copy()
    changed[150:] += 5
    again = attribution.follow(changed, x, np.full(2, 0.01), burn_in=10, scale=scale)
    np.testing.assert_array_equal(found.state[:151], again.state[:151])
    cut = attribution.follow(y[:150], x[:150], np.full(2, 0.01), burn_in=10, scale=scale)
    np.testing.assert_array_equal(found.state[:150], cut.state)


def test_drawn_betas_spread_as_the_filter_says():
    y, x, _ = walking(300)
    found = attribution.follow(y, x, np.full(2, 0.002), burn_in=10)
    drawn = attribution.betas_as_known(found, x, 250, 20_000, np.random.default_rng(1))
    assert drawn.shape == (20_000, 50, 2)
    for row in (0, 20, 49):
        np.testing.assert_allclose(drawn[:, row].mean(axis=0), found.state[250 + row], atol=0.02)
        np.testing.assert_allclose(
            np.cov(drawn[:, row].T), found.covariance[250 + row], rtol=0.1, atol=2e-4
        )


@given(seed=st.integers(0, 100), at_least=st.integers(1, 30))
@few
def test_past_quantiles_are_numpys_on_what_came_before(seed, at_least):
    x = np.random.default_rng(seed).standard_t(3, 60).round(1)
    wanted = np.array([0.1, 0.01, 0.5])
    found = attribution.past_quantiles(x, wanted, at_least=at_least)
    assert np.isnan(found[:at_least]).all()
    for t in range(at_least, 60):
        np.testing.assert_allclose(found[t], np.quantile(x[:t], wanted), atol=1e-12)
