"""Measure what Leadline's speed is worth, beside the same work done with other libraries.

``python benchmarks/run.py`` prints one table; ``--write`` also puts it into docs/benchmarks.md.
Every ratio compares times of the same run, on one BLAS thread; times are of the CPU where nothing
else is said, the best of several, so that a busy machine does not decide.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import fft
from scipy.signal import lfilter
from threadpoolctl import threadpool_limits

from leadline.kernels import autoregression as ar
from leadline.kernels import cross_correlation as cc
from leadline.kernels import events
from leadline.kernels.resample import signs

N_OBS, REACH, DRAWS = 4000, 250, 999
PEER_DRAWS = 100
LAGS = np.arange(-REACH, REACH + 1)
DAYS, EVENTS = 5000, 100
AS_OF = date(2026, 8, 20)
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    beside: str
    ratio: str
    bar: str


def best(work: Callable[[], Any], repeats: int, clock: Callable[[], float]) -> float:
    """Give the shortest of several runs, in seconds."""
    taken = []
    for _ in range(repeats):
        start = clock()
        work()
        taken.append(clock() - start)
    return min(taken)


def cpu(work: Callable[[], Any], repeats: int = 7) -> float:
    """Give seconds of CPU."""
    return best(work, repeats, time.process_time)


def ms(seconds: float) -> str:
    """Write milliseconds."""
    return f"{1000 * seconds:,.2f} ms" if seconds < 0.01 else f"{1000 * seconds:,.0f} ms"


def pair(rng: np.random.Generator) -> tuple[Any, Any]:
    """Give two daily series with momentum and heavy tails, prewhitened."""
    moves = lfilter([1.0], [1.0, -0.2], rng.standard_t(5, (2, N_OBS)), axis=1)
    white = [ar.whiten(x, ar.fit(x)) for x in moves]
    return white[0] - white[0].mean(), white[1] - white[1].mean()


def ours(x: Any, y: Any) -> tuple[float, float]:
    """Profile, search-corrected p and simultaneous band of one pair."""
    rng = np.random.default_rng(1)
    cc.profile(x, y, LAGS)
    test = cc.max_test(x, y, LAGS, sign=0, n_resamples=DRAWS, rng=rng)
    return test.p_value, cc.band_factor(test.deviations, 0.95, two_sided=True)


def peer(x: Any, y: Any, draws: int) -> tuple[float, float]:
    """The same put together from statsmodels and arch, each series resampled by itself."""
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


def one_pair() -> list[Row]:
    """(a) One pair against other libraries, and against the floor of the machine."""
    x, y = pair(np.random.default_rng(0))
    mine = cpu(lambda: ours(x, y))
    test = cpu(
        lambda: cc.max_test(x, y, LAGS, sign=0, n_resamples=DRAWS, rng=np.random.default_rng(1))
    )
    none, some = cpu(lambda: peer(x, y, 1), 3), cpu(lambda: peer(x, y, PEER_DRAWS), 3)
    # What does not grow with the draws (block lengths, the observed profile) counts once.
    theirs = none + (some - none) / (PEER_DRAWS - 1) * (DRAWS - 1)
    rng = np.random.default_rng(2)
    drawn = signs(DRAWS, N_OBS, rng).astype(np.float32)
    products = cc.products(x, y, LAGS).astype(np.float32)
    gemm = cpu(lambda: drawn @ products)
    size = fft.next_fast_len(N_OBS + REACH, real=True)
    block = rng.standard_normal((cc.CHUNK, size))
    there_and_back = cpu(lambda: fft.irfft(fft.rfft(block, axis=1), size, axis=1), 30)
    floor = there_and_back / cc.CHUNK * DRAWS
    title = f"one pair, {N_OBS:,} days, lags ±{REACH}, {DRAWS} resamples"
    rows = [
        Row(
            f"{title}: profile, p and band",
            ms(mine),
            f"statsmodels `ccf` and arch `StationaryBootstrap`: {ms(theirs)}",
            f"{theirs / mine:.1f}",
            "at least 10",
        ),
        Row(
            "… the max test alone, a resample",
            f"{1e6 * test / DRAWS:.0f} µs",
            f"bare sgemm of the same shape: {1e6 * gemm / DRAWS:.0f} µs",
            f"{gemm / test:.2f}",
            "the floor",
        ),
        Row(
            "… the same",
            f"{1e6 * test / DRAWS:.0f} µs",
            f"one real FFT of {size:,} and back: {1e6 * floor / DRAWS:.0f} µs",
            f"{floor / test:.2f}",
            "the floor",
        ),
    ]
    few = np.arange(2, 27)
    weeks = slice(0, 600)
    weekly = cpu(
        lambda: cc.max_test(
            x[weeks], y[weeks], few, sign=1, n_resamples=1999, rng=np.random.default_rng(1)
        )
    )
    rows.append(
        Row(
            "one pair, 600 weeks, lags 2 to 26, 1,999 resamples: p and band", ms(weekly), "", "", ""
        )
    )
    return rows


def rolled(flags: Any, hits: Any) -> Any:
    """Count coincidences with a loop of np.roll."""
    return np.array([np.count_nonzero(np.roll(flags, s) & hits) for s in range(flags.size)])


def coincidence() -> list[Row]:
    """(b) Event coincidence over all rotations."""
    rng = np.random.default_rng(3)
    flags = np.zeros(DAYS, dtype=bool)
    flags[rng.choice(DAYS, EVENTS, replace=False)] = True
    rallies = np.zeros(DAYS, dtype=bool)
    rallies[rng.choice(DAYS, EVENTS, replace=False)] = True

    def all_rotations() -> Any:
        return events.rotation_hits(flags, events.any_within(rallies, 1, 90))

    hits = events.any_within(rallies, 1, 90)
    if not np.array_equal(all_rotations(), rolled(flags, hits)):
        msg = "rotation_hits and np.roll disagree"
        raise AssertionError(msg)
    fast, slow = cpu(all_rotations, 50), cpu(lambda: rolled(flags, hits), 3)
    return [
        Row(
            f"event coincidence over all {DAYS:,} rotations, {EVENTS} events",
            ms(fast),
            f"a loop of `np.roll`: {ms(slow)}",
            f"{slow / fast:.0f}",
            "at most 2 ms",
        )
    ]


def started(*command: str) -> float:
    """Give the wall seconds of a fresh process, the best of five."""

    def start() -> None:
        subprocess.run([sys.executable, *command], check=True, capture_output=True)  # noqa: S603

    start()
    return best(start, 5, time.perf_counter)


def cold() -> list[Row]:
    """(c) What it takes to begin."""
    bare = started("-c", "pass")
    imported = started("-c", "import leadline")
    told = started("-m", "leadline", "--help")
    beside = f"Python itself: {ms(bare)}"
    return [
        Row("`import leadline`, cold, wall", ms(imported), beside, "", ""),
        Row("`leadline --help`, cold, wall", ms(told), beside, "", "at most 500 ms"),
    ]


HEARD = """
import sys
from datetime import date
from leadline.claim import load, load_article
from leadline.data.providers.folder import FolderStore
from leadline.trial import hear, hear_article
store, day = FolderStore(sys.argv[1]), date.fromisoformat(sys.argv[3])
if "/" in sys.argv[2]:
    hear(load(sys.argv[2]), store, as_of=day)
