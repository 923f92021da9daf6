"""Forecasts from the past alone, against the average known at the time."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.kernels.resample import stationary_indices

Floats = NDArray[np.float64]


class Forecasts(NamedTuple):
    """One row a forecast: what came, what the average said, what the predictor said."""

    outcome: Floats
    benchmark: Floats
    forecast: Floats


def walk_forward(predictors: Floats, outcome: Floats, *, embargo: int, first: int) -> Forecasts:
    """Forecast each outcome with a line fitted to what was known before.

    Of several predictors the one with the largest past t statistic in its column's direction is
    used at each step, so that the search is repeated in real time.

    Parameters
    ----------
    predictors : ndarray of float64, shape (n_obs, n_predictors)
        Row t is known before ``outcome[t]`` begins. Signed so that positive is the claim.
    outcome : ndarray of float64, shape (n_obs,)
        Row t is known ``embargo`` rows later.
    first : int
        The first row to be forecast.
    """
    n = outcome.size
    stop = np.arange(first, n) - embargo
    x = predictors
    y = outcome[:, None]

    def known(values: Floats) -> Floats:
        total = np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)))
        return total[stop]

    count = stop[:, None].astype(float)
    sx, sy = known(x), known(y)
    sxx = known(x * x) - sx**2 / count
    sxy = known(x * y) - sx * sy / count
    syy = known(y * y) - sy**2 / count
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(sxx > 1e-24, sxy / sxx, 0.0)
        rss = np.maximum(syy - slope * sxy, 1e-300)
        t = np.where(sxx > 1e-24, slope / np.sqrt(rss / np.maximum(count - 2, 1) / sxx), -np.inf)
    rows = np.arange(stop.size)
    best = np.argmax(t, axis=1)
    chosen = slope[rows, best]
    average = (sy / count)[:, 0]
    ahead = x[first:][rows, best]
    return Forecasts(
        outcome[first:], average, average + chosen * (ahead - sx[rows, best] / count[:, 0])
    )


class Gain(NamedTuple):
    """What the forecast gained over the average, as a share of the average's squared error."""

    gain: float
    low: float
    high: float
    p_value: float
    r2: float


def clark_west(
    forecasts: Forecasts, *, block: float, level: float, n_resamples: int, rng: Generator
) -> Gain:
    """Measure the gain of a nested forecast, corrected for the noise of its estimation.

    ``d = e0^2 - e1^2 + (f0 - f1)^2`` (Clark and West 2007, eq. 2.2); interval and one-sided p by
    the stationary bootstrap of d, for outcomes overlap.
    """
    e0 = forecasts.outcome - forecasts.benchmark
    e1 = forecasts.outcome - forecasts.forecast
    base = float(np.mean(e0**2))
    d = (e0**2 - e1**2 + (forecasts.benchmark - forecasts.forecast) ** 2) / base
    mean = float(d.mean())
    drawn = d[stationary_indices(n_resamples, d.size, block, rng)].mean(axis=1) - mean
    tail = (1 - level) / 2
    return Gain(
        gain=mean,
        low=mean - float(np.quantile(drawn, 1 - tail)),
        high=mean - float(np.quantile(drawn, tail)),
        p_value=float((1 + np.count_nonzero(drawn >= mean)) / (1 + n_resamples)),
        r2=1 - float(np.mean(e1**2)) / base,
    )
