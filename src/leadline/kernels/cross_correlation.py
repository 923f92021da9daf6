"""Which past of one series goes with the present of another, and with what certainty."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import fft

from leadline.kernels.resample import signs

Floats = NDArray[np.float64]
Lags = NDArray[np.int64]
MANY_LAGS = 120
"""Above so many lags a transform is cheaper than a matrix product (benchmarks/pair.py)."""
CHUNK = 32
"""Histories a block: what they take then stays in the cache."""


def lagged(leader: Floats, lags: Lags) -> Floats:
    """Put the leader's value ``lag`` observations before each row, (n_obs, n_lags); 0 outside."""
    n = leader.size
    out = np.zeros((n, lags.size))
    for column, lag in enumerate(lags):
        if lag >= 0:
            out[lag:, column] = leader[: n - lag]
        else:
            out[:lag, column] = leader[-lag:]
    return out


class Profile(NamedTuple):
    """Cross-correlation by lag; a positive lag means the leader moved before.

    ``r`` is the correlation, ``t`` the self-normalised statistic and ``error`` the standard
    error of ``r`` that goes with it.
    """

    lags: Lags
    r: Floats
    t: Floats
    error: Floats


def products(leader: Floats, follower: Floats, lags: Lags) -> Floats:
    """Give ``z[t, k] = leader[t - lag_k] * follower[t]``, shape (n_obs, n_lags)."""
    return lagged(leader, lags) * follower[:, None]


def profile(leader: Floats, follower: Floats, lags: Lags) -> Profile:
    """Measure correlation at each lag with a statistic robust to shared volatility.

    ``t = sum z / sqrt(sum z^2)`` (Dalla, Giraitis and Phillips 2022, eq. 2.6), on prewhitened
    inputs of mean zero.
    """
    total = _sums(leader, follower, lags)
    root = np.sqrt(np.maximum(_sums(leader**2, follower**2, lags), 1e-300))
    scale = np.sqrt(float(leader @ leader) * float(follower @ follower))
    return Profile(lags, total / scale, total / root, root / scale)


def _sums(leader: Floats, follower: Floats, lags: Lags) -> Floats:
    """Sum ``leader[t - lag] * follower[t]`` over t for each lag."""
    n = leader.size
    out = np.zeros(lags.size)
    for row, lag in enumerate(lags):
        k = int(lag)
        if 0 <= k < n:
            out[row] = leader[: n - k] @ follower[k:]
        elif -n < k < 0:
            out[row] = leader[-k:] @ follower[: n + k]
    return out


def _signed(leader: Floats, follower: Floats, lags: Lags) -> Callable[[NDArray[np.int8]], Floats]:
    """Give a function from signs (n, n_obs) to ``_sums`` of the signed followers, (n, n_lags)."""
    if lags.size <= MANY_LAGS:
        z = products(leader, follower, lags)
        return lambda drawn: np.asarray(drawn.astype(np.float64) @ z)
    size = fft.next_fast_len(leader.size + int(np.abs(lags).max()), real=True)
    turned = np.conj(fft.rfft(leader, size))
    places = lags % size

    def sums(drawn: NDArray[np.int8]) -> Floats:
        spectrum = fft.rfft(drawn * follower, size, axis=1)
        spectrum *= turned
        return np.asarray(fft.irfft(spectrum, size, axis=1, overwrite_x=True)[:, places])

    return sums


def _chunks(n_resamples: int) -> Iterator[slice]:
    for start in range(0, n_resamples, CHUNK):
        yield slice(start, min(start + CHUNK, n_resamples))


class MaxTest(NamedTuple):
    """What chance alone reaches in the same search.

    ``null`` holds the largest statistic of each draw, ``deviations`` by how much the profile
    ``r`` would stray from the truth in that draw, shape (n_resamples, n_lags).
    """

    p_value: float
    statistic: float
    null: Floats
    deviations: Floats


def max_test(
    leader: Floats,
    follower: Floats,
    lags: Lags,
    *,
    sign: int,
    n_resamples: int,
    rng: Generator,
) -> MaxTest:
    """Test the largest self-normalised statistic over ``lags``, paying for the search.

    Null: at no lag searched does the leader's past go with the sign of the follower's
    innovation. The follower's innovations get random signs, one for all lags, so that their
    sizes, and the volatility they share with the leader, stay where they were (Shao 2010;
    Chernozhukov, Chetverikov and Kato 2013).

    Parameters
    ----------
    sign : {1, -1, 0}
        Direction claimed; 0 for either.
    """
    found = profile(leader, follower, lags)
    observed = float(_towards(found.t, sign).max())
    to_r = 1 / np.sqrt(float(leader @ leader) * float(follower @ follower))
    to_t = to_r / found.error
    sums = _signed(leader, follower, lags)
    null = np.empty(n_resamples)
    strays = np.empty((n_resamples, lags.size))
    for rows in _chunks(n_resamples):
        drawn = signs(rows.stop - rows.start, follower.size, rng)
        total = sums(drawn)
        null[rows] = _towards(total * to_t, sign).max(axis=1)
        strays[rows] = total * to_r - _centre(drawn) * found.r
    return MaxTest(p_value(observed, null), observed, null, strays)


def _centre(drawn: NDArray[np.int8]) -> Floats:
    """Give what the signs leave of a mean of one: what is drawn strays from the truth, not zero."""
    return np.asarray(drawn.mean(axis=1, keepdims=True, dtype=np.float64))


def _towards(t: Floats, sign: int) -> Floats:
    return np.asarray(np.abs(t) if sign == 0 else sign * t)


def p_value(observed: float, null: Floats) -> float:
    """Give ``(1 + #{null >= observed}) / (1 + n)`` (Phipson and Smyth 2010)."""
    return float((1 + np.count_nonzero(null >= observed)) / (1 + null.size))


def deviations(
    leader: Floats, follower: Floats, lags: Lags, n_resamples: int, rng: Generator
) -> Floats:
    """Draw by how much the profile ``r`` would stray from the truth, (n_resamples, n_lags)."""
    scale = np.sqrt(float(leader @ leader) * float(follower @ follower))
    mean = _sums(leader, follower, lags) / scale
    sums = _signed(leader, follower, lags)
    out = np.empty((n_resamples, lags.size))
    for rows in _chunks(n_resamples):
        drawn = signs(rows.stop - rows.start, follower.size, rng)
        out[rows] = sums(drawn) / scale - _centre(drawn) * mean
    return out


def band_factor(drawn: Floats, level: float, *, two_sided: bool) -> float:
    """Give the sup-t factor: how many standard errors cover all lags at once.

    Montiel Olea and Plagborg-Moller (2019), algorithm 2.
    """
    studentised = drawn / np.maximum(drawn.std(axis=0), 1e-300)
    widest = np.abs(studentised).max(axis=1) if two_sided else studentised.max(axis=1)
    return float(np.quantile(widest, level))


def lag_set(r: Floats, drawn: Floats, level: float = 0.90) -> NDArray[np.intp]:
    """Positions of the lags that cannot be told from the best at ``level``.

    Every difference from the best lag is studentised, and the largest over lags sets the
    critical value: one step of the model confidence set (Hansen, Lunde and Nason 2011).
    """
    best = int(np.argmax(r))
    difference = drawn[:, [best]] - drawn
    error = np.maximum(difference.std(axis=0), 1e-300)
    studentised = np.abs(difference) / error
    studentised[:, best] = 0.0
    critical = float(np.quantile(studentised.max(axis=1), level))
    return np.flatnonzero((r[best] - r) / error <= critical)
