"""Is the best of many rules better than none: superior predictive ability, and which of them."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import fft

from leadline.kernels.resample import stationary_indices

Floats = NDArray[np.float64]
Real = NDArray[np.floating[Any]]
Studentise = Literal["none", "once", "each"]
CHUNK = 128
"""Resamples counted at a time, so that their positions never take more than a few megabytes."""
TINY = 1e-300


class Superior(NamedTuple):
    """Whether the best rule beats the benchmark, after the search.

    ``t`` holds each rule's statistic, ``statistic`` the largest of them and zero. The three p
    differ in what they assume of rules that did badly: ``p_upper`` that they are as good as the
    benchmark, ``p_lower`` that they are as bad as they look, ``p_consistent`` decides by the law
    of the iterated logarithm (Hansen 2005, section 3).
    """

    t: Floats
    statistic: float
    best: int
    p_lower: float
    p_consistent: float
    p_upper: float


class Stepwise(NamedTuple):
    """Which rules beat the benchmark, with control of the family-wise error rate."""

    p_adjusted: Floats
    superior: NDArray[np.bool_]


def stationary_counts(n: int, n_obs: int, block: float, rng: Generator) -> Floats:
    """Count how often each observation is drawn by the stationary bootstrap, shape (n, n_obs).

    A resampled mean of any series is then a row of ``counts @ series / n_obs``, so that the means
    of all rules in all resamples are one matrix product.
    """
    out = np.empty((n, n_obs))
    for start in range(0, n, CHUNK):
        rows = min(CHUNK, n - start)
        index = stationary_indices(rows, n_obs, block, rng)
        index += np.arange(rows)[:, None] * n_obs
        out[start : start + rows] = np.bincount(index.ravel(), minlength=rows * n_obs).reshape(
            rows, n_obs
        )
    return out


def long_run_deviation(values: Floats, block: float) -> Floats:
    """Give the standard deviation of ``sqrt(n_obs)`` times the stationary bootstrap's mean.

    In closed form (Politis and Romano 1994, lemma 1), as Hansen (2005) studentises.

    Parameters
    ----------
    values : ndarray of float64, shape (n_obs, n_rules)
    """
    n = values.shape[0]
    centred = values - values.mean(axis=0)
    size = fft.next_fast_len(2 * n, real=True)
    spectrum = fft.rfft(centred, size, axis=0)
    covariance = fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[:n] / n
    lag = np.arange(n)
    keep = 1.0 - 1.0 / block
    kernel = (1 - lag / n) * keep**lag + (lag / n) * keep ** (n - lag)
    kernel[1:] *= 2
    kernel[0] = 1.0
    return np.asarray(np.sqrt(np.maximum(kernel @ covariance, TINY)))


def superior(
    values: Floats, counts: Floats, *, block: float, studentise: Studentise = "each"
) -> Superior:
    """Test whether the best rule's mean exceeds zero, paying for the search.

    Null: no rule's expected value exceeds zero (Hansen 2005). ``studentise`` divides by the
    long-run deviation found ``once``, as Hansen does; by the standard deviation of ``each``
    resample, as Romano and Wolf (2005, section 4.2) advise, for values without memory; or by
    ``none``, which lets the noisiest rule set the critical value (White 2000).

    Parameters
    ----------
    values : ndarray of float64, shape (n_obs, n_rules)
        What each rule gained over the benchmark.
    counts : ndarray of float64, shape (n_resamples, n_obs)
        From ``stationary_counts`` with mean block length ``block``.
    """
    n_obs = values.shape[0]
    t, drawn, deviation = _studentised(values, counts, block, studentise)
    shifts = _shifts(t, np.sqrt(n_obs) * values.mean(axis=0) / deviation, n_obs)
    return _p_values(t, np.stack([(drawn + shift).max(axis=1) for shift in shifts]))


def step_down(
    values: Floats,
    counts: Floats,
    *,
    block: float,
    alpha: float = 0.05,
    studentise: Studentise = "each",
) -> Stepwise:
    """Name the rules whose mean exceeds zero (Romano and Wolf 2005, algorithm 4.1).

    Each step compares what is left with the largest that chance reaches among what is left, so
    that it finds more than the first step alone; p-values are adjusted as in Romano and Wolf
    (2016). Parameters as in ``superior``.
    """
    t, drawn, _ = _studentised(values, counts, block, studentise)
    order = np.argsort(t, kind="stable")
    largest = np.maximum.accumulate(drawn[:, order], axis=1)
    p = (1 + np.count_nonzero(largest >= t[order], axis=0)) / (1 + counts.shape[0])
    # From the best rule down, no rule may look surer than the one above it.
    adjusted = np.empty(t.size)
    adjusted[order] = np.maximum.accumulate(p[::-1])[::-1]
    return Stepwise(adjusted, adjusted <= alpha + 1e-12)


def screen(tiles: Iterable[Real], counts: Real) -> Superior:
    """Do the test of ``superior`` over more rules than fit into memory.

    Each rule is divided by the deviation of its own resampled means, which is what
    ``long_run_deviation`` gives in closed form. Tiles and counts of float32 halve the time and
    keep three digits of p, enough to screen and not to judge.

    Parameters
    ----------
    tiles : iterable of ndarray, shape (n_obs, n_rules of the tile)
        What the rules gained over the benchmark; each is read once and overwritten.
    counts : ndarray, shape (n_resamples, n_obs)
    """
    n_resamples, n_obs = counts.shape
    found: list[Floats] = []
    largest = np.full((3, n_resamples), -np.inf)
    for tile in tiles:
        mean = tile.mean(axis=0, dtype=np.float64)
        # About their mean, so that float32 loses nothing to cancellation.
        drawn = counts @ np.subtract(tile, mean.astype(tile.dtype), out=tile)
        deviation = np.maximum(drawn.std(axis=0, dtype=np.float64), 1e-30)
        drawn /= deviation.astype(drawn.dtype)
        t = n_obs * mean / deviation
        for row, shift in zip(largest, _shifts(t, t, n_obs), strict=True):
            np.maximum(row, (drawn + shift.astype(drawn.dtype)).max(axis=1), out=row)
        found.append(t)
    return _p_values(np.concatenate(found), largest)


def _studentised(
    values: Floats, counts: Floats, block: float, studentise: Studentise
) -> tuple[Floats, Floats, Floats]:
    """Give t, what the resamples make of it about zero, and each rule's deviation."""
    n_obs = values.shape[0]
    mean = values.mean(axis=0)
    centred = values - mean
    drawn = np.sqrt(n_obs) * (counts @ centred) / n_obs
    if studentise == "each":
        deviation = np.maximum(values.std(axis=0), TINY)
        variance = counts @ centred**2 / n_obs - drawn**2 / n_obs
        # A resample may hold next to nothing of a rule that is seldom in the market.
        drawn /= np.sqrt(np.maximum(variance, (0.1 * deviation) ** 2))
        return np.sqrt(n_obs) * mean / deviation, drawn, deviation
    deviation = long_run_deviation(values, block)
    if studentise == "none":
        return np.sqrt(n_obs) * mean, drawn, deviation
    return np.sqrt(n_obs) * mean / deviation, drawn / deviation, deviation


def _shifts(t: Floats, studentised: Floats, n_obs: int) -> tuple[Floats, Floats, Floats]:
    """Say how far below zero each rule is taken to stand: lower, consistent, upper."""
    hopeless = studentised < -np.sqrt(2 * np.log(np.log(max(n_obs, 3))))
    return np.minimum(t, 0.0), np.where(hopeless, t, 0.0), np.zeros(t.size)


def _p_values(t: Floats, largest: Floats) -> Superior:
    best = int(np.argmax(t))
    statistic = max(float(t[best]), 0.0)
    lower, consistent, upper = (
        float((1 + np.count_nonzero(np.maximum(row, 0.0) >= statistic)) / (1 + row.size))
        for row in largest
    )
    return Superior(t, statistic, best, lower, consistent, upper)
