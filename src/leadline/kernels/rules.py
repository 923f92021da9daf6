"""Rules that hold the follower or nothing: positions from the past, returns after costs."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Real = NDArray[np.floating[Any]]
BLOCK = 256


class Grid(NamedTuple):
    """Every combination of these is a rule; ``lags`` of one or more observations."""

    thresholds: Sequence[float]
    holds: Sequence[int]
    lags: Sequence[int]


class Matched(NamedTuple):
    """Rules against their own average position, each of shape (n_obs, n_rules).

    ``weights`` times the return of an observation, less what was ``charged`` then, is a gain.
    """

    weights: Floats
    charged: Floats

    def gains(self, returns: Floats) -> Floats:
        """Give what each rule gained on log returns, shape (n_obs,), after costs."""
        out = self.weights * returns[:, None]
        out -= self.charged
        return out


def expanding_share(values: Floats, *, at_least: int) -> Floats:
    """Share of past values below each value, ties half; NaN before ``at_least`` of them.

    The same as ``events.expanding_rank`` at a quarter of its time: what came before a block is
    kept sorted, and within the block all are compared with all.

    Parameters
    ----------
    values : ndarray of float64, shape (n_obs,)
        NaN is passed over and gets NaN.
    """
    kept = np.flatnonzero(~np.isnan(values))
    x = values[kept]
    twice = np.empty(x.size)
    before = np.empty(0)
    for start in range(0, x.size, BLOCK):
        block = x[start : start + BLOCK]
        inside = (block[None, :] < block[:, None]).astype(np.int64)
        inside += block[None, :] <= block[:, None]
        twice[start : start + BLOCK] = (
            before.searchsorted(block, "left")
            + before.searchsorted(block, "right")
            + np.tril(inside, -1).sum(axis=1)
        )
        before = np.sort(np.concatenate((before, block)), kind="stable")
    count = np.arange(x.size)
    out = np.full(values.size, np.nan)
    out[kept] = np.where(count >= at_least, twice / (2 * np.maximum(count, 1)), np.nan)
    return out


def held(signal: Flags, hold: int) -> Flags:
    """Whether the signal was on within the last ``hold`` observations, along the first axis.

    The present observation is one of them.
    """
    total = np.cumsum(signal, axis=0, dtype=np.int32)
    total[hold:] -= total[:-hold].copy()
    return np.asarray(total > 0)


def lagged(signal: Flags, lag: int) -> Flags:
    """Move a signal ``lag`` observations later, along the first axis; off before the first."""
    out = np.zeros_like(signal)
    out[lag:] = signal[: signal.shape[0] - lag]
    return out


def turnover(position: NDArray[Any]) -> NDArray[Any]:
    """Share of wealth traded as each observation begins, along the first axis.

    The first position is taken as given: a rule and what it is compared with both begin there.
    """
    out = np.zeros_like(position)
    np.abs(np.diff(position, axis=0), out=out[1:])
    return out


def matched(position: Floats, *, cost: float) -> Matched:
    """Compare each rule with holding its average position throughout.

    What a rule gained is ``(position - mean position) * return - cost * turnover``: the drift of
    the asset drops out, so that a rule is not praised for being in a market that rose. Log
    returns of a position of one or nothing add up to log wealth, whatever the path.

    Parameters
    ----------
    position : ndarray of float64, shape (n_obs, n_rules)
        Known before each return begins.
    cost : float
        Of trading the whole position once, as a fraction.
    """
    return Matched(position - position.mean(axis=0), cost * turnover(position))


def sweep(
    strength: Floats, returns: Floats, grid: Grid, *, cost: float, dtype: DTypeLike = np.float64
) -> Iterator[Real]:
    """Give the excess returns of all rules of a grid, one tile a row of ``strength``.

    A rule is in the market while ``strength`` passed its threshold within the last ``hold``
    observations, seen ``lag`` observations late. Only one tile is in memory.

    Parameters
    ----------
    strength : ndarray of float64, shape (n_measures, n_obs)
        Each measure known as each return begins; NaN is never strong.
    returns : ndarray of float64, shape (n_obs,)

    Yields
    ------
    ndarray, shape (n_obs, n_thresholds * n_holds * n_lags)
        Thresholds vary slowest, lags fastest.
    """
    moves = returns.astype(dtype)[:, None]
    price = np.asarray(cost, dtype=dtype)
    for measure in strength:
        on = measure[:, None] > np.asarray(grid.thresholds)
        position = np.empty((returns.size, on.shape[1], len(grid.holds), len(grid.lags)), dtype)
        for (i, hold), (j, lag) in product(enumerate(grid.holds), enumerate(grid.lags)):
            position[:, :, i, j] = lagged(held(on, hold), lag)
        tile = position.reshape(returns.size, -1)
        charged = turnover(tile)
        charged *= price
        tile -= tile.mean(axis=0)
        tile *= moves
        tile -= charged
        yield tile
