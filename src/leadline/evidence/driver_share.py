"""What moved it, and how much is unexplained?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.errors import DataError, did_you_mean
from leadline.evidence.base import Estimate, Evidence, HypothesisTest, NumberShown, Wording
from leadline.evidence.cautions import cautions
from leadline.evidence.driver_parts import (
    Parts,
    Rows,
    Window,
    beta_curve,
    driver_table,
    reading_forest,
    waterfall,
)
from leadline.evidence.exhibits import Exhibit, Forest
from leadline.evidence.same_day import by_period
from leadline.evidence.sample import Sample, draw_sample
from leadline.kernels import attribution
from leadline.kernels.resample import stationary_indices

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Index = NDArray[np.intp]
Betas = Literal["before", "kalman", "hindsight"]
Step_ = Literal["day", "week"]

LEVEL = 0.90
Z_90 = 1.6448536269514722
BLOCK = {"day": 20.0, "week": 8.0}
CARRIED = 0.3
"""Autocorrelation of the unexplained above which its interval is warned of."""
PER_YEAR = {"day": 252.0, "week": 52.0}
ROWS_A_COEFFICIENT = 10
ROWS_IN_WINDOW = 4
OLDEST = 10
WORDS: dict[Betas, str] = {
    "before": "betas of the {memory} before the window",
    "kalman": "betas followed {every} by {every}, as known the {every} before",
    "hindsight": "betas of the window itself (hindsight)",
}


class DriverShare(HypothesisTest):
    """A move taken apart into drivers, drift and what none of them explains.

    The model is ``r_t = a + sum_j b_{j,t} x_{j,t} + e_t`` with log returns of prices and changes
    of rates in percentage points. A driver's contribution is ``sum_t b_{j,t} x_{j,t}`` over the
    window; with the drift and the residual they add up to the log return, and multiplied by
    ``(P1/P0 - 1) / ln(P1/P0)`` to the move in percent. Betas are those known before the window
    (``before``; least squares over ``memory``), followed through it as they were known at each
    step (``kalman``; random walks, none forgetting faster than in a year), or of the window itself
    (``hindsight``); the first decides, the others are readings. Each draw of the interval is a
    full set of betas, so that every draw adds up too.

    ``share`` asks whether the ``named`` drivers explain ``at_least`` so much of the move: it holds
    where the lower end of the interval reaches that, fails where the upper end does not, else
    the data cannot tell. ``residual`` asks whether what the model leaves is clearly of the
    claimed sign, against what as many periods leave by chance; it fails where the interval rules
    out a residual of ``at_least`` on the claimed side.

    Series stand on the day that their values are about (`same_day`), and steps of a week, counted
    back from the ends of the window, keep markets that close hours apart together. Beside the
    contributions stand those averaged over all orders of entry (Shapley 1953; for R squared
    Lindeman, Merenda and Gold 1980), and their range over orders, for drivers that move together
    have no share that is theirs alone.
    """

    null: ClassVar[str] = "the same words were as true of an ordinary earlier window"

    kind: Literal["driver_share"] = "driver_share"
    of: str
    drivers: dict[str, tuple[str, ...]]
    question: Literal["share", "residual"] = "share"
    named: tuple[str, ...] = ()
    at_least: float | None = Field(default=None, ge=0)
    direction: Literal["positive", "negative"] = "positive"
    start: date | None = None
    stop: date | None = None
    over: Duration = DurationText("6m")
    betas: Betas = "before"
    memory: tuple[Duration, ...] = (DurationText("5y"), DurationText("3y"), DurationText("10y"))
    every: Step_ = "week"
    n_resamples: PositiveInt = 999

    @model_validator(mode="after")
    def _complete(self) -> "DriverShare":
        if not self.drivers or not all(self.drivers.values()):
            msg = "drivers needs at least one name, each with at least one series."
            raise ValueError(msg)
        if not self.memory:
            msg = "memory is empty; give at least one, such as 5y."
            raise ValueError(msg)
        used = [name for series in self.drivers.values() for name in series]
        twice = sorted({name for name in used if used.count(name) > 1 or name == self.of})
        if twice:
            msg = f"drivers: {', '.join(twice)} stands twice; each series counts once."
            raise ValueError(msg)
        for name in self.named:
            if name not in self.drivers:
                hint = did_you_mean(name, self.drivers)
                msg = f"named: {name!r} is no driver.{hint} Drivers: {', '.join(self.drivers)}."
                raise ValueError(msg)
        if self.start is not None and self.stop is not None and self.start > self.stop:
            msg = f"The window is empty: {self.start} to {self.stop}."
            raise ValueError(msg)
        if self.question == "residual" and self.betas == "hindsight":
            msg = (
                "betas: those of the window itself leave no residual to speak of; "
                "use 'before' or 'kalman'."
            )
            raise ValueError(msg)
        return self

    def series(self) -> tuple[str, ...]:
        """Name every series read."""
        return (self.of, *self._drivers())

    def _drivers(self) -> tuple[str, ...]:
        return tuple(name for series in self.drivers.values() for name in series)

    def _asked(self) -> tuple[str, ...]:
        return self.named or tuple(self.drivers)

    @property
    def _bar(self) -> float:
        return self.at_least if self.at_least is not None else {"share": 0.5}.get(self.question, 0)

    @property
    def _sign(self) -> int:
        return 1 if self.direction == "positive" else -1

    @property
    def _group(self) -> Index:
        """The number of the driver that each series belongs to."""
        counts = [len(series) for series in self.drivers.values()]
        return np.repeat(np.arange(len(counts)), counts)

    @property
    def _is_asked(self) -> NDArray[np.bool_]:
        """Whether each series belongs to a driver that the question names."""
        return np.isin(self._group, [list(self.drivers).index(name) for name in self._asked()])

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Take the move apart in every reading, and ask the same of earlier windows."""
        if self.stop is not None and np.datetime64(self.stop, "D") > panel.days[-1]:
            return self.infeasible(f"{self.stop} was not over as of {panel.as_of}.")
        if panel[self.of].info.kind not in ("price", "index"):
            msg = f"of: {self.of} is a {panel[self.of].info.kind}; only prices have returns."
            raise DataError(msg)
        sample = draw_sample(
            by_period(panel, self.series()), self._drivers(), self.of, stop=self.stop
        )
        try:
            window = self._window(sample, panel)
            main = self._taken_apart(sample, window, self.betas, self.memory[0], self.every, rng)
        except _TooShortError as short:
            return self.infeasible(str(short), n_obs=sample.n_obs)
        others, left_out = self._readings(sample, window, rng)
        return self._evidence(sample, window, main, others, left_out)

    # The window and its steps.

    def _window(self, sample: Sample, panel: Panel) -> Window:
        asked = panel.days[-1] if self.stop is None else np.datetime64(self.stop, "D")
        stop = sample.days[-1]
        late = int((asked - stop).astype(np.int64))
        if late > OLDEST:
            msg = (
                f"The last day on which all series have a value is {stop}, {late} days before "
                f"{asked}; at most {OLDEST} are taken."
            )
            raise _TooShortError(msg)
        if self.start is None:
            first = int(np.searchsorted(sample.days, stop - _days(self.over), "right")) - 1
        else:
            # The move of the first day counts, so the window begins with the price before it.
            first = int(np.searchsorted(sample.days, np.datetime64(self.start, "D"))) - 1
        if first < 0 or first >= sample.n_obs:
            begins = f"of {self.over.words}" if self.start is None else f"from {self.start}"
            msg = (
                f"Common values run from {sample.days[0]} to {stop}; a window {begins} needs one "
                "before the window and one in it."
            )
            raise _TooShortError(msg)
        move = float(sample.follower[-1] - sample.follower[first])
        if move == 0:
            msg = f"{self.of} did not move from {sample.days[first]} to {stop}: nothing to explain."
            raise _TooShortError(msg)
        return Window(self.of, first, sample.days[first], stop, move)

    def _rows(self, sample: Sample, window: Window, every: Step_) -> Rows:
        """Cut the days into steps that end with the window, and with what came before it."""
        key = ("rows", window.first, every)
        if key not in sample.memo:
            days = sample.days
            if every == "week":
                inside = _weeks_back(days, days.size - 1, window.first)
                ends = np.concatenate((_weeks_back(days, window.first, 0), inside))
            else:
                ends = np.arange(days.size)
            ends = np.unique(np.append(ends, window.first))
            years = np.diff(days[ends]).astype(np.float64) / 365.25
            columns = [years]
            for name in self._drivers():
                path = sample.leaders[name][ends]
                # A state moves a price while it holds, as a drift does.
                columns.append(path[:-1] * years if name in sample.states else np.diff(path))
            x = np.column_stack(columns)
            size = np.maximum(np.sqrt(np.mean(x**2, axis=0)), 1e-300)
            sample.memo[key] = Rows(
                days=days[ends[1:]],
                y=np.diff(sample.follower[ends]),
                x=x / size,
                size=size,
                first=int(np.searchsorted(ends, window.first)),
            )
        rows: Rows = sample.memo[key]
        return rows

    def _memory(self, rows: Rows, window: Window, memory: DurationText) -> slice:
        """Give the rows before the window that betas are learned from."""
        low = int(np.searchsorted(rows.days, window.start - _days(memory), "right"))
        k = rows.x.shape[1]
        needed = max(ROWS_A_COEFFICIENT * k, rows.y.size - rows.first)
        if rows.first - low < needed:
            msg = (
                f"{rows.first - low} common periods in the {memory.words} before {window.start}; "
                f"{k} coefficients and a window of {rows.y.size - rows.first} need {needed}."
            )
            raise _TooShortError(msg)
        return slice(low, rows.first)

    # One reading.

    def _taken_apart(
        self,
        sample: Sample,
        window: Window,
        betas: Betas,
        memory: DurationText,
        every: Step_,
        rng: Generator,
    ) -> Parts:
        if betas == "hindsight":
            return self._in_hindsight(sample, window, rng)
        rows = self._rows(sample, window, every)
        past = self._memory(rows, window, memory)
        y, x, inside = rows.y[past], rows.x[past], rows.x[rows.first :]
        fit = attribution.least_squares(y, x)
        index = stationary_indices(self.n_resamples, y.size, BLOCK[every], rng)
        moved = inside.sum(axis=0)
        if betas == "before":
            path = np.broadcast_to(fit.beta, inside.shape)
            drawn = attribution.resampled_betas(y, x, index) * moved
            residuals = fit.residual
        else:
            followed, residuals = self._followed(rows, past, every)
            first = rows.first - past.start
            path = followed.state[first:]
            every_path = attribution.betas_as_known(
                followed, rows.x[past.start :], first, self.n_resamples, rng
            )
            drawn = np.einsum("ntk,tk->nk", every_path, inside)
        chance = residuals[index[:, : inside.shape[0]] % residuals.size].sum(axis=1)
        label = WORDS[betas].format(memory=memory.words, every=every)
        return self._parts(rows, window, path, drawn, chance, label=f"{label}, {every}s", fit=fit)

    def _in_hindsight(self, sample: Sample, window: Window, rng: Generator) -> Parts:
        rows = self._rows(sample, window, "day")
        y, x = rows.y[rows.first :], rows.x[rows.first :]
        needed = ROWS_IN_WINDOW * x.shape[1]
        if y.size < needed:
            msg = f"{y.size} days in the window; betas of the window itself need {needed}."
            raise _TooShortError(msg)
        fit = attribution.least_squares(y, x)
        block = min(BLOCK["day"], y.size / 4)
        index = stationary_indices(self.n_resamples, y.size, block, rng)
        drawn = attribution.resampled_betas(y, x, index) * x.sum(axis=0)
        # What the window's own betas leave adds up to nearly nothing by construction.
        chance = fit.residual[index].sum(axis=1)
        path = np.broadcast_to(fit.beta, x.shape)
        label = f"{WORDS['hindsight']}, days"
        return self._parts(rows, window, path, drawn, chance, label=label, fit=fit)

    def _followed(
        self, rows: Rows, past: slice, every: Step_
    ) -> tuple[attribution.Followed, Floats]:
        """Follow the betas; how fast they drift is learned from before the window alone."""
        burn_in = 2 * rows.x.shape[1]
        before = attribution.follow_likeliest(
            rows.y[past], rows.x[past], half_life=PER_YEAR[every], burn_in=burn_in
        )
        ratio = before.speed / before.noise
        whole = attribution.follow(
            rows.y[past.start :],
            rows.x[past.start :],
            ratio,
            burn_in=burn_in,
            scale=np.mean(rows.x[past] ** 2, axis=0),
        )
        known = whole._replace(
            noise=before.noise,
            speed=before.speed,
            covariance=whole.covariance * (before.noise / whole.noise),
        )
        return known, before.innovation[burn_in:] * np.sqrt(before.noise)

    def _parts(
        self,
        rows: Rows,
        window: Window,
        path: Floats,
        drawn: Floats,
        chance: Floats,
        *,
        label: str,
        fit: attribution.Fit,
    ) -> Parts:
        inside = rows.x[rows.first :]
        contribution = np.einsum("tk,tk->k", path, inside)
        residual = float(np.sum(rows.y[rows.first :] - np.einsum("tk,tk->t", path, inside)))
        left = window.move - drawn.sum(axis=1)
        asked = self._is_asked
        if self.question == "share":
            value = float(contribution[1:][asked].sum()) / window.move
            draws = drawn[:, 1:][:, asked].sum(axis=1) / window.move
        else:
            value, draws = residual, left - chance
        low, high = (float(q) for q in np.quantile(draws, [0.05, 0.95]))
        return Parts(
            label=label,
            drivers=self.drivers,
            contribution=contribution,
            drawn=drawn,
            residual=residual,
            left=left,
            value=value,
            low=low,
            high=high,
            holds=self._holds(low, high),
            beta=path.mean(axis=0) / rows.size,
            error=fit.error / rows.size,
            moved=inside.sum(axis=0) * rows.size,
        )

    def _holds(self, low: float, high: float) -> bool | None:
        if self.question == "share":
            if low >= self._bar:
                return True
            return False if high < self._bar else None
        towards = (low, high) if self._sign > 0 else (-high, -low)
        if towards[0] > 0:
            return True
        return False if towards[1] < self._bar or towards[1] < 0 else None

    def _readings(
        self, sample: Sample, window: Window, rng: Generator
    ) -> tuple[list[Parts], list[str]]:
        """Run every other way to have chosen betas, memory and step."""
        steps: tuple[Step_, ...] = ("week", "day")
        asked: list[tuple[Betas, DurationText, Step_]] = [
            *(("before", memory, every) for every in steps for memory in self.memory),
            ("kalman", max(self.memory, key=lambda m: m.days), "week"),
        ]
        if self.question == "share":
            asked.append(("hindsight", self.memory[0], "day"))
        main = (self.betas, self.memory[0], self.every)
        usual = float(np.median(np.diff(sample.days).astype(np.int64)))
        found, left_out = [], []
        for betas, memory, every in asked:
            if (betas, memory, every) == main or (betas == self.betas == "hindsight"):
                continue
            if every == "day" and usual > 4:
                left_out.append(f"steps of a day: the series have a common day every {usual:.0f}")
                continue
            try:
                found.append(self._taken_apart(sample, window, betas, memory, every, rng))
            except _TooShortError as short:
                left_out.append(str(short).rstrip("."))
        return found, list(dict.fromkeys(left_out))

    # Earlier windows.

    def _base(self, rows: Rows, memory: DurationText) -> tuple[float, int]:
        """Give the share of earlier windows of this length, side by side, with the words true."""
        length = rows.y.size - rows.first
        k = rows.x.shape[1]
        span = round(memory.days / 365.25 * rows.per_year)
        starts = np.arange(rows.first - length, ROWS_A_COEFFICIENT * k, -length)
        if starts.size == 0:
            return 0.0, 0
        betas = attribution.betas_before(rows.y, rows.x, starts, span)
        total = np.concatenate((np.zeros((1, k)), np.cumsum(rows.x, axis=0)))
        moved = total[starts + length] - total[starts]
        price = np.concatenate(([0.0], np.cumsum(rows.y)))
        move = price[starts + length] - price[starts]
        parts = betas * moved
        if self.question == "share":
            share = parts[:, 1:][:, self._is_asked].sum(axis=1) / np.where(move == 0, np.nan, move)
            return float(np.mean(share >= self._bar)), starts.size
        noise = [
            float(np.std(rows.y[max(s - span, 0) : s] - rows.x[max(s - span, 0) : s] @ beta))
            for s, beta in zip(starts, betas, strict=True)
        ]
        z = self._sign * (move - parts.sum(axis=1)) / (np.array(noise) * np.sqrt(length))
        return float(np.mean(z > Z_90)), starts.size

    # What is said.

    def _evidence(
        self,
        sample: Sample,
        window: Window,
        main: Parts,
        others: list[Parts],
        left_out: list[str],
    ) -> Evidence:
        rows = self._rows(sample, window, self.every)
        readings = [main, *others]
        agree = sum(reading.holds == main.holds for reading in readings)
        base, n_base = self._base(rows, self.memory[0])
        past = self._past(rows, window)
        tally = _Tally(base, n_base, agree, len(readings), past.stop - past.start)
        r_squared, orders = self._orders(rows, past, main)
        caveats = [
            "Betas say what moved together, not what caused it.",
            *_carried_over(rows.y[past], rows.x[past], self.every),
            *cautions({self.of: sample.returns}, sample.days[0]),
            *(f"A reading was left out: {reason}." for reason in left_out),
        ]
        if self.betas == "hindsight":
            caveats.append("The betas are of the window itself: nobody knew them beforehand.")
        if agree < len(readings):
            caveats.append(f"{agree} of {len(readings)} readings agree; see the table.")
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=self._summary(window, main),
            null=self.null,
            start=str(window.start),
            stop=str(window.stop),
            p_value=(1 + round(base * n_base)) / (1 + n_base) if main.holds else 1.0,
            at=f"{window.start} to {window.stop}",
            holds=main.holds,
            estimate=Estimate(
                label=self._label(),
                value=main.value,
                low=main.low,
                high=main.high,
                level=LEVEL,
                unit="share" if self.question == "share" else "log return",
            ),
            n_obs=tally.n_past,
            n_episodes=n_base,
            n_resamples=self.n_resamples,
            components=self._components(window, main, r_squared)
            | {"readings": float(len(readings)), "readings_agree": float(agree), "base_rate": base},
            wording=Wording(
                criterion="the same words are true of an ordinary earlier window",
                share=base,
                satisfied=bool(main.holds),
                informative=base <= 0.5,
            ),
            numbers=self._numbers(window, main, tally),
            flags=tuple(
                dict.fromkeys(f for name in self._drivers() for f in sample.flags(name, self.of))
            ),
            would_change="Another measure of a driver, or one left out here, that changes how much "
            "of the move is explained.",
            caveats=tuple(caveats),
            exhibits=(
                waterfall(window, main),
                driver_table(window, main, orders),
                self._forest(readings),
                *self._curve(rows),
            ),
        )

    def _label(self) -> str:
        if self.question == "share":
            return f"share of the move explained by {_listed(self._asked())}"
        return f"move of {self.of} that the drivers leave unexplained"

    def _summary(self, window: Window, main: Parts) -> str:
        factor = window.factor
        said = (
            f"{self.of} moved {np.expm1(window.move):+.0%} from {window.start} to {window.stop}. "
        )
        if self.question == "share":
            verb = "explains" if len(self._asked()) == 1 else "explain"
            return said + (
                f"Of that move, {_listed(self._asked())} {verb} {_percent(main.value)} (90% "
                f"interval {_percent(main.low)} to {_percent(main.high)})."
            )
        return said + (
            f"Its usual drift with {_listed(tuple(self.drivers))} would have given "
            f"{(window.move - main.residual) * factor:+.0%}, which leaves "
            f"{_points(main.residual * factor)} percentage points unexplained (90% interval "
            f"{_points(main.low * factor)} to {_points(main.high * factor)})."
        )

    def _past(self, rows: Rows, window: Window) -> slice:
        try:
            return self._memory(rows, window, self.memory[0])
        except _TooShortError:
            return slice(0, max(rows.first, 1))

    def _orders(
        self, rows: Rows, past: slice, main: Parts
    ) -> tuple[attribution.Orders, attribution.Orders]:
        """Divide R squared, and the move explained, among the drivers over all orders."""
        y, x = rows.y[past], rows.x[past]
        if self.betas == "hindsight":
            y, x = rows.y[rows.first :], rows.x[rows.first :]
        moved = main.moved[1:] / rows.size[1:]
        r_squared, explained = attribution.subset_values(y, x[:, :1], x[:, 1:], self._group, moved)
        k = len(self.drivers)
        return attribution.over_orders(r_squared, k), attribution.over_orders(explained, k)

    def _components(
        self,
        window: Window,
        main: Parts,
        r_squared: attribution.Orders,
    ) -> dict[str, float]:
        out = {
            "move": window.move,
            "drift": float(main.contribution[0]),
            "residual": main.residual,
        }
        each = zip(self.drivers, main.by_driver, main.same_sign, r_squared.shapley, strict=True)
        for name, contribution, same, share in each:
            out |= {
                f"contribution {name}": float(contribution),
                f"same sign {name}": float(same),
                f"r2 {name}": float(share),
            }
        return out

    def _forest(self, readings: list[Parts]) -> Forest:
        if self.question == "share":
            return reading_forest(readings, label="share of the move", reference=self._bar)
        return reading_forest(readings, label="unexplained log return", reference=0.0)

    def _curve(self, rows: Rows) -> tuple[Exhibit, ...]:
        """Follow the betas of the asked drivers."""
        span = round(self.memory[0].days / 365.25 * rows.per_year)
        first = ROWS_A_COEFFICIENT * rows.x.shape[1]
        if rows.y.size <= first:
            return ()
        columns = [
            (name, column)
            for column, (name, asked) in enumerate(
                zip(self._drivers(), self._is_asked, strict=True), start=1
            )
            if asked
        ]
        return (beta_curve(rows, columns, span=span, first=first, step=self.every),)

    def _numbers(self, window: Window, main: Parts, tally: "_Tally") -> tuple[NumberShown, ...]:
        factor = window.factor
        move = f"the {np.expm1(window.move):+.0%} of {self.of}"
        if self.question == "share":
            size = (
                f"{_percent(main.value)} of {move} (90% interval {_percent(main.low)} to "
                f"{_percent(main.high)})"
            )
        else:
            size = (
                f"{_points(main.residual * factor)} percentage points (90% interval "
                f"{_points(main.low * factor)} to {_points(main.high * factor)}), beside {move}"
            )
        return (
            NumberShown(name="size", label=self._label(), value=main.value, text=size),
            NumberShown(
                name="odds",
                label="base rate",
                value=tally.base,
                text=f"the same words were true of {tally.base:.0%} of {tally.windows} earlier "
                "windows",
            ),
            NumberShown(
                name="power",
                label="readings that agree",
                value=tally.agree,
                text=f"{tally.agree} of {tally.readings} readings of the words agree",
            ),
            NumberShown(
                name="episodes",
                label="periods that the betas rest on",
                value=tally.n_past,
                text=f"{tally.n_past:,} {self.every}s before {window.start}",
            ),
        )