else:
    hear_article(load_article(sys.argv[2]), store, as_of=day)
"""


def whole(folder: str) -> list[Row]:
    """(d) A whole claim and a whole article on real data, in fresh processes."""
    rows = []
    for ref, bar in (("silver-2026/S27", 10), ("silver-2026", 60)):
        command = [sys.executable, "-c", HEARD, folder, ref, str(AS_OF)]

        taken = []
        for _ in range(2):
            before, start = os.times(), time.perf_counter()
            subprocess.run(command, check=True)  # noqa: S603
            wall, after = time.perf_counter() - start, os.times()
            work = after.children_user + after.children_system
            taken.append((wall, work - before.children_user - before.children_system))
        wall, work = min(taken)
        rows.append(
            Row(
                f"`{ref}` heard on real data, cold, wall",
                f"{wall:.1f} s",
                f"its CPU time: {work:.1f} s",
                "",
                f"at most {bar} s on 2 idle CPUs",
            )
        )
    return rows


def page(rows: list[Row]) -> str:
    """Give the table and what it was measured on, as Markdown."""
    head = "| what | Leadline | beside it | ratio | bar |\n|---|--:|---|--:|---|\n"
    body = "".join(f"| {r.what} | {r.ours} | {r.beside} | {r.ratio} | {r.bar} |\n" for r in rows)
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "scipy", "statsmodels", "arch")
    )
    return f"""# Benchmarks

Made by `python benchmarks/run.py --write`; a test holds no number of this page, for machines
differ. The ratio is the time of what stands beside divided by ours, in the same run; for a floor
it is the share of our time that the bare operation takes.

{head}{body}
Measured with Python {platform.python_version()}, {libraries} on {os.cpu_count()} CPUs
({platform.machine()}) at a load of {os.getloadavg()[1]:.1f} from all programs, one BLAS thread (two
tests at a time in the last rows). Times are CPU time, the best of several runs, where nothing else
is said.

- The other build resamples each series by itself with the stationary bootstrap, correlates in both
  directions with `ccf`, and takes the largest absolute correlation as its null. It is timed on
  {PEER_DRAWS} resamples, and what grows with them is scaled to {DRAWS}. It answers less well, too:
  resampling each series by itself loses the volatility they share, and p comes out too small.
- Ours measures the profile, draws random signs of the follower's innovations, and gives p and
  simultaneous band from the same draws. Above {cc.MANY_LAGS} lags the sums over lags are made by
  FFT, below by a matrix product.
"""


def main() -> None:
    """Print the table; write the page where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    folder = os.environ.get("LEADLINE_TEST_DATA", "")
    with threadpool_limits(1, "blas"):
        rows = one_pair() + coincidence()
    rows += cold()
    rows += whole(folder) if folder else []
    text = page(rows)
    print(text)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
