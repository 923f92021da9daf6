import numpy as np
import pytest
import statsmodels.api as sm
from scipy.integrate import quad
from scipy.stats import norm

from leadline.kernels import forecast
from leadline.kernels.resample import stationary_indices


def plain_walk_forward(predictors, outcome, embargo, first):
    """Fit every line anew with lstsq, on the rows known at the time."""
    rows = []
    for t in range(first, outcome.size):
        y = outcome[: t - embargo]
        fits = []
        for column in predictors.T:
            x = column[: t - embargo]
            slope = np.cov(x, y, bias=True)[0, 1] / np.var(x)
            rest = y - y.mean() - slope * (x - x.mean())
            error = np.sqrt(rest @ rest / (y.size - 2) / (x.size * np.var(x)))
            fits.append((slope / error, slope, y.mean() + slope * (column[t] - x.mean())))
        best = max(fits)
        rows.append((outcome[t], y.mean(), best[2]))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


@pytest.mark.parametrize(("embargo", "n_predictors"), [(0, 1), (0, 4), (7, 3)])
def test_walk_forward_agrees_with_its_plain_twin(rng, embargo, n_predictors):
    x = rng.standard_normal((120, n_predictors))
    y = 0.3 * x[:, -1] + rng.standard_normal(120)
    made = forecast.walk_forward(x, y, embargo=embargo, first=40)
    for ours, plain in zip(made, plain_walk_forward(x, y, embargo, 40), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("embargo", [0, 9])
def test_a_forecast_never_sees_what_was_not_known(rng, embargo):
    x, y = rng.standard_normal((100, 2)), rng.standard_normal(100)
    made = forecast.walk_forward(x, y, embargo=embargo, first=40)
    later_x, later_y = x.copy(), y.copy()
    later_x[61:] = 99.0
    later_y[60 - embargo :] = -99.0
    again = forecast.walk_forward(later_x, later_y, embargo=embargo, first=40)
    # Row 60 is forecast from outcomes before 60 - embargo and its own predictors.
    np.testing.assert_allclose(made.forecast[:21], again.forecast[:21], rtol=1e-12)
    np.testing.assert_allclose(made.benchmark[:21], again.benchmark[:21], rtol=1e-12)


def test_a_constant_predictor_forecasts_the_average(rng):
    y = rng.standard_normal(80)
    made = forecast.walk_forward(np.zeros((80, 1)), y, embargo=0, first=30)
    np.testing.assert_allclose(made.forecast, made.benchmark, rtol=1e-12)


def gain_of(made, **more):
    settings = {"block": 5.0, "level": 0.9, "n_resamples": 999, "rng": np.random.default_rng(1)}
    return forecast.clark_west(made, **(settings | more))


def test_clark_west_agrees_with_a_plain_computation(rng):
    outcome, benchmark = rng.standard_normal((2, 150))
    made = forecast.Forecasts(outcome, benchmark * 0.1, benchmark * 0.1 + 0.2 * outcome)
    found = gain_of(made)
    d = [(y - f0) ** 2 - ((y - f1) ** 2 - (f0 - f1) ** 2) for y, f0, f1 in zip(*made, strict=True)]
    base = np.mean((made.outcome - made.benchmark) ** 2)
    assert found.gain == pytest.approx(np.mean(d) / base, rel=1e-12)
    r2 = 1 - np.sum((made.outcome - made.forecast) ** 2) / np.sum(
        (made.outcome - made.benchmark) ** 2
    )
    assert found.r2 == pytest.approx(r2, rel=1e-12)

    index = stationary_indices(999, 150, 5.0, np.random.default_rng(1))
    means = np.array([np.mean([d[i] for i in row]) for row in index]) / base - found.gain
    assert found.low == pytest.approx(found.gain - np.quantile(means, 0.95), rel=1e-10)
    assert found.high == pytest.approx(found.gain - np.quantile(means, 0.05), rel=1e-10)
    assert found.p_value == (1 + np.sum(means >= found.gain)) / 1000


def test_the_adjusted_gain_is_twice_the_covariance_of_error_and_difference(rng):
    """Clark and West (2007), section 2: e0^2 - e1^2 + (f0 - f1)^2 = 2 e0 (f1 - f0)."""
    made = forecast.Forecasts(*rng.standard_normal((3, 200)))
    e0 = made.outcome - made.benchmark
    expected = 2 * np.mean(e0 * (made.forecast - made.benchmark)) / np.mean(e0**2)
    assert gain_of(made).gain == pytest.approx(expected, rel=1e-12)


def test_a_useless_forecast_gains_about_nothing_and_its_plain_r2_is_below():
    """Under the null the adjustment takes out the noise of estimation; 60 worlds."""
    gains, r2 = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, y = rng.standard_normal((200, 3)), rng.standard_normal(200)
        found = gain_of(forecast.walk_forward(x, y, embargo=0, first=60), n_resamples=99)
        gains.append(found.gain)
        r2.append(found.r2)
    assert abs(np.mean(gains)) < 4 * np.std(gains) / np.sqrt(60)
    assert np.mean(r2) < np.mean(gains) - 0.005


def test_a_real_forecast_gains_and_its_interval_is_above_nothing():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((600, 1))
    y = 0.5 * x[:, 0] + rng.standard_normal(600)
    found = gain_of(forecast.walk_forward(x, y, embargo=0, first=200))
    assert found.low > 0
    assert found.p_value == 0.001
    assert found.r2 == pytest.approx(0.2, abs=0.06)


def test_the_gain_knows_no_unit(rng):
    outcome, benchmark, made = rng.standard_normal((3, 100))
    small = gain_of(forecast.Forecasts(outcome, benchmark, made))
    large = gain_of(forecast.Forecasts(1e4 * outcome, 1e4 * benchmark, 1e4 * made))
    np.testing.assert_allclose(tuple(small), tuple(large), rtol=1e-9)


def plain_nested(leader, own, outcome, embargo, first):
    """Fit both models anew at each row."""
    rows = []
    for t in range(first, outcome.size):
        known = slice(0, t - embargo)
        short = np.column_stack([np.ones(outcome.size), *own])
        both = np.column_stack([short, leader])
        fits = [sm.OLS(outcome[known], design[known]).fit().params for design in (short, both)]
        rows.append((short[t] @ fits[0], both[t] @ fits[1], fits[1][-1]))
    return np.array(rows).T


@pytest.mark.parametrize(("embargo", "n_own"), [(0, 0), (5, 0), (3, 1), (7, 2)])
def test_nested_forecasts_are_those_of_two_regressions_a_day(rng, embargo, n_own):
    leader = np.cumsum(rng.standard_normal(110)) + 40.0
    own = tuple(rng.standard_normal((n_own, 2, 110)) * 3.0 + 5.0)
    outcome = 0.1 * rng.standard_normal((2, 110)) + 0.02 * leader
    made = forecast.nested_walk_forward(leader, own, outcome, embargo=embargo, first=45)
    for row in range(2):
        alone = [column[row] for column in own]
        short, both, slope = plain_nested(leader, alone, outcome[row], embargo, 45)
        np.testing.assert_allclose(made.benchmark[row], short, rtol=1e-9)
        np.testing.assert_allclose(made.benchmark[row] + made.added[row], both, rtol=1e-9)
        np.testing.assert_allclose(made.slope[row], slope, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("embargo", [0, 6])
def test_nested_forecasts_never_see_what_was_not_known(rng, embargo):
    leader, outcome = rng.standard_normal((2, 90))
    own = rng.standard_normal((1, 90))
    before = forecast.nested_walk_forward(leader, (own,), outcome[None], embargo=embargo, first=40)
    leader[61:], own[:, 61:], outcome[60 - embargo :] = 50.0, -50.0, 99.0
    after = forecast.nested_walk_forward(leader, (own,), outcome[None], embargo=embargo, first=40)
    np.testing.assert_allclose(after.benchmark[0, :21], before.benchmark[0, :21], rtol=1e-10)
    np.testing.assert_allclose(after.added[0, :21], before.added[0, :21], rtol=1e-10)


def test_slopes_of_the_wrong_sign_add_nothing(rng):
    x = rng.standard_normal(400)
    y = (0.5 * x + rng.standard_normal(400))[None]
    made = forecast.nested_walk_forward(x, (), y, embargo=0, first=100)
    np.testing.assert_allclose(made.towards(-1).forecast, made.benchmark)
    np.testing.assert_allclose(made.towards(1).forecast, made.benchmark + made.added)
    assert forecast.clark_west_t(made.towards(-1), bandwidth=3)[0] == 0.0


def test_a_predictor_that_the_others_span_adds_nothing(rng):
    x = rng.standard_normal(200)
    y = rng.standard_normal((3, 200))
    made = forecast.nested_walk_forward(x, (2 * x[None] + 1,), y, embargo=2, first=80)
    np.testing.assert_allclose(made.added, 0.0, atol=1e-9)


@pytest.mark.parametrize("bandwidth", [1, 2, 13])
def test_the_clark_west_t_is_a_regression_on_a_constant_with_newey_west_errors(rng, bandwidth):
    outcome, benchmark, made = rng.standard_normal((3, 4, 160))
    found = forecast.clark_west_t(forecast.Forecasts(outcome, benchmark, made), bandwidth=bandwidth)
    for row in range(4):
        e0, e1 = outcome[row] - benchmark[row], outcome[row] - made[row]
        f = e0**2 - (e1**2 - (benchmark[row] - made[row]) ** 2)
        fit = sm.OLS(f, np.ones(160)).fit(
            cov_type="HAC", cov_kwds={"maxlags": bandwidth - 1, "use_correction": False}
        )
        assert found[row] == pytest.approx(fit.tvalues[0], rel=1e-9)


def test_the_r2_interval_holds_the_value_and_narrows_with_data(rng):
    def interval(n):
        signal = rng.standard_normal(n)
        y = signal + rng.standard_normal(n)
        made = forecast.Forecasts(y, np.zeros(n), signal)
        return forecast.r2_interval(
            made, block=5, level=0.9, n_resamples=999, rng=np.random.default_rng(1)
        )

    (value, low, high), (_, low_far, high_far) = interval(150), interval(3000)
    assert low < value < high
    assert low_far < 0.5 < high_far
    assert high_far - low_far < 0.4 * (high - low)


@pytest.mark.parametrize(
    ("y", "mean", "spread"), [(0.3, 0.0, 1.0), (-2.0, 0.5, 0.2), (4.0, 1.0, 3.0)]
)
def test_the_crps_is_the_integral_that_defines_it(y, mean, spread):
    below = quad(lambda z: norm.cdf(z, mean, spread) ** 2, -60, y, limit=200, points=[mean])
    above = quad(lambda z: norm.sf(z, mean, spread) ** 2, y, 60, limit=200, points=[mean])
    found = forecast.gaussian_crps(np.array(y), np.array(mean), np.array(spread))
    assert float(found) == pytest.approx(below[0] + above[0], abs=1e-7)


def test_log_scores_are_minus_log_densities():
    y, mean, spread = np.array([0.1, 2.0]), np.array([0.0, 1.0]), np.array([1.0, 0.5])
    np.testing.assert_allclose(
        forecast.gaussian_log_score(y, mean, spread), -norm.logpdf(y, mean, spread), rtol=1e-12
    )
    found = forecast.event_log_score(np.array([1.0, 0.0, 1.0]), np.array([0.8, 0.3, -0.2]))
    np.testing.assert_allclose(found, [-np.log(0.8), -np.log(0.7), -np.log(0.01)])


def test_the_spread_knows_only_errors_that_had_come():
    errors = np.arange(1.0, 31.0)
    found = forecast.past_spread(errors, 4)
    assert np.isnan(found[:14]).all()
    assert found[14] == pytest.approx(np.sqrt(np.mean(errors[:10] ** 2)))
    assert found[29] == pytest.approx(np.sqrt(np.mean(errors[:25] ** 2)))
