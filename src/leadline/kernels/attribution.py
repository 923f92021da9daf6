"""What moved a price: regressions with honest errors, betas through time, orders of drivers."""

from itertools import combinations
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

SPEEDS = (0.0, 1 / 256, 1 / 64, 1 / 16, 1 / 4, 1.0)
"""Shares of the fastest drift of a beta that is allowed, among which the likelihood chooses."""
VAGUE = 1e6


class Fit(NamedTuple):
    """A least-squares fit: coefficients (k,), their covariance (k, k), residuals (n_obs,)."""

    beta: Floats
    covariance: Floats
    residual: Floats

    @property
    def error(self) -> Floats:
        """Standard errors of the coefficients, shape (k,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def newey_west_lags(n_obs: int) -> int:
    """Give the usual number of lags, ``floor(4 (n/100)^(2/9))`` (Newey and West 1994)."""
    return int(4 * (n_obs / 100) ** (2 / 9))


def least_squares(y: Floats, x: Floats, *, lags: int | None = None) -> Fit:
    """Fit ``y`` on the columns of ``x``; errors allow for heteroskedasticity and autocorrelation.

    Bartlett weights (Newey and West 1987), no small-sample factor. A column that the others
    already hold gets the smallest coefficients that fit.

    Parameters
    ----------
    y : ndarray of float64, shape (n_obs,)
    x : ndarray of float64, shape (n_obs, k)
    lags : int, optional
        `newey_west_lags` where omitted.
    """
    bread = np.linalg.pinv(x.T @ x, hermitian=True)
    beta = bread @ (x.T @ y)
    residual = y - x @ beta
    scores = x * residual[:, None]
    meat = scores.T @ scores
    for lag in range(1, min(newey_west_lags(y.size) if lags is None else lags, y.size - 1) + 1):
        weight = 1 - lag / ((newey_west_lags(y.size) if lags is None else lags) + 1)
        cross = scores[lag:].T @ scores[:-lag]
        meat += weight * (cross + cross.T)
    return Fit(beta, bread @ meat @ bread, residual)


def studentised(y: Floats, y_squared: Floats, weights: Floats, basis: Floats) -> Floats:
    """Give a slope over its own error in each of many histories, shape (n,).

    ``y @ weights / sqrt(sum weights^2 rest^2)``, where ``rest`` is what the regressors leave of
    ``y``: a t statistic with errors robust to heteroskedasticity (White 1980). The sum is expanded,
    so that no array of the size of ``y`` is made.

    Parameters
    ----------
    y, y_squared : ndarray of float64, shape (n, n_obs)
    weights : ndarray of float64, shape (n_obs,)
        Zero where an observation is not asked about, as are the rows of ``basis``.
    basis : ndarray of float64, shape (n_obs, k)
        Orthonormal columns that span the regressors.
    """
    squares = weights**2
    bent = basis * squares[:, None]
    k = basis.shape[1]
    found = y @ np.column_stack((weights, basis, bent))
    on = found[:, 1 : k + 1]
    total = y_squared @ squares
    rest = total - 2 * np.einsum("nk,nk->n", on, found[:, k + 1 :])
    rest += np.einsum("nk,kj,nj->n", on, basis.T @ bent, on)
    # Where rounding leaves nothing of the error there is no history to speak of.
    floor = np.maximum(1e-12 * total, 1e-300)
    return np.asarray(found[:, 0] / np.sqrt(np.maximum(rest, floor)))


def resampled_betas(y: Floats, x: Floats, index: Index) -> Floats:
    """Fit ``y`` on ``x`` in every resample of rows, shape (n_draws, k).

    Parameters
    ----------
    index : ndarray of intp, shape (n_draws, n_rows)
        The rows of each resample.
    """
    n_obs, k = x.shape
    offsets = np.arange(index.shape[0])[:, None] * n_obs
    counts = np.bincount((index + offsets).ravel(), minlength=index.shape[0] * n_obs)
    weights = counts.reshape(index.shape[0], n_obs).astype(np.float64)
    gram = (weights @ (x[:, :, None] * x[:, None, :]).reshape(n_obs, -1)).reshape(-1, k, k)
    moment = weights @ (x * y[:, None])
    return _solved(gram, moment)


def betas_before(y: Floats, x: Floats, stops: Index, memory: int) -> Floats:
    """Fit on the ``memory`` rows before each of ``stops``, shape (n_stops, k)."""
    k = x.shape[1]

    def total(rows: Floats) -> Floats:
        return np.concatenate((np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)))

    grams = total((x[:, :, None] * x[:, None, :]).reshape(y.size, -1))
    moments = total(x * y[:, None])
    starts = np.maximum(stops - memory, 0)
    gram = (grams[stops] - grams[starts]).reshape(-1, k, k)
    return _solved(gram, moments[stops] - moments[starts])


def _solved(gram: Floats, moment: Floats) -> Floats:
    """Solve many normal equations; a column of zeros gets a coefficient of zero."""
    size = np.einsum("nii->ni", gram)
    largest = np.maximum(size.max(axis=1, keepdims=True), 1e-300)
    # Some rows may miss what tells two columns apart; a ridge near rounding keeps them solvable.
    ridge = 1e-12 * np.maximum(size, 1e-12 * largest)
    whole = gram + ridge[:, :, None] * np.eye(size.shape[1])
    return np.asarray(np.linalg.solve(whole, moment[..., None])[..., 0])


def percent_factor(move: float) -> float:
    """Give what turns log contributions into shares of the price: ``(P1/P0 - 1) / ln(P1/P0)``."""
    return float(np.expm1(move) / move) if move != 0 else 1.0


class Orders(NamedTuple):
    """A total divided among drivers, as the order in which they enter is varied.

    ``shapley`` (k,) averages over all orders and adds up to the total; ``low`` and ``high`` (k,)
    are the least and the most that any order gives each.
    """

    shapley: Floats
    low: Floats
    high: Floats


def over_orders(value: Floats, k: int) -> Orders:
    """Divide among ``k`` drivers what their subsets reach, over all orders of entry.

    For R squared this is the decomposition of Lindeman, Merenda and Gold (1980), in general the
    value of Shapley (1953).

    Parameters
    ----------
    value : ndarray of float64, shape (2**k,)
        What the drivers whose bits are set in the position reach together.
    """
    shapley, low, high = np.zeros(k), np.full(k, np.inf), np.full(k, -np.inf)
    for driver in range(k):
        others = [other for other in range(k) if other != driver]
        for size in range(k):
            weight = factorial(size) * factorial(k - size - 1) / factorial(k)
            for chosen in combinations(others, size):
                without = sum(1 << other for other in chosen)
                gain = value[without | 1 << driver] - value[without]
                shapley[driver] += weight * gain
                low[driver], high[driver] = min(low[driver], gain), max(high[driver], gain)
    return Orders(shapley, low, high)


def subset_values(
    y: Floats, base: Floats, x: Floats, group: Index, moved: Floats
) -> tuple[Floats, Floats]:
    """Give R squared, and the move explained, by every subset of groups of drivers.

    Parameters
    ----------
    y, base, x : ndarray of float64, shapes (n_obs,), (n_obs, n_base), (n_obs, n_series)
        Outcome, what every fit holds (the drift), and drivers.
    group : ndarray of intp, shape (n_series,)
        The number of the group, from zero, that each driver belongs to.
    moved : ndarray of float64, shape (n_series,)
        By how much each driver moved in the window to be explained.

    Returns
    -------
    two ndarrays of float64, shape (2**n_groups,)
    """
    n_groups = int(group.max()) + 1

    def without_base(values: Floats) -> Floats:
        return np.asarray(values - base @ np.linalg.lstsq(base, values, rcond=None)[0])

    rest, drivers = without_base(y), without_base(x)
    gram, moment = drivers.T @ drivers, drivers.T @ rest
    total = float(rest @ rest)
    r_squared, explained = np.zeros(1 << n_groups), np.zeros(1 << n_groups)
    for subset in range(1, 1 << n_groups):
        columns = np.flatnonzero((subset >> group) & 1)
        beta = np.linalg.lstsq(gram[np.ix_(columns, columns)], moment[columns], rcond=None)[0]
        r_squared[subset] = float(moment[columns] @ beta) / max(total, 1e-300)
        explained[subset] = float(moved[columns] @ beta)
    return r_squared, explained


class Followed(NamedTuple):
    """Betas followed through time, as they were known before each observation.

    ``state`` (n_obs, k) and ``covariance`` (n_obs, k, k) are those of b_{t|t-1}; ``noise`` is the
    variance of the observation, ``speed`` (k,) that of each beta's step, ``innovation`` (n_obs,)
    what was not expected in units of its standard deviation, ``gain`` (n_obs, k) the filter's.
    """

    state: Floats
    covariance: Floats
    noise: float
    speed: Floats
    innovation: Floats
    gain: Floats
    log_likelihood: float


def fastest(x: Floats, half_life: float) -> Floats:
    """Give the largest step variance of each beta, in units of the noise, shape (k,).

    For one driver the filter then forgets with a half-life of ``half_life`` observations:
    its steady gain K solves ``K^2 / (1 - K) = speed E[x^2]`` (Harvey 1989, section 4.1).
    """
    gain = 1 - 2 ** (-1 / half_life)
    return np.asarray(gain**2 / (1 - gain) / np.maximum(np.mean(x**2, axis=0), 1e-300))


def follow(
    y: Floats, x: Floats, speed: Floats, *, burn_in: int, scale: Floats | None = None
) -> Followed:
    """Filter ``y_t = x_t' b_t + e_t`` with random-walk betas from a vague first state.

    The first state is vague in units of ``scale`` (k,), the mean squares of the columns; of all
    rows where omitted, so that what must not see later rows gives those of earlier ones.

    ``speed`` (k,) is each step's variance over that of the noise, which is concentrated out of
    the likelihood of what comes after ``burn_in`` (Harvey 1989, section 3.4; Kalman 1960).
    """
    # Imported here so that importing the package does not load the compiler.
    from leadline.kernels.compiled_attribution import predict

    size = np.mean(x**2, axis=0) if scale is None else scale
    first = np.diag(VAGUE / np.maximum(size, 1e-300))
    v, f, state, covariance, gain = predict(y, x, speed, np.zeros(x.shape[1]), first)
    noise = float(np.mean(v[burn_in:] ** 2 / f[burn_in:]))
    log_likelihood = -0.5 * float(
        np.sum(np.log(f[burn_in:])) + (v.size - burn_in) * (np.log(2 * np.pi * noise) + 1)
    )
    innovation = v / np.sqrt(f * noise)
    return Followed(
        state, covariance * noise, noise, speed * noise, innovation, gain, log_likelihood
    )


def follow_likeliest(y: Floats, x: Floats, *, half_life: float, burn_in: int) -> Followed:
    """Filter with the likeliest speed of each beta, none forgetting faster than ``half_life``.

    The likelihood is climbed driver by driver over `SPEEDS`, since it is flat between them and
    so gives the same digits everywhere.
    """
    most = fastest(x, half_life)
    chosen = np.full(x.shape[1], 1 / 64)
    best = follow(y, x, chosen * most, burn_in=burn_in)
    for _ in range(10):
        before = chosen.copy()
        for driver in range(chosen.size):
            for share in SPEEDS:
                tried = chosen.copy()
                tried[driver] = share
                found = follow(y, x, tried * most, burn_in=burn_in)
                # A tie must not hang on the last bit.
                if found.log_likelihood > best.log_likelihood + 1e-9:
                    best, chosen = found, tried
        if np.array_equal(before, chosen):
            break
    return best


def betas_as_known(followed: Followed, x: Floats, first: int, n: int, rng: Generator) -> Floats:
    """Draw the betas that what was known allows, from ``first`` on, shape (n, n_rows, k).

    Each draw adds to b_{t|t-1} one path of its errors, drawn by the filter's own recursion
    (Durbin and Koopman 2002 draw smoothed states so), so that a draw is one joint history.
    """
    n_rows, k = x.shape[0] - first, x.shape[1]
    root = _root(followed.covariance[first])
    error = rng.standard_normal((n, k)) @ root.T
    out = np.empty((n, n_rows, k))
    for row in range(n_rows):
        t = first + row
        out[:, row] = followed.state[t] + error
        noise = np.sqrt(followed.noise) * rng.standard_normal(n)
        error = error - (error @ x[t] + noise)[:, None] * followed.gain[t]
        error = error + np.sqrt(followed.speed) * rng.standard_normal((n, k))
    return out


def _root(covariance: Floats) -> Floats:
    """Give a square root of a covariance that rounding may have left slightly indefinite."""
    value, vector = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vector * np.sqrt(np.maximum(value, 0.0)))


def past_quantiles(x: Floats, quantiles: Floats, *, at_least: int) -> Floats:
    """Give quantiles of the values before each position, (n_obs, n_quantiles); NaN at first.

    Linear between order statistics, as `numpy.quantile`; NaN before ``at_least`` values.
    """
    from leadline.kernels.compiled_attribution import quantiles_before

    return quantiles_before(x, quantiles, at_least)
