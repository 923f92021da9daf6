"""Histories that did not happen: signs, blocks, rotations."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def signs(n: int, n_obs: int, rng: Generator) -> Floats:
    """Draw independent +1 and -1 (Rademacher multipliers), shape (n, n_obs).

    Liu (1988); Davidson and Flachaire (2008) show them ahead of other wild multipliers.
    """
    n_bytes = -(-n_obs // 8)
    bits = np.frombuffer(rng.bytes(n * n_bytes), dtype=np.uint8).reshape(n, n_bytes)
    return np.unpackbits(bits, axis=1, count=n_obs).astype(np.float64) * 2.0 - 1.0


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

    Politis and White (2004) with the correction of Patton, Politis and White (2009).

    Parameters
    ----------
    x : ndarray of float64, shape (n_obs,)
        At least ten values.
    """
    n = x.size
    k_n = max(5, int(np.ceil(np.sqrt(np.log10(n)))))
    m_max = int(np.ceil(np.sqrt(n))) + k_n
    b_max = float(np.ceil(min(3 * np.sqrt(n), n / 3)))
    centred = x - x.mean()
    size = 1 << int(np.ceil(np.log2(n + m_max + 1)))
    spectrum = np.fft.rfft(centred, size)
    covariance = np.fft.irfft(spectrum * np.conj(spectrum), size)[: m_max + 1] / n
    if covariance[0] <= 0:
        return 1.0
    correlation = np.abs(covariance / covariance[0])
    critical = 2 * np.sqrt(np.log10(n) / n)
    # The first lag after which k_n correlations in a row are insignificant.
    quiet = np.lib.stride_tricks.sliding_window_view(correlation[1:] < critical, k_n).all(axis=1)
    if quiet.any():
        m_hat = max(int(np.argmax(quiet)), 1)
    else:
        significant = np.flatnonzero(correlation[1:] > critical)
        m_hat = int(significant[-1]) + 1 if significant.size else 1
    m = min(2 * m_hat, m_max)
    lags = np.arange(1, m + 1)
    taper = np.minimum(1.0, 2.0 * (1.0 - lags / m))
    g = 2 * float(np.sum(taper * lags * covariance[1 : m + 1]))
    long_run = covariance[0] + 2 * float(np.sum(taper * covariance[1 : m + 1]))
    if long_run <= 0:
        return 1.0
    block = (2 * g**2 / (2 * long_run**2)) ** (1 / 3) * n ** (1 / 3)
    return float(min(max(block, 1.0), b_max))


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
    # Cancellation in the running sum can leave a tiny negative.
    scale = np.sqrt(np.maximum(out, 0.0, out=out), out=out)
    floor = 1e-12 * np.sqrt(np.mean(x**2) + 1e-300)
    return np.asarray(np.maximum(scale, floor))


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
