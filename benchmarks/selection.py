"""What a search over many specifications costs: joint multiverse, 50,000 rules, overfitting.

``python benchmarks/selection.py`` prints one table. Each line runs in a process of its own, so that
its peak memory is its own too; what stands beside it is timed in the same run, on a part of the
work, and scaled to the whole. Bars are of wall time on two idle CPUs, ratios of CPU time.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import combinations, islice, product
from typing import Any

import numpy as np
import pandas as pd

N_OBS = 4000
SPECIFICATIONS, HISTORIES = 108, 9_999
RULES, RESAMPLES = 50_000, 1_000
BLOCK = 20
STRATEGIES, OBSERVATIONS, SPLITS, HALVES = 100, 2_000, 16, 12_870


def market(n_obs: int = N_OBS) -> tuple[Any, Any]:
    """Give log prices of a leader and returns of a follower, with heavy tails."""
    rng = np.random.default_rng(0)
    leader = np.cumsum(0.015 * rng.standard_t(5, n_obs + 1))
    return leader, 0.03 * rng.standard_t(5, n_obs)


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


LOOKBACKS = tuple(range(5, 255, 5))
THRESHOLDS = tuple(np.linspace(0.5, 0.975, 20))
HOLDS = (1, 5, 10, 21, 63)
LAGS = tuple(range(1, 11))


def rules() -> None:
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


def seconds(work: Callable[[], Any]) -> float:
    """Give the seconds of CPU of one run, so that a busy machine does not decide."""
    start = time.process_time()
    work()
    return time.process_time() - start


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

    return seconds(lambda: [one_history() for _ in range(3)]) / 3 * HISTORIES


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

    return seconds(grid) / len(some) * RULES


def arch_superior() -> float:
    """Run the test of arch, which does not studentise, on few rules and resamples."""
    from arch.bootstrap import SPA

    n_rules, few, more = 200, 5, 25
    values = np.random.default_rng(0).standard_normal((N_OBS, n_rules))

    def run(reps: int) -> None:
        SPA(np.zeros(N_OBS), -values, block_size=BLOCK, reps=reps, seed=1).compute()

    first, second = seconds(lambda: run(few)), seconds(lambda: run(more))
    a_resample = max(second - first, 0.0) / (more - few)
    return (first + (RESAMPLES - few) * a_resample) * RULES / n_rules


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

    return seconds(halves) / len(some) * HALVES


OURS: dict[str, Callable[[], None]] = {
    "multiverse": multiverse,
    "rules": rules,
    "cross_validated": cross_validated,
}


def alone(name: str) -> dict[str, float]:
    """Give wall and CPU seconds of the work itself, and the peak memory, in a fresh process."""
    command = [sys.executable, __file__, "--only", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout)
    return found


def only(name: str) -> None:
    """Do one piece of work and say what it took."""
    import leadline.evidence.sample
    import leadline.kernels.superior  # noqa: F401 - so that no import is timed

    before = time.perf_counter()
    cpu = seconds(OURS[name])
    wall = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak}))


def duration(took: float) -> str:
    """Write seconds as one reads them."""
    if took < 1:
        return f"{1000 * took:,.0f} ms"
    return f"{took:.1f} s" if took < 600 else f"{took / 60:,.0f} min"


def rows() -> list[tuple[str, str, str, str, str]]:
    """Give the lines of the table: what, ours, beside it, ratio, bar."""
    lines = (
        (
            "multiverse",
            f"joint test of {SPECIFICATIONS} specifications, {N_OBS:,} days, {HISTORIES:,} "
            "histories",
            "at most 5 s",
            [("a pandas loop over the specifications", pandas_multiverse)],
        ),
        (
            "rules",
            f"studentised SPA of {RULES:,} lagged rules, {N_OBS:,} days, {RESAMPLES:,} resamples, "
            "grid included (float32)",
            "at most 40 s and 3.5 GB",
            [
                ("a pandas loop for the grid alone", pandas_grid),
                ("arch `SPA` for the test alone, not studentised", arch_superior),
            ],
        ),
        (
            "cross_validated",
            f"probability of backtest overfitting, {STRATEGIES} x {OBSERVATIONS:,}, {SPLITS} "
            f"blocks ({HALVES:,} halves)",
            "at most 300 ms",
            [("a pandas loop over the halves", pandas_halves)],
        ),
    )
    out = []
    for name, what, bar, peers in lines:
        ours = min((alone(name) for _ in range(3)), key=lambda found: found["wall"])
        took = (
            f"{duration(ours['wall'])} wall, {duration(ours['cpu'])} of CPU, "
            f"{ours['peak']:,.0f} MB at most"
        )
        for number, (title, peer) in enumerate(peers):
            theirs = peer()
            out.append(
                (
                    what if number == 0 else "… the same",
                    took if number == 0 else "",
                    f"{title}, scaled from a part: {duration(theirs)}",
                    f"{theirs / ours['cpu']:,.0f}",
                    bar if number == 0 else "",
                )
            )
    return out


def main() -> None:
    """Print the table, or do one piece of work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(OURS), help="do this alone, for its peak memory")
    asked = parser.parse_args()
    if asked.only:
        only(asked.only)
        return
    for row in rows():
        print(" | ".join(row))


if __name__ == "__main__":
    main()
