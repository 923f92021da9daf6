import numpy as np
import pytest

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
