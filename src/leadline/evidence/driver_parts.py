"""A move taken apart into drivers, drift and the unexplained, and how the parts are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.evidence.exhibits import (
    Band,
    Curve,
    Forest,
    ForestRow,
    Line,
    Mark,
    Step,
    Table,
    Waterfall,
)
from leadline.kernels import attribution

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

Z_90 = 1.6448536269514722
N_ROLLING = 80


@dataclass(frozen=True, slots=True)
class Window:
    """From the price of ``of`` at position ``first`` to the last, a log ``move`` apart."""

    of: str
    first: int
    start: np.datetime64
    stop: np.datetime64
    move: float

    @property
    def factor(self) -> float:
        """What turns log contributions into percent points."""
        return attribution.percent_factor(self.move)

    @property
    def percent(self) -> float:
        """The move as a fraction of the first price."""
        return float(np.expm1(self.move))


@dataclass(frozen=True, slots=True)
class Rows:
    """Steps of a sample: outcome, and years and drivers in columns of mean square one.

    ``size`` (k,) undoes that, ``first`` is the first step of the window.
    """

    days: Days
    y: Floats
    x: Floats
    size: Floats
    first: int

    @property
    def per_year(self) -> float:
        """Steps a year."""
        span = float((self.days[-1] - self.days[0]) / np.timedelta64(1, "D"))
        return (self.days.size - 1) / max(span, 1.0) * 365.25


@dataclass(frozen=True, slots=True)
class Parts:
    """A move taken apart in one reading.

    Attributes
    ----------
    drivers : mapping of str to tuple of str
        The series of each driver.
    contribution : ndarray of float64, shape (k,)
        Log contributions of the drift and then of each series.
    drawn, left : ndarray of float64, shapes (n_draws, k), (n_draws,)
        Contributions under other betas that the data allow, and what each leaves unexplained.
    value, low, high : float
        The answer to the question, with its interval.
    beta, error, moved : ndarray of float64, shape (k,)
        Mean betas over the window and their errors, and by how much each series moved.
    """

    label: str
    drivers: Mapping[str, tuple[str, ...]]
    contribution: Floats
    drawn: Floats
    residual: float
    left: Floats
    value: float
    low: float
    high: float
    holds: bool | None
    beta: Floats
    error: Floats
    moved: Floats

    @property
    def by_driver(self) -> Floats:
        """Contributions of the drivers, shape (n_drivers,)."""
        return self._added(self.contribution)

    @property
    def drawn_by_driver(self) -> Floats:
        """Drawn contributions of the drivers, shape (n_draws, n_drivers)."""
        return self._added(self.drawn)

    @property
    def same_sign(self) -> Floats:
        """Share of draws in which each driver's sign is the same, shape (n_drivers,)."""
        same = np.sign(self.drawn_by_driver) == np.sign(self.by_driver)
        return np.asarray(same.mean(axis=0))

    def _added(self, each: Floats) -> Floats:
        starts = np.cumsum([1, *(len(series) for series in self.drivers.values())])[:-1]
        return np.asarray(np.add.reduceat(each, starts, axis=-1))


def waterfall(window: Window, parts: Parts) -> Waterfall:
    """Show the parts, which add up to the move."""
    factor, drawn = window.factor, parts.drawn_by_driver
    steps = [
        _step(name, float(value) * factor, drawn[:, i] * factor)
        for i, (name, value) in enumerate(zip(parts.drivers, parts.by_driver, strict=True))
    ]
    alpha = _step("drift", float(parts.contribution[0]) * factor, parts.drawn[:, 0] * factor)
    left = _step("unexplained", parts.residual * factor, parts.left * factor)
    largest = max(steps, key=lambda step: abs(step.value))
    return Waterfall(
        name="waterfall",
        title=f"What moved {window.of} from {window.start} to {window.stop}",
        finding=f"{window.of} moved {window.percent:+.0%}; the largest part of a driver is "
        f"{largest.label} with {largest.value:+.0%}, and {left.value:+.0%} is unexplained.",
        note=f"Percent points that add up to the move; {parts.label}. Whiskers are 90 % "
        "intervals from joint draws of all betas, each of which adds up too.",
        value_label="percent points",
        value_format="+.1%",
        steps=(
            *steps,
            alpha.model_copy(update={"role": "alpha"}),
            left.model_copy(update={"role": "residual"}),
            Step(label=window.of, value=window.percent, role="total"),
        ),
    )


