"""The compiled merges of two tick series."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Places = NDArray[np.int32]


@njit(cache=True, nogil=True)
def merge(x_times: Times, y_times: Times, lag: int, at: Places) -> None:
    """Put for each tick of x the first of y that is not before it, once y is moved back by a lag.

    The number of y's ticks where there is none.
    """
    n, m = x_times.size, y_times.size
    i, j = 0, 0
    # Every step takes one tick of either without a branch: which comes next cannot be foretold.
    while i < n and j < m:
        before = y_times[j] - lag < x_times[i]
        at[i] = j
        j += before
        i += not before
    at[i:] = m


@njit(cache=True, nogil=True)
def contrast(x_times: Times, dx: Floats, y_times: Times, y: Floats, lags: Times) -> Floats:
    """Sum at each lag the products of all moves whose intervals meet, (n_lags,)."""
    last = y_times.size - 1
    at = np.empty(x_times.size, np.int32)
    out = np.empty(lags.size)
    for row in range(lags.size):
        merge(x_times, y_times, lags[row], at)
        total = 0.0
        for i in range(dx.size):
            j = min(at[i], last)
            begin = max(j - (y_times[j] - lags[row] > x_times[i]), 0)
            total += dx[i] * (y[min(at[i + 1], last)] - y[begin])
        out[row] = total
    return out


@njit(cache=True, nogil=True)
def contrasts(x_times: Times, dx: Floats, y_times: Times, y: Floats, lag: int) -> Floats:
    """Do the same at one lag for columns of histories, (n_histories,)."""
    last = y_times.size - 1
    at = np.empty(x_times.size, np.int32)
    merge(x_times, y_times, lag, at)
    total = np.zeros(dx.shape[1])
    for i in range(dx.shape[0]):
        j = min(at[i], last)
        begin = max(j - (y_times[j] - lag > x_times[i]), 0)
        early, late, move = y[begin], y[min(at[i + 1], last)], dx[i]
        for h in range(total.size):
            total[h] += move[h] * (late[h] - early[h])
    return total
