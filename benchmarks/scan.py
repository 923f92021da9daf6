"""All pairs of a universe: lagged statistics, Granger tests, and a pair of tick series.

The other build of a scan makes a matrix product of innovations and one of their squares at every
lag, and keeps the running maximum. Ours sums over blocks of time at every frequency, and goes back
from frequencies to lags, so that it needs a twentieth of the multiplications; the effective rate is
that of the products which the other build would have had to make in our time, beside the rate of
one large product. The loops over pairs find a correlation alone, without a robust statistic, and
are timed on some pairs and scaled. Both directions of all pairs are counted everywhere. Time grows
with N², where 1.5 between the largest and the least multiple is 20 % to either side of one, and
more slowly than N² T: the way back to lags is the same however long the series, so that the time
is a N² T + b N² K over K lags, fitted by least squares of its relative departures. The same lines
say how far N² T alone is off; longer series are the cheaper by it. Granger tests of the other
library are timed on some pairs and scaled, too; ours are equal to 1e-9. Dask's workers are
processes with one BLAS thread each, timed on the wall from a cluster that has scanned before;
5,000 series are scanned in a process of its own if the environment variable LEADLINE_BENCH_LARGE
is set, for it takes minutes.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from clock import Row, cpu, line, span, times, took

from leadline import executors
from leadline.kernels import all_granger, asynchronous, lag_scan
from leadline.kernels.lag_scan_resampled import best_lags_resampled
from leadline.kernels.resample import signs
from leadline.scan import scan as whole_scan

PEERS = ("pandas", "statsmodels", "pyunicorn", "lead-lag", "torch")
N_SERIES, N_OBS, REACH = 1000, 2500, 60
PAIRS = N_SERIES * (N_SERIES - 1) // 2
N_TICKS = 100_000
ROUNDS = 8


def innovations(n_series: int = N_SERIES, n_obs: int = N_OBS) -> Any:
    """Give heavy-tailed innovations."""
    rng = np.random.default_rng(0)
    return rng.standard_t(5, (n_series, n_obs)).astype(np.float32)


def scan(values: Any) -> lag_scan.Tile:
    """Find the best lag of all pairs."""
    block = lag_scan.Block(values)
    return lag_scan.best_lags(block, block, max_lag=REACH)


def by_lag(values: Any) -> Any:
    """Find them with two matrix products a lag."""
    u = lag_scan.Block(values)
    best = np.zeros((values.shape[0],) * 2, dtype=np.float32)
    lag = np.zeros(best.shape, dtype=np.int16)
    for k in range(REACH + 1):
        early, late = slice(None, N_OBS - k), slice(k, None)
        t = u.values[:, early] @ u.values[:, late].T
        t /= np.sqrt(u.squares[:, early] @ u.squares[:, late].T)
        np.abs(t, out=t)
        if k:
            better = t > best
            best[better] = t[better]
            lag[better] = k
    return best, lag


def rate(values: Any) -> float:
    """Give multiplications and additions a second of one large product."""
    turned = np.ascontiguousarray(values.T)
    return 2 * N_SERIES**2 * N_OBS / cpu(lambda: values @ turned, 7)


def loop(values: Any, one: Callable[[Any, Any], Any], n_pairs: int) -> float:
    """Time some pairs and scale to all."""
    some = [(values[i], values[i + 1]) for i in range(n_pairs)]
    return cpu(lambda: [one(x, y) for x, y in some], 2) / n_pairs * PAIRS


def pandas_loop(values: Any) -> float:
    """Shift and correlate, lag by lag."""
    import pandas as pd

    def one(x: Any, y: Any) -> Any:
        a, b = pd.Series(x), pd.Series(y)
        return max(abs(a.shift(k).corr(b)) for k in range(-REACH, REACH + 1))

    return loop(values, one, 5)


def statsmodels_loop(values: Any) -> float:
    """Correlate in both directions."""
    from statsmodels.tsa.stattools import ccf

    def one(x: Any, y: Any) -> Any:
        return max(np.abs(ccf(a, b, nlags=REACH + 1)).max() for a, b in ((x, y), (y, x)))

    return loop(values.astype(np.float64), one, 50)


def pyunicorn_all(values: Any) -> float:
    """Let pyunicorn go over the pairs of some series."""
    from pyunicorn.funcnet import CouplingAnalysis

    some = 40
    work = CouplingAnalysis(values[:some].T.astype(np.float64), silence_level=3)
    taken = cpu(lambda: work.cross_correlation(tau_max=REACH, lag_mode="max"), 2)
    return taken / (some * (some - 1) / 2) * PAIRS


def of_shapes(*shapes: tuple[int, int]) -> Any:
    """Time the scans of universes of these sizes, in turns, so that all share what disturbs."""
    universes = [innovations(*shape) for shape in shapes]

    def each() -> list[float]:
        # The quicker a scan, the more often, so that all have as much time to go undisturbed.
        return [cpu(partial(scan, v), max(1, N_SERIES // len(v))) for v in universes]

    rounds = [each() for _ in range(ROUNDS)]
    # The first round also makes room and compiles.
    return np.min(rounds[1:], axis=0)


def scans() -> list[Row]:
    """Give the scan against other builds."""
    values = innovations()
    ours = cpu(lambda: scan(values))
    what = f"{N_SERIES:,} series, {N_OBS:,} days, lags ±{REACH}: robust t and best lag, all pairs"
    effective = 2 * 2 * N_SERIES**2 * N_OBS * (REACH + 1) / ours
    bare = rate(values)
    gaps = values.copy()
    gaps[np.random.default_rng(1).random(gaps.shape) < 0.1] = np.nan
    gaps[: N_SERIES // 2, : N_OBS // 2] = np.nan
    return [
        line(
            what, ours, "two products a lag", lambda: cpu(lambda: by_lag(values), 2), at_least=2.86
        ),
        Row(
            "… the other build's operations in our time",
            f"{effective / 1e9:,.0f} GFLOP/s",
            f"one large product: {bare / 1e9:,.0f} GFLOP/s",
            times(effective / bare),
            "ratio at least 1.5",
            missed=effective < 1.5 * bare,
        ),
        line(
            "… the same",
            ours,
            "pandas `shift` and `corr`",
            lambda: pandas_loop(values),
            at_least=500,
        ),
        line(
            "… the same", ours, "statsmodels `ccf`", lambda: statsmodels_loop(values), at_least=300
        ),
        line("… the same", ours, "pyunicorn", lambda: pyunicorn_all(values), at_least=75),
        line(
            "… 10 % of all values missing, half the series late",
            cpu(lambda: scan(gaps)),
            "without gaps",
            lambda: ours,
            at_least=1 / 3,
        ),
        resampling(values),
        *growth(),
        workers(),
        large(),
    ]


def growth() -> list[Row]:
    """Say how time grows with series and with days."""
    sizes = np.array([250, 500, 1000, 2000])
    each = of_shapes(*((n, N_OBS) for n in sizes)) / sizes**2
    spread = max(each) / min(each)
    lengths = np.array([1000, 1500, 2000, 3000, 4000])
    taken = of_shapes(*((500, n_obs) for n_obs in lengths)) / 500**2
    terms = np.stack((lengths, np.full(lengths.size, REACH + 1)), axis=1)
    (each_day, each_lag), *_ = np.linalg.lstsq(terms / taken[:, None], np.ones(lengths.size))
    off = taken / (terms @ (each_day, each_lag)) - 1
    far = int(np.argmax(np.abs(off)))
    each_length = taken / lengths
    return [
        Row(
            "… 250 to 2,000 series: largest over least time by N²",
            f"{spread:.2f}",
            bar="at most 1.5",
            missed=spread > 1.5,
        ),
        Row(
            f"… 1,000 to 4,000 days: a N² T + b N² K, with a = {each_day * 1e9:.2f} ns and "
            f"b = {each_lag * 1e9:.1f} ns; farthest from it, at {lengths[far]:,} days",
            f"{off[far]:+.0%}",
            bar="within 20 %",
            missed=bool(abs(off[far]) > 0.2),
        ),
        Row(
            "… 1,000 to 4,000 days: largest over least time by N² T alone",
            f"{each_length.max() / each_length.min():.2f}",
        ),
        Row(
            "… 4,000 days instead of 1,000: times the time",
            f"{taken[-1] / taken[0]:.2f}",
            bar="at most 4.8",
            missed=bool(taken[-1] / taken[0] > 4.8),
        ),
    ]


def prices(n_series: int, n_obs: int) -> Any:
    """Give prices as a scan takes them."""
    import pandas as pd

    moves = innovations(n_series, n_obs).T.astype(np.float64) / 100
    days = pd.bdate_range("2010-01-01", periods=n_obs)
    return pd.DataFrame(np.exp(np.cumsum(moves, axis=0)), index=days)


def workers() -> Row:
    """Let two workers of Dask share the resamples of a scan."""
    what = f"… 199 resamples of 256 series, {N_OBS:,} days, on two workers of Dask, on the wall"
    bar = "ratio at least 1.7"
    try:
        from distributed import LocalCluster
    except ModuleNotFoundError:
        return Row(what, "distributed is not installed", bar=bar)
    frame = prices(256, N_OBS)
    cluster: Any = LocalCluster  # publishes no types

    def once(n_workers: int) -> float:
        with cluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as held:
            address = held.scheduler_address.replace("tcp://", executors.DASK)

            def work(resamples: int) -> Any:
                return whole_scan(frame, REACH, resamples=resamples, decoys=False, executor=address)

            # Libraries are loaded, and code compiled, in every worker before it counts.
            work(49)
            return took(lambda: work(199)).wall

    # In turns, so that other programs disturb both alike.
    alone, shared = (
        min(each) for each in zip(*((once(1), once(2)) for _ in range(3)), strict=True)
    )
    ratio = alone / shared
    return Row(what, span(shared), f"one worker: {span(alone)}", times(ratio), bar, ratio < 1.7)


def large() -> Row:
    """Scan 5,000 series and say how much memory that took at its peak."""
    what, bar = f"… 5,000 series, {N_OBS:,} days, the whole scan: peak memory", "at most 3 GiB"
    if not os.environ.get("LEADLINE_BENCH_LARGE"):
        return Row(what, "not run: LEADLINE_BENCH_LARGE is not set", bar=bar)
    code = (
        "import resource, scan\n"
        f"scan.whole_scan(scan.prices(5000, {N_OBS}), {REACH})\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    gibibytes = int(done.stdout) / 2**20
    seconds = time.perf_counter() - begun
    return Row(what, f"{gibibytes:.2f} GiB", f"in {span(seconds)}", "", bar, gibibytes > 3)


def resampling(values: Any) -> Row:
    """Time a resample of the whole cross-section beside a product a lag."""
    block = lag_scan.Block(values)
    drawn = signs(5, N_OBS, np.random.default_rng(2))

    def draw(n: int) -> Any:
        return best_lags_resampled(block, block, drawn[:n], max_lag=REACH)

    # What does not grow with the draws counts once for all of them.
    each = (cpu(lambda: draw(5), 2) - cpu(lambda: draw(1), 2)) / 4
    products = cpu(lambda: values @ np.ascontiguousarray(values.T), 5) * REACH
    return line("… a resample of all pairs", each, "a bare product a lag", lambda: products)


def granger() -> list[Row]:
    """Give Granger tests of all pairs against a loop."""
    moves = innovations().astype(np.float64)
    few, lags = moves[:100], 5

    def peer() -> float:
        from statsmodels.tsa.stattools import grangercausalitytests

        def one(i: int) -> Any:
            return grangercausalitytests(few[[i, i + 1]].T, [lags])

        return cpu(lambda: [one(i) for i in range(20)], 2) / 20 * 100 * 99

    return [
        line(
            f"Granger, 100 series, {N_OBS:,} days, {lags} lags, all ordered pairs: F and p",
            cpu(lambda: all_granger.all_pairs(few, lags=lags)),
            "statsmodels `grangercausalitytests`",
            peer,
            at_least=300,
        ),
        line(
            "… 1,000 series",
            cpu(lambda: all_granger.all_pairs(moves, lags=lags), 3),
            at_most=6,
        ),
        line(
            "… 1,000 series, Toda and Yamamoto's with the market held constant",
            cpu(
                lambda: all_granger.all_pairs(
                    np.cumsum(moves, axis=1), lags=lags, augment=1, controls=few[:1].cumsum(axis=1)
                ),
                2,
            ),
        ),
    ]


def ticks() -> list[Row]:
    """Give a pair of tick series against another library."""
    rng = np.random.default_rng(3)
    series = []
    for _ in range(2):
        # On a grid of ten places a tick, for the other library cannot do without one.
        series.append(np.sort(rng.choice(10 * N_TICKS, N_TICKS, replace=False)).astype(np.int64))
        series.append(np.cumsum(rng.standard_normal(N_TICKS)))
    lags = 10 * np.arange(-20, 21)
    draws = 32

    def test() -> Any:
        return asynchronous.max_test(*series, lags, n_resamples=draws, rng=np.random.default_rng(4))

    return [
        line(
            f"Hayashi–Yoshida, {N_TICKS:,} ticks each: a lag",
            cpu(lambda: asynchronous.contrast(*series, lags), 5) / lags.size,
            "lead-lag",
            lambda: lead_lag(*series),
            at_least=100,
            at_most=0.003,
        ),
        line("… a resample of a lag", cpu(test, 3) / lags.size / draws),
    ]


def lead_lag(x_times: Any, x: Any, y_times: Any, y: Any) -> float:
    """Time a lag of the other library, once its own grid is filled."""
    from lead_lag.lead_lag_impl import shifted_modified_hy_estimator

    grids = np.full((2, 10 * N_TICKS), np.nan)
    grids[0, x_times], grids[1, y_times] = x, y
    places = (*grids, x_times, y_times, 10)
    return cpu(lambda: shifted_modified_hy_estimator(*places, normalize=True), 2)


def device() -> list[Row]:
    """Give the scan on a graphics processor, where there is one, beside its own large product."""
    what = f"… on a graphics processor, {4 * N_SERIES:,} series"
    try:
        import torch
    except ModuleNotFoundError:
        return [Row(what, "PyTorch is not installed")]
    if not torch.cuda.is_available():
        return [Row(what, "none on this machine")]
    values = innovations(4 * N_SERIES)
    there = torch.as_tensor(values, device="cuda")

    def product() -> None:
        _ = there @ there.T
        torch.cuda.synchronize()

    def wall(work: Callable[[], Any]) -> float:
        return min(took(work).wall for _ in range(5))

    seconds, bare = wall(lambda: scan(there)), wall(product)
    n_pairs = (4 * N_SERIES) ** 2
    effective = 2 * 2 * n_pairs * N_OBS * (REACH + 1) / seconds
    pace = 2 * n_pairs * N_OBS / bare
    off = np.abs(scan(there[:500]).forward.t - scan(values[:500]).forward.t).max()
    return [
        Row(
            f"{what} ({torch.cuda.get_device_name()}), on the wall; off by {off:.1e} at most",
            f"{span(seconds)}, {effective / 1e12:.1f} TFLOP/s",
            f"one large product: {pace / 1e12:.1f} TFLOP/s",
            f"{effective / pace:.2f}",
        )
    ]


def rows() -> list[Row]:
    """Give scans, Granger tests and ticks."""
    return [*scans(), *device(), *granger(), *ticks()]
