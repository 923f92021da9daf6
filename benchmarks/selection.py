"""What a search over many specifications costs: joint multiverse, 50,000 rules, overfitting.

Each piece of work runs three times in a process of its own, so that its peak memory is its own too;
imports are not counted. What stands beside it is timed on a part of the work and scaled to the
whole. Bars are of wall time on two idle CPUs with all threads, ratios of CPU time.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from clock import Row, cpu, line, span, took

PEERS = ("pandas", "arch")
N_OBS = 4000
SPECIFICATIONS, HISTORIES = 108, 9_999
RULES, RESAMPLES = 50_000, 1_000
BLOCK = 20
STRATEGIES, OBSERVATIONS, SPLITS, HALVES = 100, 2_000, 16, 12_870
LOOKBACKS = tuple(range(5, 255, 5))
THRESHOLDS = tuple(np.linspace(0.5, 0.975, 20))
HOLDS = (1, 5, 10, 21, 63)
LAGS = tuple(range(1, 11))


def market() -> tuple[Any, Any]:
    """Give log prices of a leader and returns of a follower, with heavy tails."""
    rng = np.random.default_rng(0)
    leader = np.cumsum(0.015 * rng.standard_t(5, N_OBS + 1))
    return leader, 0.03 * rng.standard_t(5, N_OBS)


def strength(leader: Any, lookbacks: Any) -> Any:
    """Rank each trailing move of the leader in its own past, as each return begins."""
    from leadline.kernels.rules import expanding_share

    out = np.full((len(lookbacks), leader.size - 1), np.nan)
    for row, over in zip(out, lookbacks, strict=True):
        move = np.full(leader.size - 1, np.nan)
        move[over:] = leader[over:-1] - leader[: -over - 1]
        row[:] = expanding_share(move, at_least=250)
    return out


def multiverse() -> None:
    """Judge 108 specifications jointly, as every kind that tests a relation does."""
    from leadline.evidence.sample import NullModel, Paths, draw_sample
    from leadline.kernels.multiverse import joint
    from leadline.kernels.rules import Grid, sweep
    from leadline.worlds import NULL_WORLDS

    panel = NULL_WORLDS["no lead"].panel(N_OBS + 1, np.random.default_rng(0))
    sample = draw_sample(panel, ("leader",), "follower")
    grid = Grid(thresholds=(0.7, 0.8, 0.9), holds=(20, 60, 90, 180), lags=(1, 5, 20))
    measured = strength(sample.leaders["leader"], (20, 60, 120))
    weights = np.hstack(list(sweep(measured, np.ones(sample.n_obs), grid, cost=0.0)))
    model = NullModel.fit(sample, ("leader",), guard=2)
    rng = np.random.default_rng(1)
    null = np.empty((HISTORIES, weights.shape[1]))
    for start in range(0, HISTORIES, 250):
        rows = null[start : start + 250]
        rows[:] = Paths(sample, model.draw(rows.shape[0], rng)).returns @ weights
    found = joint(sample.returns @ weights, null)
    if not (weights.shape[1] == SPECIFICATIONS and 0 < found.p <= 1):
        raise AssertionError(found)


def search() -> None:
    """Search 50,000 lagged rules, studentised, with 1,000 resamples."""
    from leadline.kernels.rules import Grid, sweep
    from leadline.kernels.superior import screen, stationary_counts

    leader, returns = market()
    measured = strength(leader, LOOKBACKS)
    counts = stationary_counts(RESAMPLES, N_OBS, BLOCK, np.random.default_rng(1))
    tiles = sweep(measured, returns, Grid(THRESHOLDS, HOLDS, LAGS), cost=0.001, dtype=np.float32)
    found = screen(tiles, counts.astype(np.float32))
    if not (found.t.size == RULES and 0 < found.p_consistent <= 1):
        raise AssertionError(found)


def cross_validated() -> None:
    """Give the probability of backtest overfitting of 100 strategies."""
    from leadline.kernels.overfitting import overfitting

    values = np.random.default_rng(0).standard_normal((OBSERVATIONS, STRATEGIES))
    found = overfitting(values, n_blocks=SPLITS)
    if found.logits.size != HALVES:
        raise AssertionError(found.logits.size)


def pandas_multiverse() -> float:
    """Do the multiverse specification by specification with pandas, on few histories."""
    leader, returns = market()
    moves = {over: pd.Series(leader[:-1]).diff(over) for over in (20, 60, 120)}
    ranks = {over: move.expanding(250).rank(pct=True) for over, move in moves.items()}
    rng = np.random.default_rng(1)

    def one_history() -> None:
        drawn = pd.Series(returns * rng.choice([-1.0, 1.0], returns.size))
        for over, bar, hold, lag in product(moves, (0.7, 0.8, 0.9), (20, 60, 90, 180), (1, 5, 20)):
            on = (ranks[over] > bar).rolling(hold, min_periods=1).max().shift(lag, fill_value=0.0)
            drawn[on == 1].mean() - drawn[on == 0].mean()

    return cpu(one_history, 3) * HISTORIES


def pandas_grid() -> float:
    """Make the returns of the rules one by one with pandas, on few rules."""
    leader, returns = market()
    rank = pd.Series(strength(leader, (60,))[0])
    moves = pd.Series(returns)
    some = list(islice(product(THRESHOLDS, HOLDS, LAGS), 0, 1000, 5))

    def grid() -> None:
        for bar, hold, lag in some:
            on = (rank > bar).rolling(hold, min_periods=1).max().shift(lag, fill_value=0.0)
            (on - on.mean()) * moves - 0.001 * on.diff().abs()

    return cpu(grid, 1) / len(some) * RULES


def arch_superior() -> float:
    """Run the test of arch, which does not studentise, on few rules."""
    from arch.bootstrap import SPA

    n_rules = 200
    values = np.random.default_rng(0).standard_normal((N_OBS, n_rules))
    test = SPA(np.zeros(N_OBS), -values, block_size=BLOCK, reps=RESAMPLES, seed=1)
    return cpu(test.compute, 1) / n_rules * RULES


def pandas_halves() -> float:
    """Put the halves together one by one with pandas, on few of them."""
    values = np.random.default_rng(0).standard_normal((OBSERVATIONS, STRATEGIES))
    blocks = [pd.DataFrame(part) for part in np.array_split(values, SPLITS)]
    some = list(islice(combinations(range(SPLITS), SPLITS // 2), 0, HALVES, 429))

    def halves() -> None:
        for chosen in some:
            inside = pd.concat([blocks[k] for k in chosen])
            outside = pd.concat([blocks[k] for k in range(SPLITS) if k not in chosen])
            best = (inside.mean() / inside.std()).idxmax()
            (outside.mean() / outside.std()).rank()[best]

    return cpu(halves, 1) / len(some) * HALVES


OURS: dict[str, Callable[[], None]] = {
    work.__name__: work for work in (multiverse, search, cross_validated)
}


def alone(work: str) -> None:
    """Do one piece of work and print what it took; for a process of its own."""
    import leadline.evidence.sample
    import leadline.kernels.superior  # noqa: F401 - so that no import is timed

    wall, cpu_seconds = took(OURS[work])
    # Linux keeps this peak a program; that of getrusage would begin with our parent's.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    print(json.dumps({"wall": wall, "cpu": cpu_seconds, "peak": peak}))


def measured(work: str) -> dict[str, float]:
    """Give seconds of wall and CPU, and peak memory in MB, of the quickest of three."""
    command = [sys.executable, __file__, work]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
        for _ in range(3)
    ]
    return min(runs, key=lambda run: run["wall"])


def compared(
    work: str,
    what: str,
    peers: dict[str, Callable[[], float]],
    *,
    at_most: float,
    megabytes: float = np.inf,
) -> list[Row]:
    """Give a row for each thing that stands beside a piece of work."""
    mine = measured(work)
    on_the_wall = line("", mine["wall"], at_most=at_most)
    first, *others = (
        line("… the same", mine["cpu"], f"{name}, scaled from a part", theirs)
        for name, theirs in peers.items()
    )
    return [
        replace(
            first,
            what=what,
            ours=f"{on_the_wall.ours}; {span(mine['cpu'])} of CPU, {mine['peak']:,.0f} MB",
            bar=on_the_wall.bar + ("" if np.isinf(megabytes) else f", {megabytes:,.0f} MB"),
            missed=on_the_wall.missed or mine["peak"] > megabytes,
        ),
        *(replace(other, ours="") for other in others),
    ]


def rows() -> list[Row]:
    """Give the three searches."""
    return [
        *compared(
            "multiverse",
            f"joint test of {SPECIFICATIONS} specifications, {N_OBS:,} days, {HISTORIES:,} "
            "histories",
            {"a pandas loop over the specifications": pandas_multiverse},
            at_most=5,
        ),
        *compared(
            "search",
            f"studentised SPA of {RULES:,} lagged rules, {N_OBS:,} days, {RESAMPLES:,} resamples, "
            "grid included (float32)",
            {
                "a pandas loop for the grid alone": pandas_grid,
                "arch `SPA` for the test alone, not studentised": arch_superior,
            },
            at_most=40,
            megabytes=3500,
        ),
        *compared(
            "cross_validated",
            f"probability of backtest overfitting, {STRATEGIES} × {OBSERVATIONS:,}, {SPLITS} "
            f"blocks ({HALVES:,} halves)",
            {"a pandas loop over the halves": pandas_halves},
            at_most=0.3,
        ),
    ]


if __name__ == "__main__":
    alone(sys.argv[1])
