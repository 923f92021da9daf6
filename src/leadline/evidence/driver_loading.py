"""Does the follower move with the driver, given the other drivers?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import model_validator

from leadline.data.panel import Every, Panel
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Band, Curve, Exhibit, Forest, ForestRow, Line, Mark
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.same_day import by_period
from leadline.evidence.sample import Null, NullModel, Paths, Sample
from leadline.kernels import attribution
from leadline.kernels.breaks import sup_t
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]

MIN_PERIODS = 60
LEVEL = 0.90
Z_90 = 1.6448536269514722
WINDOW: Mapping[Every, int] = {"day": 500, "week": 156, "month": 48}
ADVERB: Mapping[Every, str] = {"day": "daily", "week": "weekly", "month": "monthly"}


class DriverLoading(RelationTest):
    """Slope of the follower's return on the driver's move in the same period, others held fixed.

    Prices move in logs, rates in percentage points, so the slope is a log return per unit log or
    per percentage point. All series stand on the day that their values are about (`same_day`), and
    a week is the default period, since markets that close hours apart share most of a week but
    not of a day. The statistic is the partial covariance normalised by its own products, so that
    shared volatility does not pass for a loading (Dalla, Giraitis and Phillips 2022); the null
    gives random signs to what the controls leave of the follower's returns and keeps the rest
    (wild bootstrap: Liu 1988). Driver and controls split their common part by least squares
    (Frisch and Waugh 1933).
    """

    null: ClassVar[str] = (
        "given the controls, the follower's return does not go with the driver's move"
    )
    effect: ClassVar[str] = "slope on the driver, the controls held fixed"
    unit: ClassVar[str] = "log return per unit of the driver"
    skill_of: ClassVar[Literal["forecasts", "explanations"]] = "explanations"

    kind: Literal["driver_loading"] = "driver_loading"
    controls: tuple[str, ...] = ()
    every: Every = "week"
    broke: date | None = None
    matters: float | None = 0.1

    @model_validator(mode="after")
    def _told_apart(self) -> "DriverLoading":
        named = {self.leader, *self.forks.get("leader", ())}
        for controls in (self.controls, *self.forks.get("controls", ())):
            twice = sorted(named.intersection(controls) | {self.follower}.intersection(controls))
            if twice:
                msg = f"controls: {', '.join(twice)} is what is tested, so it cannot be held fixed."
                raise ValueError(msg)
        return self

    def leaders(self) -> tuple[str, ...]:
        """Name the drivers of every fork, the claim's own first, and then every control."""
        held = (*self.controls, *(name for c in self.forks.get("controls", ()) for name in c))
        return tuple(dict.fromkeys((*super().leaders(), *held)))

    def draw(self, panel: Panel) -> Sample:
        """Draw the sample on the days that the values are about."""
        named = (*self.leaders(), self.follower, *self._placebo_series())
        plain = self.model_copy(update={"given": None})
        sample = super(DriverLoading, plain).draw(by_period(panel, named))
        if self.given is None:
            return sample
        # The condition is read as it was known, not on the day that it is about.
        return replace(sample, given=self.given.held(panel, sample.days[:-1]))

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        if sample.n_obs < 2:
            return super().too_thin(sample)
        periods = sample.ends(self.every).size - 1
        if periods < MIN_PERIODS:
            return f"{max(periods, 0)} {self.every}s of common data; needs {MIN_PERIODS}."
        return None

    def _moves(self, sample: Sample, name: str) -> Floats:
        ends = sample.ends(self.every)
        path = sample.leaders[name]
        # What a state says of a period is how it began: its changes mean nothing.
        return path[ends[:-1]] if name in sample.states else np.diff(path[ends])

    def _held(self, sample: Sample) -> Floats:
        """Give the constant and the controls, shape (n_periods, 1 + n_controls)."""
        n = sample.ends(self.every).size - 1
        return np.column_stack([np.ones(n), *(self._moves(sample, c) for c in self.controls)])

    def _own(self, sample: Sample) -> tuple[Floats, Floats]:
        """Give the driver's own move, which no control shares, and the controls' basis."""
        key = ("own", self.leader, self.controls, self.every)
        if key not in sample.memo:
            x, held = self._moves(sample, self.leader), self._held(sample)
            basis = np.linalg.qr(held / np.maximum(np.sqrt((held**2).sum(axis=0)), 1e-300))[0]
            own = x - basis @ (basis.T @ x)
            # What rounding leaves of a driver that the controls hold in full is nothing.
            if float(own @ own) < 1e-18 * float(x @ x):
                own = np.zeros_like(own)
            sample.memo[key] = own, basis
        own_and_basis: tuple[Floats, Floats] = sample.memo[key]
        return own_and_basis

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the driver's own moves; the score is self-normalised."""
        own, basis = self._own(sample)

        def score(paths: Paths) -> Floats:
            y = paths.every(self.every)
            squares = paths.once(("squares", self.every), lambda: y**2)
            t = attribution.studentised(y, squares, own, basis)
            return np.column_stack((self.sign * t, -self.sign * t))

        return score

    def null_model(self, sample: Sample) -> Null:
        """Fit the null: the controls' part stays, with its neighbours of the guard gap."""
        # Clocks hours apart blur days, not weeks.
        guard = self.guard.observations(sample.per_year)
        key = ("null without the driver", self.controls, guard)
        if key not in sample.memo:
            held = tuple(name for name in self.controls if name not in sample.states)
            sample.memo[key] = NullModel.fit(sample, held, guard=guard if held else None)
        model: Null = sample.memo[key]
        return model

    def weights(self, sample: Sample) -> Floats:
        """Give each daily return's weight in the slope, shape (n_obs,)."""
        own, _ = self._own(sample)
        return sample.on_days(self.every, own / max(float(own @ own), 1e-300))

    def quick(self, sample: Sample) -> float:
        """Give the slope alone."""
        return float(self.weights(sample) @ sample.returns)

    def _fit(self, sample: Sample, *, held: bool = True) -> attribution.Fit:
        """Fit the follower on the driver, the constant and the controls, in this order."""
        rest = self._held(sample) if held else np.ones((sample.ends(self.every).size - 1, 1))
        x = np.column_stack((self._moves(sample, self.leader), rest))
        # Columns of one size: the fit must not hang on units.
        size = np.maximum(np.sqrt(np.mean(x**2, axis=0)), 1e-300)
        fit = attribution.least_squares(np.diff(sample.follower[sample.ends(self.every)]), x / size)
        return attribution.Fit(fit.beta / size, fit.covariance / np.outer(size, size), fit.residual)

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the slope, its interval, and whether it changed."""
        happened = Paths(sample, sample.returns[None, :])
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p = p_value(statistic, null)
        fit, alone = self._fit(sample), self._fit(sample, held=False)
        value, error = float(fit.beta[0]), float(fit.error[0])
        own, basis = self._own(sample)
        y = np.diff(sample.follower[sample.ends(self.every)])
        rest = y - basis @ (basis.T @ y)
        explained = float(own @ rest) ** 2 / max(float(own @ own) * float(rest @ rest), 1e-300)
        components = {
            "slope": value,
            "slope_alone": float(alone.beta[0]),
            "standard_error": error,
            "partial_r2": explained,
            "one_sd_move": float(value * np.std(self._moves(sample, self.leader))),
        }
        exhibits: tuple[Exhibit, ...] = ()
        leave_one_out = None
        caveats: tuple[str, ...] = ()
        if full:
            leave_one_out = self._without_a_year(sample, own, rest)
            more, caveats, exhibits = self._through_time(sample, fit, own, rest, rng)
            components |= more
            exhibits = (*exhibits, self._forest(sample, fit, alone))
        given = f", {' and '.join(self.controls)} held fixed" if self.controls else ""
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=f"{self.follower} in a {self.every} in which {self.leader} rose by its usual "
                f"move{given}",
                value=value,
                low=value - Z_90 * error,
                high=value + Z_90 * error,
                level=LEVEL,
                unit=self.unit,
            ),
            n_episodes=own.size,
            components=components,
            leave_one_out=leave_one_out,
            exhibits=exhibits,
            caveats=(
                "Slopes are of the same period: they say what moves together, not what comes "
                "first.",
                *caveats,
            ),
            summary=f"When {self.leader} rose by its usual {ADVERB[self.every]} move, "
            f"{self.follower} moved {components['one_sd_move']:+.2%}{given} (p = {p:.3f}).",
        )

    def _without_a_year(self, sample: Sample, own: Floats, rest: Floats) -> tuple[float, float]:
        years = sample.days[sample.ends(self.every)[1:]].astype("datetime64[Y]").astype(np.int64)
        years -= years.min()
        top, size = np.bincount(years, own * rest), np.bincount(years, own**2)
        left = (top.sum() - top) / np.maximum(size.sum() - size, 1e-300)
        return float(left.min()), float(left.max())

    def _through_time(
        self, sample: Sample, fit: attribution.Fit, own: Floats, rest: Floats, rng: Generator
    ) -> tuple[dict[str, float], tuple[str, ...], tuple[Exhibit, ...]]:
        """Search for a break in the slope, test the one named, and follow it through time."""
        days = sample.days[sample.ends(self.every)[1:]]
        # The scores have mean zero everywhere if and only if the slope never changed (Nyblom
        # 1989; Andrews 1993 for the search).
        scores = own * fit.residual
        found = [
            sup_t(scores, trim=0.15, n_resamples=self.n_sensitivity, rng=rng, sign=sign)
            for sign in (1, -1)
        ]
        best = min(found, key=lambda each: each.p_value)
        p = min(1.0, 2 * best.p_value)
        before, after = (_slope(own[part], rest[part]) for part in _split(best.position))
        more = {
            "p_break": p,
            "break_year": float(days[best.position].astype("datetime64[Y]").astype(int) + 1970),
            "slope_before_break": before,
            "slope_after_break": after,
        }
        words = [
            f"The link changed most at {days[best.position]}, from a slope of {before:+.3g} to "
            f"{after:+.3g} "
            f"(p = {p:.3f} after searching all days)."
        ]
        marks = [Mark(label="no slope", at=0.0, axis="y")]
        if p <= 0.05:
            marks.append(Mark(label="break", at=str(days[best.position])))
        if self.broke is not None:
            at = int(np.searchsorted(days, np.datetime64(self.broke, "D")))
            if min(at, days.size - at) >= MIN_PERIODS // 2:
                named, text = self._named_break(sample, at)
                more |= named
                words.append(text)
                marks.append(Mark(label="named break", at=str(days[at])))
        return more, tuple(words), (self._rolling(days, own, rest, tuple(marks)),)

    def _named_break(self, sample: Sample, at: int) -> tuple[dict[str, float], str]:
        moves = self._moves(sample, self.leader)
        late = (np.arange(moves.size) >= at).astype(float)
        x = np.column_stack((moves * late, moves * (1 - late), self._held(sample)))
        size = np.maximum(np.sqrt(np.mean(x**2, axis=0)), 1e-300)
        y = np.diff(sample.follower[sample.ends(self.every)])
        fit = attribution.least_squares(y, x / size)
        after, before = fit.beta[:2] / size[:2]
        spread = fit.covariance[:2, :2] / np.outer(size[:2], size[:2])
        error = float(np.sqrt(max(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1], 1e-300)))
        t = float(after - before) / error
        return (
            {"slope_before": float(before), "slope_after": float(after), "t_broke": t},
            f"Before {self.broke} the slope was {before:+.3g}, since then {after:+.3g} "
            f"(difference {t:+.1f} standard errors).",
        )

    def _rolling(
        self, days: NDArray[np.datetime64], own: Floats, rest: Floats, marks: tuple[Mark, ...]
    ) -> Curve:
        window = min(WINDOW[self.every], own.size // 3)
        rows = np.column_stack((own * rest, own**2, rest**2))
        total = np.concatenate((np.zeros((1, 3)), np.cumsum(rows, axis=0)))
        top, size, squares = (total[window:] - total[:-window]).T
        slope = top / np.maximum(size, 1e-300)
        left = np.maximum(squares - slope * top, 0.0) / window
        error = Z_90 * np.sqrt(left / np.maximum(size, 1e-300))
        shown = slice((slope.size - 1) % max(1, slope.size // 260), None, max(1, slope.size // 260))
        x = tuple(str(day) for day in days[window - 1 :][shown])
        share = float(np.mean(self.sign * slope > 0))
        return Curve(
            name="rolling",
            title="Does the loading hold through time?",
            finding=f"Over moving windows of {window} {self.every}s the slope runs from "
            f"{slope.min():+.3g} to {slope.max():+.3g}; {share:.0%} of windows lie on the claimed "
            "side.",
            note="Windows overlap, so neighbouring points are nearly the same point.",
            x_label="end of window",
            y_label="slope",
            y_format="+.2g",
            lines=(Line(label="slope", x=x, y=tuple(slope[shown])),),
            bands=(
                Band(
                    label="90 % interval of one window",
                    x=x,
                    low=tuple((slope - error)[shown]),
                    high=tuple((slope + error)[shown]),
                ),
            ),
            marks=marks,
        )

    def _forest(self, sample: Sample, fit: attribution.Fit, alone: attribution.Fit) -> Forest:
        """Set all drivers side by side, each by what its ordinary move did."""
        names = (self.leader, *self.controls)
        # The constant stands between the driver and the controls.
        at = (0, *range(2, 2 + len(self.controls)))
        rows = []
        for name, i in zip(names, at, strict=True):
            sd = float(np.std(self._moves(sample, name)))
            rows.append(
                ForestRow(
                    label=name,
                    value=float(fit.beta[i]) * sd,
                    low=float(fit.beta[i] - Z_90 * fit.error[i]) * sd,
                    high=float(fit.beta[i] + Z_90 * fit.error[i]) * sd,
                    highlight=i == 0,
                )
            )
        if self.controls:
            sd = float(np.std(self._moves(sample, self.leader)))
            rows.append(
                ForestRow(
                    label=f"{self.leader}, controls let go",
                    value=float(alone.beta[0]) * sd,
                    low=float(alone.beta[0] - Z_90 * alone.error[0]) * sd,
                    high=float(alone.beta[0] + Z_90 * alone.error[0]) * sd,
                )
            )
        return Forest(
            name="loadings",
            title=f"What {self.follower} did in a {self.every} in which a driver made its usual "
            "move",
            finding=f"One standard deviation of {self.leader} went with {rows[0].value:+.2%} in "
            f"{self.follower}.",
            note="Log return for a move of one standard deviation, the other drivers held fixed; "
            "bars are 90 % intervals (Newey and West 1987).",
            x_label="log return",
            rows=tuple(rows),
        )

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the follower answer the driver with slope ``effect``, day by day."""
        del rng
        if self.leader in sample.states:
            # Spread over each period, as the state stood when it began.
            daily = sample.over_days(self.every, self._moves(sample, self.leader))
            return np.asarray(returns + effect * daily)
        return np.asarray(returns + effect * sample.moves(self.leader))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Explain each return by the driver's move, with slopes from the past alone.

        This is skill in explaining, not in forecasting: the driver's move is of the same period,
        but both slope and controls are fitted to what came before.
        """
        x = self._moves(sample, self.leader)
        y = np.diff(sample.follower[sample.ends(self.every)])
        held = self._held(sample)
        first = min(max(MIN_PERIODS // 2, 4 * held.shape[1]), x.size // 3)
        stops = np.arange(first, x.size)
        outcome = []
        for values in (x, y):
            betas = attribution.betas_before(values, held, stops, values.size)
            outcome.append(values[first:] - np.einsum("tk,tk->t", held[first:], betas))
        # Both in units of the follower's past volatility, so that one crash does not decide alone.
        scale = past_scale(outcome[1])
        return (outcome[0] / scale)[:, None], outcome[1] / scale, 0

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        held = ", the controls held fixed," if self.controls else ""
        return f"the correlation with the driver{held} looks significant by itself"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the partial correlation leaves the plain 95 % band."""
        own, basis = self._own(sample)
        y = paths.every(self.every)
        rest = y - (y @ basis) @ basis.T
        r = (rest @ own) / np.sqrt(
            np.maximum((rest**2).sum(axis=1) * max(float(own @ own), 1e-300), 1e-300)
        )
        return np.asarray(self.sign * r > 1.96 / np.sqrt(own.size))


def _slope(x: Floats, y: Floats) -> float:
    return float(x @ y) / max(float(x @ x), 1e-300)


def _split(at: int) -> tuple[slice, slice]:
    return slice(None, at), slice(at, None)
