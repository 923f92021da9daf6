"""The explosiveness statistic beside exuber (pyexuber), in one run and on one core.

``python benchmarks/explosive.py`` prints the rows; ``rows`` gives them to benchmarks/run.py.
exuber's core is compiled C++ and runs on one thread; times are of the CPU, so a second thread
would be counted. Compiling ours, once a machine, is not.
"""

import time
from collections.abc import Callable
from typing import Any

import exuber
import numpy as np

from leadline.kernels import explosive as ex

LONG, SHORT, DRAWS = 2500, 600, 499


def cpu(work: Callable[[], Any], repeats: int) -> float:
    """Give the shortest of several runs, in seconds of CPU."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms" if seconds < 0.1 else f"{1000 * seconds:,.0f} ms"


def _path(n: int) -> Any:
    return np.cumsum(np.random.default_rng(n).standard_normal(n))


def statistic(lags: int, repeats: int) -> tuple[str, str, str, str, str]:
    """The whole BSADF sequence of one path."""
    path = _path(LONG)
    shortest = ex.shortest_rows(LONG, lags=lags, count="differences")

    def ours() -> Any:
        return ex.bsadf(path[None, :], shortest=shortest, lags=lags)[0]

    def theirs() -> Any:
        return exuber.radf(path, lag=lags)

    if not np.allclose(ours()[shortest + lags :], theirs().bsadf[:, 0], atol=1e-8):
        msg = "bsadf and exuber.radf disagree"
        raise AssertionError(msg)
    fast, slow = cpu(ours, repeats), cpu(theirs, 3)
    with_lags = "" if lags == 0 else f", {lags} lagged difference"
    return (
        f"GSADF of {LONG:,} levels{with_lags}",
        _ms(fast),
        f"`exuber.radf`: {_ms(slow)}",
        f"{slow / fast:.0f}",
        "at most 50 ms" if lags == 0 else "",
    )


def wild() -> tuple[str, str, str, str, str]:
    """The wild bootstrap of one path."""
    path = _path(SHORT)
    shortest = ex.shortest_rows(SHORT, count="differences")

    def ours() -> Any:
        drawn = ex.wild(path, DRAWS, np.random.default_rng(1))
        return ex.bsadf(drawn, shortest=shortest).max(axis=1)

    def theirs() -> Any:
        return exuber.radf_wb_distr(path, nboot=DRAWS, seed=1).gsadf_distr

    # Other draws, the same distribution: their 95 % values lie within a standard error or three.
    first, second = (np.quantile(null, 0.95) for null in (ours(), theirs()))
    if abs(first - second) > 0.5:
        msg = f"wild bootstraps disagree: {first:.2f} and {second:.2f}"
        raise AssertionError(msg)
    fast, slow = cpu(ours, 5), cpu(theirs, 1)
    return (
        f"GSADF of {DRAWS} wild paths of {SHORT} levels",
        _ms(fast),
        f"`exuber.radf_wb_distr`: {_ms(slow)}",
        f"{slow / fast:.0f}",
        "at least 5",
    )


def rows() -> list[tuple[str, str, str, str, str]]:
    """Give what, ours, beside, ratio and bar of each row."""
    return [statistic(0, 9), statistic(1, 3), wild()]


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
