"""Histories that did not happen: signs, blocks, rotations."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[np.float64]
FLOOR = 0.05
TINY = 1e-300


def signs(n: int, n_obs: int, rng: Generator) -> NDArray[np.int8]:
    """Draw independent +1 and -1 (Rademacher multipliers), shape (n, n_obs).

    Liu (1988); Davidson and Flachaire (2008) show them ahead of other wild multipliers.
    """
    n_bytes = -(-n_obs // 8)
    bits = np.frombuffer(rng.bytes(n * n_bytes), dtype=np.uint8).reshape(n, n_bytes)
    # In place, for a quarter of the time goes into moving memory.
    drawn = np.unpackbits(bits, axis=1, count=n_obs).view(np.int8)
    drawn *= 2
    drawn -= 1
    return drawn


def stationary_indices(n: int, n_obs: int, block: float, rng: Generator) -> NDArray[np.intp]:
    """Draw row indices of the stationary bootstrap (Politis and Romano 1994), shape (n, n_obs).

    Blocks start anywhere, wrap around, and have geometric length with mean ``block``.
    """
    new = rng.random((n, n_obs)) < 1.0 / block
    new[:, 0] = True
    starts = rng.integers(0, n_obs, (n, n_obs))
    position = np.arange(n_obs)
    last = np.maximum.accumulate(np.where(new, position, 0), axis=1)
    origin = np.take_along_axis(starts, last, axis=1)
    return (origin + position - last) % n_obs


def automatic_block(x: Floats) -> float:
    """Choose the mean block length of the stationary bootstrap for the mean of ``x``.

    Politis and White (2004) with the correction of Patton, Politis and White (2009). Where their
    text takes as bandwidth the last lag before a run of insignificant correlations, we take the
    first lag of the run, and each correlation over the values that both ends leave, so that the
    length is that of ``arch``; a length under one observation counts as one.

    Parameters
    ----------
    x : ndarray of float64, shape (n_obs,)
        At least twelve values.
    """
    n = x.size
    run = max(5, int(np.log10(n)))
    most = min(int(np.ceil(np.sqrt(n))) + run, n - 2)
    centred = x - x.mean()
    if not np.any(centred):
        return 1.0
    size = fft.next_fast_len(n + most, real=True)
    spectrum = fft.rfft(centred, size)
    covariance = fft.irfft(spectrum * np.conj(spectrum), size)[: most + 1] / n
    squares = np.concatenate(([0.0], np.cumsum(centred**2)))
    lags = np.arange(1, most + 1)
    ends = (squares[-1] - squares[lags + 1]) * squares[n - lags - 1]
    correlation = np.abs(covariance[1:]) * n / np.sqrt(ends)
    insignificant = correlation[:-1] < 2 * np.sqrt(np.log10(n) / n)
    quiet = np.lib.stride_tricks.sliding_window_view(insignificant, run).all(axis=1)
    first = int(np.argmax(quiet)) + 1 if quiet.any() else most
    lags = lags[: min(2 * first, most)]
    taper = np.minimum(1.0, 2.0 * (1.0 - lags / lags[-1]))
    slope = 2 * float(np.sum(taper * lags * covariance[lags]))
    long_run = covariance[0] + 2 * float(np.sum(taper * covariance[lags]))
    longest = np.ceil(min(3 * np.sqrt(n), n / 3))
    # Where the long-run variance comes out at nothing, only the bound is left.
    block = longest if long_run == 0 else ((slope / long_run) ** 2 * n) ** (1 / 3)
    return float(min(max(block, 1.0), longest))


def past_scale(x: Floats, *, window: int = 60) -> Floats:
    """Root mean square of the ``window`` values before each, along the last axis; no look-ahead.

    The first ``window`` positions take the values at hand, at least five, and before those the
    root mean square of the first five: a start-up convention, the same for any later data.
    """
    n_obs = x.shape[-1]
    total = np.zeros((*x.shape[:-1], n_obs + 1))
    np.cumsum(x**2, axis=-1, out=total[..., 1:])
    start_up = min(5, n_obs)
    out = np.empty_like(total[..., :-1])
    out[..., :start_up] = total[..., start_up, None] / start_up
    head = min(window, n_obs)
    out[..., start_up:head] = total[..., start_up:head] / np.arange(start_up, head)
    out[..., head:] = (total[..., head:n_obs] - total[..., : n_obs - head]) / window
    # After a flat stretch the next move would be infinitely many of these: the scale stays above
    # a twentieth of that of all the past. Cancellation can leave a tiny negative in its place.
    ever = total[..., :-1] / np.maximum(np.arange(n_obs), 1)
    ever[..., :start_up] = out[..., :start_up]
    np.maximum(out, FLOOR**2 * ever, out=out)
    return np.asarray(np.sqrt(np.maximum(out, TINY, out=out), out=out))


def slow_cycles(n_obs: int, n_cosines: int) -> Floats:
    """Give orthonormal cosines of 1/2, 1, 3/2 ... turns over the sample, (n_obs, n_cosines).

    Mueller and Watson (2018) use them to hold what is slower than the sample can tell.
    """
    t = np.arange(n_obs) + 0.5
    j = np.arange(1, n_cosines + 1)
    return np.asarray(np.sqrt(2.0 / n_obs) * np.cos(np.pi * np.outer(t, j) / n_obs))


def without_slow_cycles(x: Floats, n_cosines: int) -> Floats:
    """Take the first ``n_cosines`` slow cycles out of ``x`` along its last axis; keep the mean."""
    basis = slow_cycles(x.shape[-1], n_cosines)
    return x - (x @ basis) @ basis.T
