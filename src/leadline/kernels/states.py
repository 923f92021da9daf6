"""What a series does while a state holds, against what it does otherwise."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import maximum_filter1d, minimum_filter1d
from scipy.special import betaincinv

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
FLAT = 1e-8
"""A price that does not move at all has this volatility, so that it has a logarithm."""


def spells(on: Flags, *, apart: int = 1) -> tuple[Index, Index]:
    """First and last positions of the spells of ``on``; fewer than ``apart`` off join two.

    Parameters
    ----------
    on : ndarray of bool, shape (n_obs,)
    apart : int
        Positions off in a row that end a spell.

    Returns
    -------
    tuple of ndarray of intp, each of shape (n_spells,)
    """
    at = np.flatnonzero(on)
    if at.size == 0:
        return at, at
    ends = np.diff(at) - 1 >= max(apart, 1)
    return at[np.concatenate(([True], ends))], at[np.concatenate((ends, [True]))]


def contrast(on: Flags, among: Flags, nuisance: Floats | None = None) -> Floats:
    """Weights of values by which their mean on days ``on`` differs from that on the rest.

    They are those of the coefficient of ``on`` in a regression of the values among ``among`` on
    ``on``, a constant and ``nuisance`` (Frisch and Waugh 1933), so that values that follow the
    nuisance alone get a difference of zero.

    Parameters
    ----------
    on, among : ndarray of bool, shape (n_obs,)
    nuisance : ndarray of float64, shape (n_obs, k), optional
        Year dummies or slow cycles, whose differences are not at issue.

    Returns
    -------
    ndarray of float64, shape (n_obs,)
        All zero where the nuisance leaves nothing of ``on``.
    """
    weights = np.zeros(on.size)
    x = on[among].astype(np.float64)
    if x.size == 0:
        return weights
    rest = x - x.mean()
    if nuisance is not None:
        design = np.column_stack((np.ones(x.size), nuisance[among]))
        rest = x - design @ np.linalg.lstsq(design, x, rcond=1e-10)[0]
    size = float(rest @ rest)
    if size > 1e-9 * x.size:
        weights[among] = rest / size
    return weights


def self_normalised(values: Floats, weights: Floats) -> Floats:
    """Weighted sum over the root of its own squares, along the last axis; like a robust t.

    Values count as deviations from their mean where weights are not zero: the
    heteroskedasticity-robust t (White 1980) with the residuals of the null.

    Parameters
    ----------
    values : ndarray of float64, shape (n, n_obs)
    weights : ndarray of float64, shape (n_obs,)
        Adding up to zero, as those of `contrast`.
    """
    used = weights != 0
    squares = weights * weights
    sums = values @ np.column_stack((weights, squares, used / max(int(used.sum()), 1)))
    total, with_squares, mean = sums.T
    variance = (values * values) @ squares - 2 * mean * with_squares + mean**2 * squares.sum()
    return np.asarray(total / np.sqrt(np.maximum(variance, 1e-300)))


def rotated(values: Floats) -> Callable[[Floats], Floats]:
    """Give a function from weights (n_obs,) to their sums with every rotation of the values.

    Element 0 of the last axis is what was observed, element k has the weights moved k positions
    towards the start, around it. One transform of the values serves any number of weights.
    """
    n_obs = values.shape[-1]
    # Twice the length, so that a fast one can be had whatever the number of observations.
    size = fft.next_fast_len(2 * n_obs, real=True)
    spectra = np.conj(fft.rfft(values, size))

    def sums(weights: Floats) -> Floats:
        twice = fft.rfft(np.concatenate((weights, weights)), size)
        return np.asarray(fft.irfft(twice * spectra, size)[..., :n_obs])

    return sums


def rank_p(statistics: Floats) -> Floats:
    """Compare element 0 with all others along the last axis: the exact p of a rotation test.

    No rotation is left out, however near: a state lasts, so its near rotations are as good as it
    in the best of cases, and without them a p of 0.01 comes up in 1.6 % of unrelated histories
    instead of 0.6 %. Elements that agree with the first to nine digits count as ties, for
    transforms leave errors.
    """
    own, others = statistics[..., :1], statistics[..., 1:]
    ties = 1e-9 * np.abs(statistics).max(axis=-1, keepdims=True)
    as_much = np.count_nonzero(others >= own - ties, axis=-1)
    return np.asarray((1 + as_much) / statistics.shape[-1])


def rotation_p(weights: Floats, values: Floats, *, sign: int, normalised: bool) -> Floats:
    """Compare every contrast with itself under every rotation of its dates.

    Parameters
    ----------
    weights : ndarray of float64, shape (k, n_obs)
    values : ndarray of float64, shape (n, n_obs)
    normalised : bool
        Whether to divide by the root of the squares, which lets the spread of the values differ
        between the days compared.

    Returns
    -------
    ndarray of float64, shape (k, n)
    """
    v = values - values.mean(axis=-1, keepdims=True)
    sums = rotated(v)
    squares = rotated(v * v) if normalised else None
    out = np.empty((weights.shape[0], values.shape[0]))
    for row, w in enumerate(weights):
        moved = sign * sums(w)
        if squares is not None:
            moved = moved / np.sqrt(np.maximum(squares(w * w), 1e-300))
        out[row] = rank_p(moved)
    return out


def forward_volatility(returns: Floats, *, gap: int, length: int) -> Floats:
    """Log of the root mean square of ``length`` returns from ``gap`` positions later on.

    Shape (..., n_obs) gives (..., n_obs - gap - length + 1).
    """
    total = np.zeros((*returns.shape[:-1], returns.shape[-1] + 1))
    np.cumsum(returns * returns, axis=-1, out=total[..., 1:])
    mean = (total[..., gap + length :] - total[..., gap:-length]) / length
    return np.asarray(0.5 * np.log(np.maximum(mean, FLAT**2)))


def forward_range(level: Floats, *, gap: int, length: int) -> Floats:
    """Log of highest less lowest log price over ``length`` returns from ``gap`` later on.

    Shape (..., n_obs + 1) gives (..., n_obs - gap - length + 1).
    """
    size = length + 1
    kept = slice(gap, level.shape[-1] - length)
    # The filter's window is centred; moved by half of it, it starts at the position itself.
    origin = -(size // 2)
    high = maximum_filter1d(level, size, axis=-1, mode="nearest", origin=origin)[..., kept]
    low = minimum_filter1d(level, size, axis=-1, mode="nearest", origin=origin)[..., kept]
    return np.asarray(np.log(np.maximum(high - low, FLAT)))


def clustered_error(residuals: Floats, weights: Floats, cluster: NDArray[np.int64]) -> float:
    """Standard error of a weighted sum whose terms may go together within each cluster.

    Liang and Zeger (1986), with the factor n_clusters / (n_clusters - 1).
    """
    sums = np.bincount(cluster, weights=weights * residuals)
    n = int(np.unique(cluster[weights != 0]).size)
    return float(np.sqrt(np.sum(sums**2) * n / max(n - 1, 1)))


def share_interval(share: float, n: float, level: float) -> tuple[float, float]:
    """Interval of a share of ``n`` independent cases (Clopper and Pearson 1934).

    ``share * n`` may be fractional: days counted as so many spells.
    """
    tail = (1 - level) / 2
    k = share * n
    low = 0.0 if k <= 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k >= n else float(betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def difference_interval(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float]:
    """Interval of a difference from value, low and high of both parts.

    Newcombe (1998, method 10); Zou and Donner (2008) for any intervals.
    """
    value = first[0] - second[0]
    low = value - np.hypot(first[0] - first[1], second[2] - second[0])
    high = value + np.hypot(first[2] - first[0], second[0] - second[1])
    return float(low), float(high)
