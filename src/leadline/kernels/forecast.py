"""Forecasts from the past alone, against the average known at the time."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import ndtr

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


class Nested(NamedTuple):
    """Forecasts of many histories at once, shape (n, n_forecasts), and the leader's part in them.

    ``added`` is what the leader adds to ``benchmark``, by a slope of either sign.
    """

    outcome: Floats
    benchmark: Floats
    added: Floats
    slope: Floats

    def towards(self, sign: int) -> Forecasts:
        """Keep to slopes of one sign, +1 or -1 (Campbell and Thompson 2008, section 2.2)."""
        kept = np.where(sign * self.slope > 0, self.added, 0.0)
        return Forecasts(self.outcome, self.benchmark, self.benchmark + kept)


def nested_walk_forward(
    leader: Floats, own: tuple[Floats, ...], outcome: Floats, *, embargo: int, first: int
) -> Nested:
    """Forecast every outcome twice from what was known before: without the leader and with it.

    Both are least squares on an expanding window: a constant and ``own``, and the leader's
    predictor besides. The regressors are taken out one by one, on running sums, for all
    histories and all days together.

    Parameters
    ----------
    leader : ndarray of float64, shape (n_obs,)
        Row t is known before ``outcome[:, t]`` begins.
    own : tuple of ndarray of float64, shape (n, n_obs) or (1, n_obs)
        The benchmark's predictors, known as early; none for the average alone.
    outcome : ndarray of float64, shape (n, n_obs)
        Row t is known ``embargo`` rows later.
    first : int
        The first row to be forecast.
    """
    n_obs = outcome.shape[1]
    stop = np.arange(first, n_obs) - embargo
    count = stop.astype(np.float64)

    def known(values: Floats) -> Floats:
        total = np.cumsum(values, axis=-1)
        return np.asarray(total[:, stop - 1])

    # Running sums lose digits where a series lies far from zero.
    columns = [column - column[:, :1] for column in (*own, leader[None, :])]
    last = len(own)
    pairs = [(i, j) for i in range(last + 1) for j in range(i, last + 1)]
    means = [known(column) / count for column in columns]
    average = known(outcome) / count
    moments = {
        (i, j): known(columns[i] * columns[j]) - count * means[i] * means[j] for i, j in pairs
    }
    smallest = [1e-12 * known(column**2) for column in columns]
    products = [
        known(column * outcome) - count * mean * average
        for column, mean in zip(columns, means, strict=True)
    ]
    ahead = [column[:, first:] - mean for column, mean in zip(columns, means, strict=True)]

    def per_square(values: Floats, i: int) -> Floats:
        # A regressor that the ones before it span adds nothing.
        spanned = moments[i, i] <= smallest[i]
        return np.where(spanned, 0.0, values / np.where(spanned, 1.0, moments[i, i]))

    benchmark = average
    for i in range(last):
        benchmark = benchmark + per_square(products[i], i) * ahead[i]
        for j in range(i + 1, last + 1):
            share = per_square(moments[i, j], i)
            products[j] = products[j] - share * products[i]
            ahead[j] = ahead[j] - share * ahead[i]
            for k in range(j, last + 1):
                moments[j, k] = moments[j, k] - share * moments[i, k]
    slope = per_square(products[last], last)
    return Nested(outcome[:, first:], benchmark, slope * ahead[last], slope)


def clark_west_t(made: Forecasts, *, bandwidth: int) -> Floats:
    """Give the t statistic of the Clark-West gain in each history, shape (n,).

    Newey-West variance with ``bandwidth`` covariances, the lag 0 among them: with Bartlett
    weights it is the mean square of moving sums of that length. 0 where the forecasts agree.
    """
    difference = made.forecast - made.benchmark
    d = 2 * (made.outcome - made.benchmark) * difference
    n = d.shape[-1]
    mean = d.mean(axis=-1)
    total = np.zeros((*d.shape[:-1], n + 2 * bandwidth))
    total[..., bandwidth : n + bandwidth] = d - mean[..., None]
    np.cumsum(total, axis=-1, out=total)
    sums = total[..., bandwidth:] - total[..., :-bandwidth]
    variance = np.einsum("...t,...t->...", sums, sums) / (bandwidth * n)
    return np.where(variance > 0, mean / np.sqrt(np.maximum(variance, 1e-300) / n), 0.0)


def r2_interval(
    made: Forecasts, *, block: float, level: float, n_resamples: int, rng: Generator
) -> tuple[float, float, float]:
    """Give the out-of-sample R squared (Campbell and Thompson 2008) of one history, low and high.

    ``1 - sum e1^2 / sum e0^2``; the interval resamples both errors together in blocks, for
    outcomes overlap.
    """
    e0 = (made.outcome - made.benchmark) ** 2
    e1 = (made.outcome - made.forecast) ** 2
    index = stationary_indices(n_resamples, e0.size, block, rng)
    drawn = 1 - e1[index].sum(axis=1) / np.maximum(e0[index].sum(axis=1), 1e-300)
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail))
    return float(1 - e1.sum() / e0.sum()), float(low), float(high)


def past_spread(errors: Floats, embargo: int) -> Floats:
    """Give the root mean square of the errors known before each forecast, shape (n_forecasts,).

    NaN until ten are known.
    """
    total = np.concatenate(([0.0], np.cumsum(errors**2)))
    stop = np.arange(errors.size) - embargo
    return np.sqrt(np.where(stop >= 10, total[np.maximum(stop, 0)] / np.maximum(stop, 1), np.nan))


def gaussian_crps(outcome: Floats, mean: Floats, spread: Floats) -> Floats:
    """Give the continuous ranked probability score of normal forecasts; less is better.

    Gneiting and Raftery (2007), eq. 21, with the sign turned.
    """
    z = (outcome - mean) / spread
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return np.asarray(spread * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))


def gaussian_log_score(outcome: Floats, mean: Floats, spread: Floats) -> Floats:
    """Give minus the log density of normal forecasts; less is better (Good 1952)."""
    z = (outcome - mean) / spread
    return np.asarray(0.5 * z**2 + np.log(spread) + 0.5 * np.log(2 * np.pi))


def event_log_score(happened: Floats, chance: Floats) -> Floats:
    """Give minus the log of the chance given to what came; chances are kept within 1 and 99 %."""
    kept = np.clip(chance, 0.01, 0.99)
    return np.asarray(-np.where(happened > 0.5, np.log(kept), np.log1p(-kept)))