def _step(label: str, value: float, drawn: Floats) -> Step:
    low, high = np.quantile(drawn, [0.05, 0.95])
    return Step(label=label, value=value, low=float(low), high=float(high))


def driver_table(window: Window, parts: Parts, orders: attribution.Orders) -> Table:
    """List the drivers with betas, moves, contributions, and what other orders would give."""
    factor = window.factor
    beta, error, moved = (values[1:].tolist() for values in (parts.beta, parts.error, parts.moved))
    each = iter(zip(beta, error, moved, strict=True))
    rows = []
    for number, (name, series) in enumerate(parts.drivers.items()):
        own = [(one, *next(each)) for one in series]
        low, high = np.quantile(parts.drawn_by_driver[:, number], [0.05, 0.95]) * factor
        rows.append(
            (
                name,
                "; ".join(
                    f"{one} {b:+.3g} ({b - Z_90 * e:+.3g} to {b + Z_90 * e:+.3g})"
                    for one, b, e, _ in own
                ),
                "; ".join(f"{by:+.3g}" for *_, by in own),
                f"{parts.by_driver[number] * factor:+.1%}",
                f"{low:+.1%} to {high:+.1%}",
                f"{parts.same_sign[number]:.0%}",
                f"{orders.shapley[number] * factor:+.1%}",
                f"{orders.low[number] * factor:+.1%} to {orders.high[number] * factor:+.1%}",
            )
        )
    return Table(
        name="drivers",
        title="Driver by driver",
        finding=f"{len(rows)} drivers; where the range over orders is wide, drivers that move "
        "together have no share of their own.",
        note="Moves of prices in logs, of rates in percentage points. The average over orders "
        "and the range refit the betas for each subset of drivers.",
        columns=(
            "driver",
            "beta (90 %)",
            "its move",
            "contribution",
            "interval",
            "same sign",
            "average over orders",
            "range over orders",
        ),
        rows=tuple(rows),
    )


def reading_forest(readings: Sequence[Parts], *, label: str, reference: float) -> Forest:
    """Set every reading beside the claim's own, the first."""
    same = sum(reading.holds == readings[0].holds for reading in readings)
    return Forest(
        name="readings",
        title="Every reading of the words",
        finding=f"{same} of {len(readings)} readings answer as the claim's own does.",
        note="Bars are 90 % intervals.",
        x_label=label,
        reference=reference,
        rows=tuple(
            ForestRow(label=r.label, value=r.value, low=r.low, high=r.high, highlight=number == 0)
            for number, r in enumerate(readings)
        ),
    )


def beta_curve(
    rows: Rows, columns: Sequence[tuple[str, int]], *, span: int, first: int, step: str
) -> Curve:
    """Follow betas through time, each of up to ``span`` steps before a day, from ``first`` on.

    ``columns`` names the series and their columns; the first one gets its interval.
    """
    stops = np.unique(np.linspace(first, rows.y.size, N_ROLLING).astype(int))
    fits = [
        attribution.least_squares(rows.y[max(s - span, 0) : s], rows.x[max(s - span, 0) : s])
        for s in stops
    ]
    x = tuple(str(rows.days[s - 1]) for s in stops)
    spread = np.std(rows.x[: rows.first], axis=0)
    betas = np.array([fit.beta for fit in fits]) * spread
    reach = np.array([fit.error for fit in fits]) * spread * Z_90
    name, main = columns[0]
    return Curve(
        name="betas",
        title="Are the betas steady?",
        finding=f"What a usual {step} of {name} goes with ran from {betas[:, main].min():+.2%} to "
        f"{betas[:, main].max():+.2%}.",
        note=f"Betas of up to {span} {step}s before each day, times the standard deviation of the "
        f"driver's move in a {step}.",
        x_label="end of the memory",
        y_label="log return for one standard deviation",
        y_format="+.1%",
        lines=tuple(
            Line(label=label, x=x, y=tuple(betas[:, c]), role="main" if c == main else "second")
            for label, c in columns
        ),
        bands=(
            Band(
                label=f"{name}, 90 %",
                x=x,
                low=tuple((betas - reach)[:, main]),
                high=tuple((betas + reach)[:, main]),
            ),
        ),
        marks=(Mark(label="none", at=0.0, axis="y"),),
    )
