"""From statistics to p-values that pay for the search: over lags, and over all pairs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, log_ndtr

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

PER_DECADE = 16
DECADES = 32
N_BINS = PER_DECADE * DECADES + 1
"""Bins of log p: sixteen a power of ten, and one for everything below 1e-32."""
MARGIN = np.log(1.1)
"""What single precision may add to log p: about a threshold, |t| is off by 1e-3 (1 + |t|)."""


def log_p(t: ArrayLike, n_lags: ArrayLike) -> Floats:
    """Give the log of the two-sided p of the largest of ``n_lags`` statistics.

    ``p = 1 - (1 - 2 Phi(-|t|))^n`` (Sidak 1967), accurate where p itself would underflow.
    """
    one = np.log(2.0) + log_ndtr(-np.abs(np.asarray(t, dtype=np.float64)))
    counted = np.maximum(np.asarray(n_lags, dtype=np.float64), 1.0)
    with np.errstate(divide="ignore"):
        # Where 1 - p rounds to one, the sum of the p's is all there is.
        searched = np.log(-np.expm1(counted * np.log1p(-np.exp(np.minimum(one, 0.0)))))
    return np.asarray(np.where(one < -30.0, one + np.log(counted), searched))


def histogram(log_ps: ArrayLike) -> Counts:
    """Count p-values in bins of equal width in log p; histograms add up."""
    return np.bincount(_bins(np.asarray(log_ps, dtype=np.float64).ravel()), minlength=N_BINS)


def _bins(log_ps: Floats) -> Counts:
    bins = np.clip(log_ps / -np.log(10.0) * PER_DECADE, 0, N_BINS - 1)
    return np.asarray(bins, dtype=np.int64)


def upper_edges() -> Floats:
    """Give the log of the largest p in each bin."""
    return np.asarray(-np.arange(N_BINS) * np.log(10.0) / PER_DECADE)


def cut(counts: Counts, level: float, at_least: int) -> float:
    """Give a log p below which lie all that Benjamini and Hochberg (1995) may reject at ``level``.

    At least so many pairs lie below it, where there are as many.
    """
    total = int(counts.sum())
    below = np.cumsum(counts[::-1])[::-1]
    # The least that the estimate p * total / rank can be within a bin.
    ranks = np.log(np.maximum(below, 1))
    best = np.append(upper_edges()[1:], -np.inf) + np.log(max(total, 1)) - ranks
    possible = np.flatnonzero((best <= np.log(level)) & (below > 0))
    enough = np.flatnonzero(below >= min(at_least, total))
    bins = [int(possible[0])] if possible.size else []
    bins += [int(enough[-1])] if enough.size else []
    return float(upper_edges()[min(bins)] + MARGIN) if bins else -np.inf


class Discoveries(NamedTuple):
    """False discovery rates at which each listed pair would count."""

    bh: Floats
    by: Floats


def q_values(listed: Floats, counts: Counts) -> Discoveries:
    """Give q-values of the pairs with the smallest p, among all whose histogram is ``counts``.

    Benjamini and Hochberg (1995), and Benjamini and Yekutieli (2001) for any dependence. Exact
    where the threshold lies among those listed; beyond them only edges of bins are thresholds,
    which can only make a q-value larger.

    Parameters
    ----------
    listed : ndarray of float64
        Log p of every pair up to some threshold, in any order.
    """
    total = int(counts.sum())
    order = np.argsort(listed, kind="stable")
    rank = np.arange(1, listed.size + 1)
    estimate = listed[order] + np.log(total) - np.log(rank)
    beyond = 0.0
    if listed.size:
        below = np.cumsum(counts[::-1])[::-1]
        coarse = (upper_edges() > listed[order[-1]]) & (below > listed.size)
        if coarse.any():
            beyond = float(np.min(upper_edges()[coarse] + np.log(total) - np.log(below[coarse])))
    least = np.minimum.accumulate(np.append(estimate, beyond)[::-1])[::-1][:-1]
    bh = np.empty(listed.size)
    bh[order] = np.exp(np.minimum(least, 0.0))
    harmonic = float(digamma(total + 1) + np.euler_gamma)
    return Discoveries(bh, np.minimum(bh * harmonic, 1.0))


def false_share(listed: Floats, decoys: Counts, n_pairs: int) -> Floats:
    """Give the share of false discoveries that decoys suggest if each pair were the last to count.

    Decoys with a p as small, per pair, over pairs with a p as small; at the resolution of the
    histogram, counting against the pairs, and never falling as p grows. NaN where there is no
    decoy pair.
    """
    n_decoys = int(decoys.sum())
    if n_decoys == 0 or listed.size == 0:
        return np.full(listed.size, np.nan)
    order = np.argsort(listed, kind="stable")
    below = np.cumsum(decoys[::-1])[::-1]
    share = below[_bins(listed[order])] / n_decoys * n_pairs / np.arange(1, listed.size + 1)
    least = np.minimum.accumulate(share[::-1])[::-1]
    out = np.empty(listed.size)
    out[order] = np.minimum(least, 1.0)
    return out


def step_down(observed: Floats, drawn: Floats, rest: Floats) -> Floats:
    """Give family-wise p-values of the listed pairs (Westfall and Young 1993, algorithm 2.8).

    Null: no pair's past goes with another's present; the draws keep what all pairs share. A pair
    is compared with the largest of those that are not ahead of it, listed or not, so the result
    is that of stepping through all pairs.

    Parameters
    ----------
    observed : ndarray of float64, shape (n_listed,)
        Statistics, larger for the pair. No pair that is not listed has a larger one.
    drawn : ndarray, shape (n_resamples, n_listed)
        What chance gives the same pairs.
    rest : ndarray, shape (n_resamples,)
        The largest that chance gives to any other pair.
    """
    order = np.argsort(-observed, kind="stable")
    behind = np.column_stack((drawn[:, order], rest))
    largest = np.maximum.accumulate(behind[:, ::-1], axis=1)[:, ::-1][:, :-1]
    exceeded = np.count_nonzero(largest >= observed[order], axis=0)
    p = (1 + exceeded) / (1 + drawn.shape[0])
    out = np.empty(observed.size)
    out[order] = np.maximum.accumulate(p)
    return out
