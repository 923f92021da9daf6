"""Own dependence taken out of a series, and put back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtbtrs, dtrtrs

Floats = NDArray[np.float64]

MAX_ORDER = 12
"""Orders that are compared: from none to this one."""
ROUNDING = 16 * np.finfo(np.float64).eps
"""What stays within so much of its mean does not move: the mean of equal numbers is rounded."""

ROW, LAG = np.ogrid[:MAX_ORDER, : MAX_ORDER + 1]
PLACES = MAX_ORDER + ROW - LAG
"""Where ``x[t - lag]`` stands, for the first t (a row each) that have all their past."""
APART = np.abs(LAG.T - LAG)


class Autoregression(NamedTuple):
    """``x[t] - mean = sum_j coefficients[j-1] (x[t-j] - mean) + innovation[t]``."""

    mean: float
    coefficients: Floats


def fit(x: Floats) -> Autoregression:
    """Fit an AR(p) by least squares, p up to 12 chosen by the Bayesian information criterion.

    Every order is compared on the same observations, those after the twelfth
    (Box and Jenkins 1970; Haugh 1976 for its use before cross-correlation).

    Parameters
    ----------
    x : ndarray of float64, shape (n_obs,)
        NaN where nothing was observed: no target, and the mean where it is another's past. A
        constant series, or one of fewer than 34 values, gets order 0.
    """
    observed = np.isfinite(x)
    whole = bool(observed.all())
    mean = float(x.mean() if whole else x[observed].mean() if observed.any() else 0.0)
    n = int(np.count_nonzero(observed[MAX_ORDER:]))
    if n < 10 + MAX_ORDER:
        return Autoregression(mean, np.empty(0))
    products = _products(x - mean) if whole else _observed_products(x - mean, observed)
    energy = float(products[0, 0])
    gram = products[1:, 1:]
    size = float(np.trace(gram)) / MAX_ORDER
    # What rounding leaves of a constant is no movement.
    if size <= n * (ROUNDING * mean) ** 2:
        return Autoregression(mean, np.empty(0))
    # One Cholesky factor serves all orders: the columns are nested.
    factor = np.linalg.cholesky(gram + 1e-12 * size * np.eye(MAX_ORDER))
    projections, _ = dtrtrs(factor, products[1:, 0], lower=1)
    rss = energy - np.concatenate(([0.0], np.cumsum(projections**2)))
    bic = n * np.log(np.maximum(rss, 1e-300) / n) + np.arange(MAX_ORDER + 1) * np.log(n)
    order = int(np.argmin(bic))
    if order == 0:
        return Autoregression(mean, np.empty(0))
    coefficients, _ = dtrtrs(factor[:order, :order], projections[:order], lower=1, trans=1)
    return Autoregression(mean, coefficients)


def _products(centred: Floats) -> Floats:
    """Sum ``x[t - i] x[t - j]`` over t from 12 on, shape (13, 13), lags i and j from 0 to 12.

    Where ``x[t - i]`` is none of the first or last 12 values, the sum depends on ``j - i`` alone.
    The products with those are added, none is subtracted, so that a large value at an end takes no
    digits from the rest.
    """
    inner = np.correlate(centred[:-MAX_ORDER], centred[MAX_ORDER:-MAX_ORDER], "valid")[::-1]
    start, end = centred[PLACES], centred[PLACES - 2 * MAX_ORDER]
    ends = (start * (ROW < LAG)).T @ start + (end * (ROW >= LAG)).T @ end
    # This holds where i <= j; the other half is its mirror image.
    return np.asarray(np.where(LAG.T <= LAG, inner[APART] + ends, (inner[APART] + ends).T))


def _observed_products(centred: Floats, observed: NDArray[np.bool_]) -> Floats:
    """Do the same over the t that were observed; what was not counts as the mean elsewhere."""
    filled = np.where(observed, centred, 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(filled, MAX_ORDER + 1)[:, ::-1]
    lags = windows[observed[MAX_ORDER:]]
    return np.asarray(lags.T @ lags)


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