@dataclass(frozen=True, slots=True)
class _Tally:
    """How often the words were true of earlier windows, and what the answer rests on."""

    base: float
    windows: int
    agree: int
    readings: int
    n_past: int


class _TooShortError(Exception):
    """The data cannot answer; becomes an infeasible finding."""


def _carried_over(y: Floats, x: Floats, every: Step_) -> tuple[str, ...]:
    """Warn where what the drivers leave goes on from period to period: blocks then fall short."""
    left = attribution.least_squares(y, x).residual
    r = float(np.corrcoef(left[:-1], left[1:])[0, 1])
    if not r > CARRIED:
        return ()
    return (
        f"What the drivers leave carries over from one {every} to the next (autocorrelation "
        f"{r:.2f}), so that its interval is too short: where nothing is left, such a past shows a "
        "clear residual in about 8 % of cases, not in 5 %.",
    )


def _weeks_back(days: Days, last: int, first: int) -> Index:
    """Positions of the last days at or before each whole week back from ``last``."""
    n_weeks = int((days[last] - days[first]).astype(np.int64)) // 7
    targets = days[last] - np.arange(n_weeks + 1) * np.timedelta64(7, "D")
    at = np.searchsorted(days, targets, "right") - 1
    return np.unique(at[at >= first])


def _days(length: DurationText) -> np.timedelta64:
    return np.timedelta64(round(length.days), "D")


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _percent(share: float) -> str:
    # Rounded first, so that next to nothing is not shown as minus nothing.
    return f"{round(share, 2) + 0.0:.0%}"


def _points(share: float) -> str:
    """Write a difference of shares in percentage points, "-52"."""
    return f"{100 * share:+.0f}"
