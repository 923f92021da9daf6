"""Lag profile, search-corrected p and simultaneous band of one pair.

The other build resamples each series by itself with the stationary bootstrap, correlates in both
directions with `ccf`, and takes the largest absolute correlation as its null. It is timed on 100
resamples, and what grows with them is scaled. It answers less well, too: resampling each series by
itself loses the volatility they share, and p comes out too small. Ours measures the profile, draws
random signs of the follower's innovations, and gives p and band from the same draws. With many lags
the sums over lags are made by FFT, with few by a matrix product. Beside a floor, the ratio is the
share of our time that the bare operation takes.
"""

from typing import Any

import numpy as np
from clock import Row, cpu, line
from scipy import fft
from scipy.signal import lfilter

from leadline.kernels import autoregression as ar
from leadline.kernels import cross_correlation as cc
from leadline.kernels.resample import signs

PEERS = ("statsmodels", "arch")
N_OBS, REACH, DRAWS = 4000, 250, 999
PEER_DRAWS = 100
LAGS = np.arange(-REACH, REACH + 1)
WEEKS, FEW_LAGS, WEEKLY_DRAWS = 600, np.arange(2, 27), 1999


def series(rng: np.random.Generator) -> tuple[Any, Any]:
    """Give two daily series with momentum and heavy tails, prewhitened."""
    moves = lfilter([1.0], [1.0, -0.2], rng.standard_t(5, (2, N_OBS)), axis=1)
    white = [ar.whiten(x, ar.fit(x)) for x in moves]
    return white[0] - white[0].mean(), white[1] - white[1].mean()


def max_test(x: Any, y: Any) -> cc.MaxTest:
    """Test the best of all lags."""
    return cc.max_test(x, y, LAGS, sign=0, n_resamples=DRAWS, rng=np.random.default_rng(1))


def ours(x: Any, y: Any) -> tuple[float, float]:
    """Profile, search-corrected p and simultaneous band of one pair."""
    cc.profile(x, y, LAGS)
    test = max_test(x, y)
    return test.p_value, cc.band_factor(test.deviations, 0.95, two_sided=True)


def peer(x: Any, y: Any, draws: int) -> tuple[float, float]:
    """Put the same together from statsmodels and arch."""
    from arch.bootstrap import StationaryBootstrap, optimal_block_length
    from statsmodels.tsa.stattools import ccf

    def both_directions(a: Any, b: Any) -> Any:
        return np.concatenate((ccf(a, b, nlags=REACH + 1)[:0:-1], ccf(b, a, nlags=REACH + 1)))

    lengths = [float(optimal_block_length(z)["stationary"].iloc[0]) for z in (x, y)]
    histories = [
        StationaryBootstrap(max(round(length), 1), z, seed=seed).bootstrap(draws)
        for seed, (length, z) in enumerate(zip(lengths, (x, y), strict=True))
    ]
    observed = np.abs(both_directions(x, y)).max()
    null = [
        np.abs(both_directions(one[0][0], other[0][0])).max()
        for one, other in zip(*histories, strict=True)
    ]
    return (1 + sum(r >= observed for r in null)) / (1 + draws), float(np.quantile(null, 0.95))


def scaled(x: Any, y: Any) -> float:
    """Give the peer's seconds for all resamples."""
    one, some = cpu(lambda: peer(x, y, 1), 3), cpu(lambda: peer(x, y, PEER_DRAWS), 3)
    # What does not grow with the draws (block lengths, the observed profile) counts once.
    return one + (some - one) / (PEER_DRAWS - 1) * (DRAWS - 1)


def floors(x: Any, y: Any) -> list[Row]:
    """Set a resample beside the bare operations that could make it."""
    test = cpu(lambda: max_test(x, y), 7)
    rng = np.random.default_rng(2)
    drawn = signs(DRAWS, N_OBS, rng).astype(np.float32)
    products = cc.products(x, y, LAGS).astype(np.float32)
    gemm = cpu(lambda: drawn @ products, 7)
    size = fft.next_fast_len(N_OBS + REACH, real=True)
    block = rng.standard_normal((cc.CHUNK, size))
    there_and_back = cpu(lambda: fft.irfft(fft.rfft(block, axis=1), size, axis=1), 30)

    def beside(what: str, name: str, floor: float) -> Row:
        each = f"{1e6 * floor / DRAWS:.0f} µs"
        return Row(
            what, f"{1e6 * test / DRAWS:.0f} µs", f"{name}: {each}", f"{floor / test:.2f}", "floor"
        )

    return [
        beside("… the max test alone, a resample", "bare sgemm of the same shape", gemm),
        beside(
            "… the same",
            f"one real FFT of {size:,} and back",
            there_and_back / cc.CHUNK * DRAWS,
        ),
    ]


def rows() -> list[Row]:
    """Give one pair against other libraries, and against the floor of the machine."""
    x, y = series(np.random.default_rng(0))

    def weekly() -> Any:
        rng = np.random.default_rng(1)
        return cc.max_test(
            x[:WEEKS], y[:WEEKS], FEW_LAGS, sign=1, n_resamples=WEEKLY_DRAWS, rng=rng
        )

    return [
        line(
            f"{N_OBS:,} days, lags ±{REACH}, {DRAWS} resamples: profile, p and band",
            cpu(lambda: ours(x, y), 7),
            "statsmodels `ccf` and arch `StationaryBootstrap`",
            lambda: scaled(x, y),
            at_least=10,
        ),
        *floors(x, y),
        line(
            f"{WEEKS} weeks, lags {FEW_LAGS[0]} to {FEW_LAGS[-1]}, {WEEKLY_DRAWS:,} resamples: "
            "p and band",
            cpu(weekly, 7),
        ),
    ]
