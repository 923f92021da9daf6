"""The explosiveness statistic and its bootstrap, beside exuber.

exuber's core is compiled C++. Both give the same sequence to eight digits, and 95 % values of the
wild bootstrap that agree, before either is timed. Compiling ours, once a machine, is not counted.
"""

from typing import Any

import numpy as np
from clock import Row, cpu, line

from leadline.kernels import explosive

PEERS = ("pyexuber",)
LONG, SHORT, DRAWS = 2500, 600, 499


def path(n_levels: int) -> Any:
    """Give a random walk."""
    return np.cumsum(np.random.default_rng(n_levels).standard_normal(n_levels))


def statistic(lags: int, at_most: float | None) -> Row:
    """Give the whole BSADF sequence of one path."""
    walk = path(LONG)
    shortest = explosive.shortest_rows(LONG, lags=lags, count="differences")

    def ours() -> Any:
        return explosive.bsadf(walk[None, :], shortest=shortest, lags=lags)[0]

    def theirs() -> float:
        import exuber

        found = exuber.radf(walk, lag=lags).bsadf[:, 0]
        if not np.allclose(ours()[shortest + lags :], found, atol=1e-8):
            raise AssertionError("bsadf and exuber.radf disagree")
        return cpu(lambda: exuber.radf(walk, lag=lags), 3)

    with_lags = f", {lags} lagged difference" if lags else ""
    return line(
        f"GSADF of {LONG:,} levels{with_lags}", cpu(ours), "`exuber.radf`", theirs, at_most=at_most
    )


def wild() -> Row:
    """Give the wild bootstrap of one path."""
    walk = path(SHORT)
    shortest = explosive.shortest_rows(SHORT, count="differences")

    def ours() -> Any:
        drawn = explosive.wild(walk, DRAWS, np.random.default_rng(1))
        return explosive.bsadf(drawn, shortest=shortest).max(axis=1)

    def theirs() -> float:
        import exuber

        found: list[Any] = []
        seconds = cpu(lambda: found.append(exuber.radf_wb_distr(walk, nboot=DRAWS, seed=1)), 1)
        # Other draws of the same distribution: within about three standard errors.
        apart = np.quantile(ours(), 0.95) - np.quantile(found[0].gsadf_distr, 0.95)
        if abs(apart) > 0.5:
            raise AssertionError(f"wild bootstraps disagree by {apart:.2f}")
        return seconds

    return line(
        f"GSADF of {DRAWS} wild paths of {SHORT} levels",
        cpu(ours),
        "`exuber.radf_wb_distr`",
        theirs,
        at_least=5,
    )


def rows() -> list[Row]:
    """Give the statistic without and with a lag, and the bootstrap."""
    return [statistic(0, 0.05), statistic(1, None), wild()]
