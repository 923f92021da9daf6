"""Exhibits of rules that trade: wealth, costs, and all rules side by side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leadline.evidence.exhibits import Curve, Forest, ForestRow, Heatmap, Line, Mark
from leadline.kernels.superior import Superior

Floats = NDArray[np.float64]


def equity(
    days: NDArray[np.datetime64],
    position: Floats,
    returns: Floats,
    charged: Floats,
    follower: str,
) -> Curve:
    """Show the wealth of a rule beside that of as much time in the market at any point.

    Log returns add up, so that being in the market at random times for a share of the days is
    expected to earn that share of the follower's whole log return.
    """
    share = float(position.mean())
    step = max(1, returns.size // 300)
    shown = np.unique(np.append(np.arange(0, returns.size + 1, step), returns.size))
    x = tuple(str(day) for day in days[shown])

    def wealth(moves: Floats) -> tuple[float, ...]:
        total = np.concatenate(([0.0], np.cumsum(moves)))[shown]
        return tuple(float(value) for value in np.exp(total))

    rule, matched = wealth(position * returns - charged), wealth(share * returns)
    return Curve(
        name="equity",
        title="The rule against as much time in the market at any point",
        finding=f"From {days[0]} to {days[-1]} the rule made {rule[-1]:,.2f} of 1 after costs; "
        f"{share:.0%} of the time in {follower} at any point is worth {matched[-1]:,.2f}.",
        note="The dashed line is the fair comparison: as much time in the market, at random, and "
        "no costs. A rule that is worth something rises against it in most years.",
        x_label="day",
        y_label="wealth, from 1",
        y_format=",.2f",
        log_y=True,
        lines=(
            Line(label=f"{follower} throughout", x=x, y=wealth(returns), role="ghost"),
            Line(label=f"{share:.0%} of the time, at any point", x=x, y=matched, role="base"),
            Line(label="the rule, after costs", x=x, y=rule),
        ),
        marks=(Mark(label="start", at=1.0, axis="y"),),
    )


def cost_grid(
    value: float, strays: Floats, *, per_trade: float, cost: float, costs: Sequence[float]
) -> Forest:
    """Show what is left of a yearly excess at each cost.

    Parameters
    ----------
    value : float
        The excess at ``cost``; ``strays`` are its resampled deviations, shape (n_resamples,).
    per_trade : float
        What one basis point costs a year.
    """
    high, low = np.quantile(strays, [0.05, 0.95])
    rows = []
    for each in sorted({0.0, cost, *costs}):
        after = value - (each - cost) * per_trade
        rows.append(
            ForestRow(
                label=f"{each:g} basis points",
                value=after,
                low=float(after - low),
                high=float(after - high),
                highlight=each == cost,
            )
        )
    above = [row.label for row in rows if row.low is not None and row.low > 0]
    finding = (
        f"The interval lies above zero up to {above[-1]} a trade."
        if above
        else "No cost leaves an interval above zero, not even none."
    )
    return Forest(
        name="costs",
        title="What is left after costs",
        finding=finding,
        note="Yearly log return above that of as much time in the market at any point, 90 % "
        "intervals by the stationary bootstrap.",
        x_label="excess log return a year",
        rows=tuple(rows),
    )


def heatmap(signals: Sequence[str], acts: Sequence[str], found: Superior, best: str) -> Heatmap:
    """Show every rule's t, by what it waits for and by how it acts; both as long as ``found.t``."""
    rows, columns = list(dict.fromkeys(signals)), list(dict.fromkeys(acts))
    values: list[list[float | None]] = [[None] * len(columns) for _ in rows]
    for signal, act, t in zip(signals, acts, found.t, strict=True):
        values[rows.index(signal)][columns.index(act)] = float(t)
    return Heatmap(
        name="rules",
        title="Every declared rule",
        finding=f"The best is: {best} t = {found.t[found.best]:+.2f}; among {len(signals)} rules "
        f"that earn nothing the best does as well with p = {found.p_consistent:.3f}.",
        note="t of the excess return after costs. Neighbours that agree say more than one good "
        "cell.",
        rows=tuple(rows),
        columns=tuple(columns),
        values=tuple(tuple(row) for row in values),
        value_label="t of the excess return",
    )
