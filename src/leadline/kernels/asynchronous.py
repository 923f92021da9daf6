"""Which of two series seen at their own ticks moves first, and by how long."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.kernels.cross_correlation import p_value
from leadline.kernels.resample import signs

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
CHUNK = 32
"""Histories a chunk: a tick's values of all of them lie side by side."""
BLOCK = 50
"""Moves in a row that share a sign."""


class Contrast(NamedTuple):
    """Covariance of moves by lag; a positive lag means that x moved before y.

    ``r`` is the covariance over the root of both sums of squared moves, a correlation.
    """

    lags: Times
    covariance: Floats
    r: Floats


class MaxTest(NamedTuple):
    """What chance alone reaches in the same search; ``null`` holds the largest of each draw."""

    p_value: float
    statistic: float
    lag: int
    null: Floats


def contrast(x_times: Times, x: Floats, y_times: Times, y: Floats, lags: Times) -> Contrast:
    """Sum at each lag the products of all moves whose intervals meet once y is moved back by it.

    ``U(lag) = sum_ij dX_i dY_j`` over pairs of intervals ``(s_{i-1}, s_i]`` and
    ``(t_{j-1} - lag, t_j - lag]`` that overlap (Hayashi and Yoshida 2005; Hoffmann, Rosenbaum and
    Yoshida 2013, eq. 3), with its sign. No tick is moved to a grid, so that the one that trades
    more often does not seem to lead. Both are merged once a lag, in time proportional to the ticks.

    Parameters
    ----------
    x_times, y_times : ndarray of int64, shape (n,) and (m,)
        Strictly increasing, in any unit, such as nanoseconds.
    x, y : ndarray of float64
        Log prices at those times.
    lags : ndarray of int64, shape (n_lags,)
        In the unit of the times.

    Raises
    ------
    ValueError
        Where times do not increase, a price is missing, or there are fewer than two.
    """
    from leadline.kernels import compiled_asynchronous

    moves = [_moves(*series) for series in (("x", x_times, x), ("y", y_times, y))]
    found = compiled_asynchronous.contrast(x_times, moves[0], y_times, y - y[0], lags)
    scale = np.sqrt(np.prod([one @ one for one in moves]))
    return Contrast(lags, found, found / scale if scale > 0 else np.zeros(lags.size))


def max_test(
    x_times: Times,
    x: Floats,
    y_times: Times,
    y: Floats,
    lags: Times,
    *,
    n_resamples: int,
    rng: Generator,
    block: int = BLOCK,
) -> MaxTest:
    """Test the largest |U| over ``lags``, paying for the search.

    Null: at no lag searched do moves of the two go together. A wild bootstrap of the maximum, as
    Koike (2019, "Gaussian approximation of maxima of Wiener functionals", Annals of Statistics 47,
    1663-1687) has for this hypothesis. Ours gives random signs to blocks of moves of either series:
    sizes and times of all moves stay as they were, and so does what a move owes to those before
    it. With signs of single moves, a bounce between bid and ask makes the test reject almost never
    and moves that carry on make it reject in most cases (tests/scan/test_ticks.py).

    Parameters
    ----------
    block : int
        Moves in a row that share a sign.
    """
    from leadline.kernels import compiled_asynchronous

    found = contrast(x_times, x, y_times, y, lags)
    best = int(np.argmax(np.abs(found.covariance)))
    dx, dy = np.diff(x), np.diff(y)
    null = np.zeros(n_resamples)
    for start in range(0, n_resamples, CHUNK):
        top = null[start : start + CHUNK]
        moves = _blocks_of_signs(top.size, dx.size, block, rng) * dx[:, None]
        path = np.zeros((y.size, top.size))
        drawn_y = _blocks_of_signs(top.size, dy.size, block, rng)
        np.cumsum(drawn_y * dy[:, None], axis=0, out=path[1:])
        for lag in lags:
            drawn = compiled_asynchronous.contrasts(x_times, moves, y_times, path, lag)
            np.maximum(top, np.abs(drawn), out=top)
    statistic = float(np.abs(found.covariance[best]))
    return MaxTest(p_value(statistic, null), statistic, int(lags[best]), null)


def _blocks_of_signs(n: int, n_moves: int, block: int, rng: Generator) -> NDArray[np.int8]:
    """Draw signs that hold for ``block`` moves in a row, (n_moves, n)."""
    drawn = signs(n, -(-n_moves // block), rng)
    return np.repeat(drawn.T, block, axis=0)[:n_moves]


def _moves(name: str, times: Times, level: Floats) -> Floats:
    if times.shape != level.shape or times.size < 2:
        msg = f"{name}: {times.size} times and {level.size} prices; expected as many, at least two."
        raise ValueError(msg)
    if not np.isfinite(level).all():
        place = np.flatnonzero(~np.isfinite(level))[0]
        msg = f"{name}: the price at tick {place} is missing; leave the tick out."
        raise ValueError(msg)
    if np.any(np.diff(times) <= 0):
        place = 1 + np.flatnonzero(np.diff(times) <= 0)[0]
        msg = f"{name}: tick {place} is not after the one before; sort, and keep one of each time."
        raise ValueError(msg)
    return np.diff(level)
