"""The listed pairs once more in full precision, and on the part of the sample not used."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Bools = NDArray[np.bool_]

FEWEST = 30
"""A lag at which two series share fewer days does not count."""


class Pairs(NamedTuple):
    """Ordered pairs, by the positions of leader and follower; each of shape (n_pairs,)."""

    leader: Index
    follower: Index


class Measured(NamedTuple):
    """The best lag of each pair in float64: lag, statistic, correlation, days that both have there.

    A day counts where the follower has it and the leader has the one so many rows before.
    """

    lag: Index
    t: Floats
    r: Floats
    n_obs: Index

    def at(self, order: Index) -> "Measured":
        """Give the pairs at these places."""
        return Measured(self.lag[order], self.t[order], self.r[order], self.n_obs[order])


def measured(
    innovations: Floats, pairs: Pairs, *, max_lag: int, least: NDArray[np.int16] | int
) -> Measured:
    """Measure the profile of each pair from its smallest lag on, and take the largest ``|t|``.

    Statistic and correlation are those of :func:`leadline.kernels.cross_correlation.profile`,
    over the days that both series have at that lag; a correlation is never beyond one. Lags at
    which they share fewer than ``FEWEST`` days do not count, and where none counts, statistic and
    correlation are zero.

    Parameters
    ----------
    innovations : ndarray of float64, shape (n_assets, n_obs)
        NaN where there is none.
    least : int or ndarray, shape (n_assets, n_assets)
        Smallest lag that counts.
    """
    n = pairs.leader.size
    out = Measured(np.zeros(n, np.intp), np.zeros(n), np.zeros(n), np.zeros(n, np.intp))
    lags = np.arange(1, max_lag + 1)
    order = np.argsort(pairs.leader, kind="stable")
    leaders, starts = np.unique(pairs.leader[order], return_index=True)
    for leader, own in zip(leaders, np.split(order, starts[1:]), strict=True):
        known = np.isfinite(innovations[leader])
        u = np.where(known, innovations[leader], 0.0)
        squares = u * u
        past, past_squares, past_known = (
            _past(values, max_lag) for values in (u, squares, known.astype(np.float64))
        )
        for pair in own:
            follower = pairs.follower[pair]
            there = np.isfinite(innovations[follower])
            v = np.where(there, innovations[follower], 0.0)
            total = _sums(past, v)
            t = total / np.sqrt(np.maximum(_sums(past_squares, v * v), 1e-300))
            first = least if isinstance(least, int) else int(least[leader, follower])
            whole = known.all() and there.all()
            shared = known.size - lags if whole else _sums(past_known, there.astype(np.float64))
            counts = (lags >= first) & (shared >= FEWEST)
            best = int(np.where(counts, np.abs(t), -1.0).argmax()) if counts.any() else first - 1
            out.lag[pair], out.n_obs[pair] = best + 1, shared[best]
            if counts[best]:
                scale = _scale(squares, v * v, known, there, best + 1)
                out.t[pair], out.r[pair] = t[best], total[best] / scale
    return out


def _scale(squares: Floats, others: Floats, known: Bools, there: Bools, lag: int) -> float:
    """Give the root of both sums of squares, each over the days for which the other has its own.

    Beyond the calendar a series counts as it does at its end, so that whole series have all their
    days in their sums, as in their profile.
    """
    later = np.pad(there, (0, lag), mode="edge")[lag:]
    before = np.pad(known, (lag, 0), mode="edge")[: known.size]
    return float(np.sqrt(max(float(squares @ later) * float(others @ before), 1e-300)))


def _past(values: Floats, max_lag: int) -> Floats:
    """Put zeros before the first value and leave the last out, which is nobody's past."""
    return np.concatenate((np.zeros(max_lag), values[:-1]))


def _sums(past: Floats, follower: Floats) -> Floats:
    """Sum ``leader[t - lag] * follower[t]`` over t, from a lag of one up to the longest."""
    return np.correlate(past, follower, "valid")[::-1]


def beside_own_past(innovations: Floats, moves: Floats, pairs: Pairs, lag: Index) -> Floats:
    """Give each pair's statistic at its lag while the follower's own past is left in its moves."""
    t = np.zeros(lag.size)
    led, followed = (np.nan_to_num(each, nan=0.0) for each in (innovations, moves))
    for number, (leader, follower, k) in enumerate(zip(*pairs, lag, strict=True)):
        z = led[leader, : led.shape[1] - k] * followed[follower, k:]
        t[number] = z.sum() / np.sqrt(max(float(z @ z), 1e-300))
    return t


class Seen(NamedTuple):
    """What the rest of the sample says of a lead found in its first part."""

    t: Floats
    p: Floats


def in_the_rest(innovations: Floats, split: int, pairs: Pairs, found: Measured) -> Seen:
    """Test leads where the follower's rows are those from ``split`` on, at the lag found before.

    The p-values are one-sided, in the direction found; one where nothing was found, or fewer than
    ``FEWEST`` days are left to test it.
    """
    t = np.zeros(found.lag.size)
    filled = np.nan_to_num(innovations, nan=0.0)
    for number, (leader, follower, lag) in enumerate(
        zip(pairs.leader, pairs.follower, found.lag, strict=True)
    ):
        z = filled[leader, split - lag : filled.shape[1] - lag] * filled[follower, split:]
        if np.count_nonzero(z) >= FEWEST:
            t[number] = z.sum() / np.sqrt(z @ z)
    nothing = (t == 0) | (found.t == 0)
    return Seen(t, np.where(nothing, 1.0, np.exp(log_ndtr(-np.sign(found.t) * t))))
