"""Correlation of levels: what the eye sees in an overlay."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Lags = NDArray[np.int64]


def shifted_correlations(leader: Floats, followers: Floats, lags: Lags, *, skip: int = 0) -> Floats:
    """Correlate ``leader[t - lag]`` with each follower's level at ``t``, for ``t >= skip``.

    Parameters
    ----------
    leader : ndarray of float64, shape (n_obs,)
    followers : ndarray of float64, shape (n, n_obs)
    lags : ndarray of int64, shape (n_lags,)
        Not negative. A lag beyond ``skip`` costs the follower its first values.

    Returns
    -------
    ndarray of float64, shape (n, n_lags)
        0 where either part is constant.
    """
    n_obs = leader.size
    x = leader - leader.mean()
    y = followers - followers.mean(axis=1, keepdims=True)
    shifted = np.zeros((n_obs, lags.size))
    for column, lag in enumerate(lags):
        first = max(lag, skip)
        shifted[first:, column] = x[first - lag : n_obs - lag]
    used = np.arange(n_obs)[:, None] >= np.maximum(lags, skip)
    count = used.sum(axis=0)
    x_sum, x_squares = shifted.sum(axis=0), (shifted**2).sum(axis=0)
    starts = np.maximum(lags, skip)
    y_sum = _sums_from(y, starts)
    covariance = y @ shifted - x_sum * y_sum / count
    variance = (x_squares - x_sum**2 / count) * (_sums_from(y**2, starts) - y_sum**2 / count)
    return np.where(variance > 1e-24, covariance / np.sqrt(np.maximum(variance, 1e-24)), 0.0)


def _sums_from(y: Floats, starts: Lags) -> Floats:
    """Sum each row from each start to its end, shape (n, n_starts)."""
    edges, back = np.unique(starts, return_inverse=True)
    segments = np.add.reduceat(y, edges, axis=1)
    return np.asarray(np.cumsum(segments[:, ::-1], axis=1)[:, ::-1][:, back])
