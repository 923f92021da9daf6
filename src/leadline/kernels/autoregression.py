"""Own dependence taken out of a series, and put back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dtbtrs

Floats = NDArray[np.float64]


class Autoregression(NamedTuple):
    """``x[t] - mean = sum_j coefficients[j-1] (x[t-j] - mean) + innovation[t]``."""

    mean: float
    coefficients: Floats


def fit(x: Floats, *, max_order: int = 12) -> Autoregression:
    """Fit an AR(p) by least squares, p chosen by the Bayesian information criterion.

    Every order is compared on the same observations, those after ``max_order``
    (Box and Jenkins 1970; Haugh 1976 for its use before cross-correlation).

    Parameters
    ----------
    x : ndarray of float64, shape (n_obs,)
        NaN where nothing was observed: no target, and the mean where it is another's past. A
        constant series, or one of fewer than ``10 + 2 max_order`` values, gets order 0.
    """
    observed = np.isfinite(x)
    whole = bool(observed.all())
    mean = float(x.mean() if whole else x[observed].mean() if observed.any() else 0.0)
    centred = x - mean if whole else np.where(observed, x - mean, 0.0)
    n = int(np.count_nonzero(observed[max_order:]))
    if n < 10 + max_order or not np.any(centred):
        return Autoregression(mean, np.empty(0))
    lags = np.lib.stride_tricks.sliding_window_view(centred[:-1], max_order)[:, ::-1]
    target = centred[max_order:]
    if not whole:
        lags, target = lags[observed[max_order:]], target[observed[max_order:]]
        if not np.any(lags):
            return Autoregression(mean, np.empty(0))
    # One Cholesky factor serves all orders: the columns are nested.
    gram = lags.T @ lags
    factor = np.linalg.cholesky(gram + 1e-12 * np.trace(gram) / max_order * np.eye(max_order))
    projections = np.asarray(solve_triangular(factor, lags.T @ target, lower=True))
    rss = float(target @ target) - np.concatenate(([0.0], np.cumsum(projections**2)))
    orders = np.arange(max_order + 1)
    bic = n * np.log(np.maximum(rss, 1e-300) / n) + orders * np.log(n)
    order = int(np.argmin(bic))
    if order == 0:
        return Autoregression(mean, np.empty(0))
    leading = factor[:order, :order].T
    return Autoregression(mean, np.asarray(solve_triangular(leading, projections[:order])))


def whiten(x: Floats, model: Autoregression) -> Floats:
    """Give the innovations of ``x`` along its last axis; values before the start count as mean."""
    centred = x - model.mean
    if model.coefficients.size == 0:
        return centred
    out = centred.copy()
    for lag, coefficient in enumerate(model.coefficients, 1):
        out[..., lag:] -= coefficient * centred[..., :-lag]
    return out


def rebuild(innovations: Floats, model: Autoregression) -> Floats:
    """Give the series whose innovations these are: the inverse of :func:`whiten`."""
    if model.coefficients.size == 0:
        return innovations + model.mean
    # The recursion is a banded triangular system; scipy.signal would cost half a second to import.
    band = np.ones((model.coefficients.size + 1, innovations.shape[-1]))
    band[1:] = -model.coefficients[:, None]
    rows = np.atleast_2d(innovations)
    solved, _ = dtbtrs(band, rows.T, uplo="L", diag="U")
    return np.asarray(solved.T.reshape(innovations.shape)) + model.mean
