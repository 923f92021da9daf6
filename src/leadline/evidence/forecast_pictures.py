"""Exhibits of a forecast: where the price usually stood, the odds, and the checkpoints."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.evidence.exhibits import Band, Curve, Forest, ForestRow, Line, Mark, Table
from leadline.evidence.starts import Past, Rates

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

CHECKPOINTS = (30, 60, 90, 180, 365)
"""Days after publication at which the path is compared with its usual range."""
QUANTILES = (0.1, 0.5, 0.9)


class Checkpoint(NamedTuple):
    """Where the price usually stood ``day`` days after a start, times the price there."""

    day: int
    usual: tuple[float, float, float]
    held: float | None
    up: float


def checkpoints(past: Past) -> tuple[Checkpoint, ...]:
    """Give every checkpoint that at least three spans of the past can speak of."""
    out = []
    for day in CHECKPOINTS:
        ahead = max(round(day / 365.25 * past.per_year), 1)
        if past.level.size <= 3 * ahead:
            break
        gone = np.exp(past.level[ahead:] - past.level[:-ahead])
        held = None
        if past.held is not None and past.held[:-ahead].any():
            held = float(np.median(gone[past.held[:-ahead]]))
        low, middle, high = np.quantile(gone, QUANTILES)
        out.append(
            Checkpoint(
                day, (float(low), float(middle), float(high)), held, float(np.mean(gone > 1))
            )
        )
    return tuple(out)


def _quantiles(level: Floats, ahead: Index, starts: Index) -> Floats:
    gone = np.exp(level[starts[:, None] + ahead] - level[starts, None])
    return np.asarray(np.quantile(gone, QUANTILES, axis=0))


def fan(past: Past, follower: str, horizon: str, rise: float | None) -> Curve:
    """Show where the follower usually stood, day by day after a start."""
    scale = 365.25 / past.per_year
    ahead = np.unique(np.linspace(0, past.horizon, 61).astype(int))
    gone = _quantiles(past.level, ahead, np.arange(past.wait.size))
    x = tuple(float(round(k * scale, 1)) for k in ahead)
    lines = [Line(label="any day, median", x=x, y=tuple(gone[1]), role="base")]
    if past.held is not None:
        held = _quantiles(past.level, ahead, np.flatnonzero(past.starts_held))
        lines.append(Line(label="where the antecedent held, median", x=x, y=tuple(held[1])))
    marks = [Mark(label="price of the day", at=1.0, axis="y")]
    if rise is not None:
        marks.append(Mark(label="the mark", at=1 + rise, axis="y"))
    return Curve(
        name="forecast_fan",
        title=f"Where {follower} usually stood",
        finding=f"After {horizon} it stood at {gone[1][-1]:,.2f} times its price in "
        f"the middle of all cases, and between {gone[0][-1]:,.2f} and {gone[2][-1]:,.2f} in "
        "80 % of them.",
        note="Paths from every day before the forecast; they overlap.",
        x_label="days after the start",
        y_label=f"{follower}, times its price at the start",
        y_format=",.2f",
        log_y=True,
        lines=tuple(lines),
        bands=(
            Band(
                label="any day (80 %)",
                x=x,
                low=tuple(gone[0]),
                high=tuple(gone[2]),
                role="base",
            ),
        ),
        marks=tuple(marks),
    )


def odds(rates: Rates, models: Sequence[tuple[str, float]], words: str, *, known: bool) -> Forest:
    """Set the base rate beside the other odds; ``models`` are named odds without an interval."""
    low, high = rates.base_interval
    rows = [ForestRow(label="any day", value=rates.base, low=low, high=high)]
    if known:
        low, high = rates.held_interval
        rows.append(
            ForestRow(
                label="where the antecedent held",
                value=rates.held,
                low=low,
                high=high,
                highlight=True,
            )
        )
    rows += [ForestRow(label=label, value=value) for label, value in models]
    return Forest(
        name="odds",
        title=f"Odds that {words}",
        finding=f"The base rate is {rates.base:.0%}; {models[-1][0]}: {models[-1][1]:.0%}.",
        note="90 % intervals resample the calendar in blocks of two horizons. The model's weight "
        "is what its own past forecasts earned.",
        x_label="share of starts",
        rows=tuple(rows),
        reference=rates.base,
    )


def table(path: Sequence[Checkpoint], price: float) -> Table:
    """Give every checkpoint in words."""

    def row(point: Checkpoint) -> tuple[str, ...]:
        held = "" if point.held is None else f"{point.held - 1:+.0%}"
        return (
            f"{point.day} days",
            *(f"{value - 1:+.0%}" for value in point.usual),
            held,
            f"{point.up:.0%}",
        )

    return Table(
        name="checkpoints",
        title="Checkpoints, and where the price usually stood",
        finding=f"{len(path)} checkpoints against the price of {price:,.6g}.",
        columns=(
            "after",
            "lowest tenth",
            "middle",
            "highest tenth",
            "middle where the antecedent held",
            "higher than at the start",
        ),
        rows=tuple(row(point) for point in path),
    )
