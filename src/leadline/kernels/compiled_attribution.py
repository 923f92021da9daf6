"""Compiled loops: betas and quantiles through time; imported only inside what calls them."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def predict(
    y: Floats, x: Floats, speed: Floats, b: Floats, p: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Run the filter of ``y_t = x_t' b_t + e_t``, ``b_{t+1} = b_t + n_t``, noise variance one.

    Gives, for each t before y_t is seen: innovation (n,), its variance (n,), state (n, k), state
    covariance (n, k, k) and gain (n, k). ``speed`` is the variance of n_t; ``b`` and ``p`` are
    mean and covariance of the first state.
    """
    n, k = x.shape
    innovation, variance = np.empty(n), np.empty(n)
    state, covariance, gain = np.empty((n, k)), np.empty((n, k, k)), np.empty((n, k))
    b, p = b.copy(), p.copy()
    px = np.empty(k)
    for t in range(n):
        fitted, f = 0.0, 1.0
        for i in range(k):
            state[t, i] = b[i]
            fitted += x[t, i] * b[i]
            total = 0.0
            for j in range(k):
                covariance[t, i, j] = p[i, j]
                total += p[i, j] * x[t, j]
            px[i] = total
        for i in range(k):
            f += x[t, i] * px[i]
        v = y[t] - fitted
        innovation[t], variance[t] = v, f
        for i in range(k):
            gain[t, i] = px[i] / f
            b[i] += gain[t, i] * v
        for i in range(k):
            for j in range(k):
                p[i, j] -= px[i] * px[j] / f
            p[i, i] += speed[i]
    return innovation, variance, state, covariance, gain


@njit(cache=True, nogil=True)
def quantiles_before(x: Floats, quantiles: Floats, at_least: int) -> Floats:
    """Give quantiles of the values before each position, kept in order by insertion."""
    n_obs = x.size
    out = np.full((n_obs, quantiles.size), np.nan)
    past = np.empty(n_obs)
    for n in range(n_obs):
        if n >= at_least:
            for j in range(quantiles.size):
                place = quantiles[j] * (n - 1)
                low = int(place)
                high = min(low + 1, n - 1)
                out[n, j] = past[low] + (place - low) * (past[high] - past[low])
        at = np.searchsorted(past[:n], x[n])
        for i in range(n, at, -1):
            past[i] = past[i - 1]
        past[at] = x[n]
    return out
