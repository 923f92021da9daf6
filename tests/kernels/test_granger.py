"""The Wald test of leader lags against statsmodels, and what must not matter to it."""

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.tsa.api import VAR
from statsmodels.tsa.stattools import grangercausalitytests

from leadline.kernels import granger

NONE = np.empty((0, 300))


@pytest.fixture
def walks(rng):
    """Two log prices that wander, of unlike volatility, far from zero."""
    steps = rng.standard_t(5, (2, 300)) * np.array([[0.02], [0.08]])
    return np.cumsum(steps, axis=1) + np.array([[3.0], [11.0]])


@pytest.fixture(scope="module")
def macro():
    """Log GDP and consumption of the United States, quarterly 1959 to 2009 (statsmodels)."""
    data = sm.datasets.macrodata.load_pandas().data
    return np.log(data[["realgdp", "realcons"]].to_numpy()).T


def plain(y, x, controls, lags, augment, *, robust, first=None):
    """Give Wald, response and its error by one big regression."""
    order = lags + augment
    first = order if first is None else first
    n = y.size

    def past(z):
        return [z[first - k : n - k] for k in range(1, order + 1)]

    design = np.column_stack([*past(y), *past(x), *(c for z in controls for c in past(z))])
    fit = sm.OLS(y[first:], sm.add_constant(design, prepend=False)).fit(
        **({"cov_type": "HC1"} if robust else {})
    )
    chosen = np.arange(order, order + lags)
    zero = np.zeros((lags, fit.params.size))
    zero[np.arange(lags), chosen] = 1.0
    # Each of the last ``lags`` moves of the leader enters the levels of all lags up to its own.
    sums = np.arange(lags, 0, -1) if augment else np.ones(lags)
    error = np.sqrt(sums @ np.asarray(fit.cov_params())[np.ix_(chosen, chosen)] @ sums)
    wald = fit.wald_test(zero, use_f=False, scalar=True).statistic
    return float(wald), float(sums @ fit.params[chosen]), float(error)


@pytest.mark.parametrize("lags", [1, 4])
@pytest.mark.parametrize("augment", [0, 1, 2])
@pytest.mark.parametrize("robust", [True, False])
@pytest.mark.parametrize("n_controls", [0, 2])
def test_it_is_the_wald_test_of_one_regression_in_levels(
    walks, rng, lags, augment, robust, n_controls
):
    x, y = walks
    controls = np.cumsum(rng.standard_normal((n_controls, 300)), axis=1) + 4.0
    made = granger.design(x, controls.reshape(-1, 300), lags=lags, augment=augment)
    found = granger.wald(y[None, :], made, robust=robust)
    expected = plain(y, x, controls, lags, augment, robust=robust)
    ours = (found.wald[0], found.response[0, -1], found.error[0, -1])
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


@pytest.mark.parametrize("lags", [1, 2, 6])
def test_without_augmentation_it_is_statsmodels_f_test(walks, lags):
    x, y = walks
    found = granger.wald(y[None, :], granger.design(x, NONE, lags=lags, augment=0), robust=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = grangercausalitytests(np.column_stack((y, x)), [lags])[lags][0]["ssr_ftest"]
    assert found.wald[0] / lags == pytest.approx(theirs[0], rel=1e-9)
    assert granger.f_p_value(found)[0] == pytest.approx(theirs[1], rel=1e-9)
    assert found.freedom == theirs[2]


@pytest.mark.parametrize(("leader", "follower"), [(0, 1), (1, 0)])
def test_on_the_macro_data_it_is_the_causality_test_of_a_var(macro, leader, follower):
    """On growth of GDP and consumption, where both directions are known to matter."""
    growth = np.diff(macro, axis=1)
    x, y = growth[leader], growth[follower]
    found = granger.wald(
        y[None, :], granger.design(x, np.empty((0, x.size)), lags=2, augment=0), robust=False
    )
    theirs = VAR(np.column_stack((y, x))).fit(2).test_causality(0, [1], kind="f")
    assert found.wald[0] / 2 == pytest.approx(theirs.test_statistic, rel=1e-9)


@pytest.mark.parametrize("longest", [3, 8])
def test_the_order_is_that_of_statsmodels(macro, walks, longest):
    for paths in (macro, walks, np.diff(macro, axis=1)):
        theirs = VAR(paths.T).select_order(longest).bic
        assert granger.best_order(paths, longest) == max(theirs, 1)


def test_histories_are_tested_one_by_one(walks, rng):
    made = granger.design(walks[0], NONE, lags=3, augment=1)
    histories = np.cumsum(rng.standard_normal((70, 300)), axis=1)
    together = granger.wald(histories, made, robust=True)
    for row in (0, 31, 32, 69):
        alone = granger.wald(histories[row : row + 1], made, robust=True)
        assert alone.wald[0] == pytest.approx(together.wald[row], rel=1e-11)


@pytest.mark.parametrize("robust", [True, False])
def test_units_and_levels_do_not_matter(walks, robust):
    x, y = walks
    one = granger.wald(y[None], granger.design(x, NONE, lags=4, augment=1), robust=robust)
    made = granger.design(100 * x + 7, NONE, lags=4, augment=1)
    other = granger.wald(1e4 * y[None] - 5, made, robust=robust)
    assert other.wald[0] == pytest.approx(one.wald[0], rel=1e-8)
    np.testing.assert_allclose(other.response, 100 * one.response, rtol=1e-8)
    turned = granger.wald(-y[None], granger.design(x, NONE, lags=4, augment=1), robust=robust)
    np.testing.assert_allclose(turned.response, -one.response, rtol=1e-10)


def test_rows_before_the_first_serve_as_past_only(walks):
    x, y = walks
    made = granger.design(x, NONE, lags=2, augment=1, first=150)
    found = granger.wald(y[None], made, robust=False)
    expected = plain(y, x, [], 2, 1, robust=False, first=150)
    assert found.wald[0] == pytest.approx(expected[0], rel=1e-9)
    changed = y.copy()
    changed[:100] += 1.0
    again = granger.wald(changed[None], made, robust=False)
    assert again.wald[0] == pytest.approx(found.wald[0], rel=1e-7)


def test_a_planted_response_is_found_lag_by_lag(rng):
    moves = rng.standard_normal((2, 4000))
    moves[1, 2:] += 0.5 * moves[0, 1:-1] - 0.2 * moves[0, :-2]
    x, y = np.cumsum(moves, axis=1)
    made = granger.design(x, np.empty((0, 4000)), lags=3, augment=1)
    found = granger.wald(y[None], made, robust=True)
    np.testing.assert_allclose(found.response[0], [0.5, 0.3, 0.3], atol=0.08)


def test_a_leader_that_repeats_a_control_is_refused(walks):
    with pytest.raises(ValueError, match="combination of the other regressors"):
        granger.design(walks[0], walks[:1] * 2.0, lags=2, augment=1)


def test_levels_that_wander_keep_the_level_of_the_augmented_test_only():
    """Independent random walks: Wald with one lag more keeps 5 %, without it rejects more."""
    rng = np.random.default_rng(4)
    follower = np.cumsum(rng.standard_normal((400, 200)), axis=1)
    leaders = np.cumsum(rng.standard_normal((20, 200)), axis=1)
    rates = {}
    for augment in (0, 1):
        found = [
            granger.f_p_value(
                granger.wald(
                    follower,
                    granger.design(x, np.empty((0, 200)), lags=1, augment=augment),
                    robust=False,
                )
            )
            for x in leaders
        ]
        rates[augment] = np.mean(np.array(found) <= 0.05)
    assert 0.03 < rates[1] < 0.075
    assert rates[0] > 0.09
