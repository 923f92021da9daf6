"""Does the leader forecast the follower out of sample, beyond what was known without it?"""

from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Every
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Curve, Exhibit, Line, Mark, Table
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Null, Paths, Rotations, Sample
from leadline.kernels import forecast
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.events import rises_after
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
LENGTH = {"week": 7.0, "month": 365.25 / 12}
MIN_FORECASTS = 40
MIN_TRAINING = 30
GROUPS = 5


class PredictiveSkill(RelationTest):
    """Walk-forward forecasts of the follower's next move, with the leader and without.

    At each date both models are fitted to what was known by then; an outcome counts as known
    only ``horizon`` after it began. The leader's predictor is its move over ``over`` in units of
    past volatility (a state is taken as it stands), its slope kept to the claimed sign (Campbell
    and Thompson 2008). The statistic is the t of Clark and West (2007) for nested models; every
    history of the follower is forecast anew in the same way, so that overlapping outcomes,
    estimation noise and the sign restriction are in the null as well. The estimate is the
    out-of-sample R squared against the benchmark, with the sign of the claim.
    """

    null: ClassVar[str] = "the leader adds nothing to forecasts of the follower made in real time"
    effect: ClassVar[str] = "out-of-sample R², signed as the claimed slope"
    unit: ClassVar[str] = "share of squared error"
    state_follower: ClassVar[bool] = True

    kind: Literal["predictive_skill"] = "predictive_skill"
    every: Every = "week"
    over: Duration = DurationText("13w")
    horizon: Duration = DurationText("13w")
    outcome: Literal["return", "event"] = "return"
    by: float = Field(0.30, gt=0)
    benchmark: Literal["climatology", "own"] = "climatology"
    training: Duration = DurationText("3y")
    matters: float | None = 0.01

    def _periods(self, length: DurationText, sample: Sample) -> int:
        if self.every == "day":
            return max(length.observations(sample.per_year), 1)
        return max(round(length.days / LENGTH[self.every]), 1)

    def lead_in(self, sample: Sample) -> int:
        """Let the first forecast learn from before the start."""
        days = self.over.days + self.training.days + self.horizon.days
        return int(np.ceil(days / 365.25 * sample.per_year)) + 1

    def _rows(self, sample: Sample) -> tuple[int, int, int]:
        """Give the first row with a predictor, the rows to an outcome, and the first forecast.

        Rows are positions in ``sample.ends``.
        """
        over, ahead = self._periods(self.over, sample), self._periods(self.horizon, sample)
        start = int(np.searchsorted(sample.ends(self.every), sample.skip, "left"))
        first = max(start, over + self._periods(self.training, sample) + ahead)
        return over, ahead, first

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        over, ahead, first = self._rows(sample)
        n_forecasts = sample.ends(self.every).size - ahead - first
        needed = max(MIN_FORECASTS, 2 * ahead)
        if n_forecasts < needed or first - over - ahead < MIN_TRAINING:
            return (
                f"{max(n_forecasts, 0)} forecasts over {self.horizon.words} after "
                f"{self.training.words} of training; needs {needed}, and {MIN_TRAINING} "
                f"{self.every}s to train on."
            )
        return super().too_thin(sample)

    def _predictor(self, sample: Sample) -> Floats:
        """Give the leader's predictor at each row from the first that has one."""
        path = sample.leaders[self.leader][sample.ends(self.every)]
        over = self._periods(self.over, sample)
        if self.leader in sample.states:
            return path[over:]
        return _scaled_move(path, over)

    def _outcomes(self, sample: Sample, paths: Paths) -> Floats:
        """Give what came over the horizon, from the first row on, shape (n, n_rows)."""
        over, ahead, _ = self._rows(sample)
        key = ("outcome", self.every, over, ahead, self.outcome, self.by, sample.days[0])

        def make() -> Floats:
            level = paths.levels[:, sample.ends(self.every)]
            if self.outcome == "event":
                rose = rises_after(level, by=float(np.log1p(self.by)), start=0, stop=ahead)
                return np.asarray(rose[:, over : level.shape[1] - ahead], dtype=np.float64)
            return np.asarray(level[:, over + ahead :] - level[:, over:-ahead])

        found: Floats = paths.once(key, make)
        return found

    def _own(self, sample: Sample, paths: Paths) -> tuple[Floats, ...]:
        """Give the follower's own momentum and volatility at the same rows."""
        if self.benchmark == "climatology":
            return ()
        over, ahead, _ = self._rows(sample)
        key = ("own", self.every, over, ahead, sample.days[0])

        def make() -> tuple[Floats, ...]:
            level = paths.levels[:, sample.ends(self.every)]
            moves = np.diff(level, axis=1)
            # The scale before a move: one more, so that row t knows the move that ends at t.
            padded = np.concatenate((moves, moves[:, -1:]), axis=1)
            volatility = np.log(past_scale(padded, window=max(over, 8)))
            return level[:, over:-ahead] - level[:, : -ahead - over], volatility[:, over:-ahead]

        found: tuple[Floats, ...] = paths.once(key, make)
        return found

    def _forecasts(self, sample: Sample, paths: Paths) -> forecast.Nested:
        over, ahead, first = self._rows(sample)
        outcome = self._outcomes(sample, paths)
        return forecast.nested_walk_forward(
            self._predictor(sample)[: outcome.shape[1]],
            self._own(sample, paths),
            outcome,
            embargo=ahead,
            first=first - over,
        )

    def null_model(self, sample: Sample) -> Null:
        """Fit the null; a state is moved round the calendar."""
        if self.follower in sample.states:
            return Rotations(sample.follower, keep_off=self.horizon.observations(sample.per_year))
        return super().null_model(sample)

    def prepare(self, sample: Sample) -> Scorer:
        """Give the scorer that forecasts every history anew."""
        bandwidth = self._periods(self.horizon, sample)

        def score(paths: Paths) -> Floats:
            made = self._forecasts(sample, paths)
            return np.column_stack(
                [
                    forecast.clark_west_t(made.towards(sign), bandwidth=bandwidth)
                    for sign in (self.sign, -self.sign)
                ]
            )

        return score

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the gain, its interval, and the scores of both forecasts."""
        _, ahead, first = self._rows(sample)
        happened = Paths(sample, sample.returns[None, :])
        nested = self._forecasts(sample, happened)
        made = forecast.Forecasts(*(part[0] for part in nested.towards(self.sign)))
        statistic = float(forecast.clark_west_t(made, bandwidth=ahead))
        p = p_value(statistic, null)
        r2, low, high = forecast.r2_interval(
            made, block=max(8, 2 * ahead), level=0.90, n_resamples=999, rng=rng
        )
        if self.sign < 0:
            low, high = -high, -low
        kept = float(np.mean(self.sign * nested.slope[0] > 0))
        components = {
            "clark_west_t": statistic,
            "r2": r2,
            "n_forecasts": float(made.outcome.size),
            "slope_as_claimed": kept,
        }
        exhibits: tuple[Exhibit, ...] = ()
        scores = self._scores(made, self._before(sample, happened), ahead)
        components |= {f"{name}_gain": 1 - theirs / base for name, base, theirs in scores}
        if full:
            days = sample.days[sample.ends(self.every)][first : first + made.outcome.size]
            exhibits = (self._race(made, days), self._calibration(made), _score_table(scores))
        what = (
            f"{self.follower}'s move over {self.horizon.words}"
            if self.outcome == "return"
            else f"rises of {self.follower} by {self.by:.0%} within {self.horizon.words}"
        )
        change = f"takes {r2:.1%} off" if r2 > 0 else f"adds {-r2:.1%} to"
        known = "its average" if self.benchmark == "climatology" else "its own past"
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=self.effect,
                value=self.sign * r2,
                low=low,
                high=high,
                unit=self.unit,
            ),
            at=f"forecasts over {self.horizon.words}",
            n_episodes=max(made.outcome.size // ahead, 1),
            components=components,
            exhibits=exhibits,
            caveats=(
                f"{made.outcome.size} forecasts overlap; they hold about "
                f"{max(made.outcome.size // ahead, 1)} separate outcomes.",
            ),
            summary=f"Forecasting {what} from {self.leader} {change} the squared error of {known}; "
            f"without a link chance does as well with p = {p:.3f}.",
        )

    def _before(self, sample: Sample, happened: Paths) -> Floats:
        """Give the outcomes known before the first forecast, to judge the spread from."""
        over, ahead, first = self._rows(sample)
        return self._outcomes(sample, happened)[0, : first - over - ahead]

    def _scores(
        self, made: forecast.Forecasts, before: Floats, ahead: int
    ) -> list[tuple[str, float, float]]:
        """Give each score of the benchmark and of the forecast; less is better."""
        y, without, with_leader = made
        out = [
            (
                "squared_error",
                float(np.mean((y - without) ** 2)),
                float(np.mean((y - with_leader) ** 2)),
            )
        ]
        if self.outcome == "event":
            log = [float(forecast.event_log_score(y, f).mean()) for f in (without, with_leader)]
            return [*out, ("log_score", log[0], log[1])]
        spread = [_spread(y - f, before, ahead) for f in (without, with_leader)]
        crps, log = (
            [
                float(score(y, f, s).mean())
                for f, s in zip((without, with_leader), spread, strict=True)
            ]
            for score in (forecast.gaussian_crps, forecast.gaussian_log_score)
        )
        # A log score has no zero to take a share of: the inverse of the typical density does.
        shown = [float(np.exp(value)) for value in log]
        return [*out, ("crps", crps[0], crps[1]), ("log_score", shown[0], shown[1])]

    def _race(self, made: forecast.Forecasts, days: NDArray[np.datetime64]) -> Curve:
        lead = np.cumsum((made.outcome - made.benchmark) ** 2 - (made.outcome - made.forecast) ** 2)
        base = float(np.sum((made.outcome - made.benchmark) ** 2))
        share = lead / base
        step = max(1, share.size // 300)
        shown = slice((share.size - 1) % step, None, step)
        up = float(np.mean(np.diff(share, prepend=0.0) > 0))
        return Curve(
            name="race",
            title="Which forecast is ahead, day by day",
            finding=f"At the end the forecast with {self.leader} is "
            f"{'ahead' if share[-1] > 0 else 'behind'} by {abs(share[-1]):.1%} of the squared "
            f"error; it was the better one {up:.0%} of the time.",
            note="Sum of the benchmark's squared errors less the forecast's (Goyal and Welch "
            "2008). Where the line rises, the leader helped; a single jump is one episode.",
            x_label="forecast made on",
            y_label="share of the benchmark's squared error",
            y_format=".1%",
            lines=(
                Line(
                    label="lead of the forecast",
                    x=tuple(str(d) for d in days[shown]),
                    y=tuple(share[shown]),
                ),
            ),
            marks=(Mark(label="level", at=0.0, axis="y"),),
        )

    def _calibration(self, made: forecast.Forecasts) -> Table:
        order = np.argsort(made.forecast, kind="stable")
        rows = []
        for group in np.array_split(order, GROUPS):
            said, came = made.forecast[group], made.outcome[group]
            rows.append(
                (
                    f"{said.min():+.1%} to {said.max():+.1%}",
                    f"{said.mean():+.1%}",
                    f"{came.mean():+.1%}",
                    str(group.size),
                )
            )
        first, last = (
            float(made.outcome[g].mean()) for g in np.array_split(order, GROUPS)[:: GROUPS - 1]
        )
        return Table(
            name="calibration",
            title="What was forecast, and what came",
            finding=f"After the lowest fifth of forecasts {first:+.1%} came on average, after the "
            f"highest {last:+.1%}.",
            columns=("forecast", "mean forecast", "mean outcome", "forecasts"),
            rows=tuple(rows),
        )

    def quick(self, sample: Sample) -> float:
        """Give the out-of-sample R squared, signed as claimed."""
        happened = Paths(sample, sample.returns[None, :])
        made = self._forecasts(sample, happened).towards(self.sign)
        return float(self.sign * _r2(made)[0])

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the follower's drift follow the leader's predictor, to about the R squared asked."""
        del rng
        over, ahead, _ = self._rows(sample)
        ends = sample.ends(self.every)
        x = self._predictor(sample)[:-1]
        x = (x - x.mean()) / x.std()
        # Over the horizon the drift adds up along the predictor's own path.
        summed = np.convolve(x, np.ones(ahead), mode="valid")
        seen = float(np.mean(summed * x[: summed.size]))
        moves = np.diff(sample.follower[ends])
        noise = float(moves.var()) * ahead
        room = seen**2 - abs(effect) * float(summed.var())
        size = np.sqrt(abs(effect) * noise / max(room, 0.1 * seen**2))
        daily = sample.over_days(self.every, x, first=over)
        return np.asarray(returns + np.sign(effect) * size * daily)

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the squared average correlation of predictor and outcome that came of it."""
        y = self._outcomes(sample, paths)
        x = self._predictor(sample)[: y.shape[1]]
        x = (x - x.mean()) / x.std()
        spread = np.maximum(y.std(axis=1), 1e-300)
        r = float(np.mean((y - y.mean(axis=1, keepdims=True)) @ x / (x.size * spread)))
        return float(np.sign(effect) * r**2)

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast the outcome from the leader's predictor."""
        y = self._outcomes(sample, Paths(sample, sample.returns[None, :]))[0]
        return self._predictor(sample)[: y.size, None], y, self._periods(self.horizon, sample)

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        return "the forecast with the leader has the smaller squared error out of sample"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the plain R squared is above zero."""
        return np.asarray(_r2(self._forecasts(sample, paths).towards(self.sign)) > 0)


def _scaled_move(path: Floats, over: int) -> Floats:
    """Give moves over ``over`` rows in units of past volatility, from row ``over`` on."""
    moves = np.diff(path)
    scale = past_scale(moves)
    return np.asarray((path[over:] - path[:-over]) / (scale[over - 1 :] * np.sqrt(over)))


def _r2(made: forecast.Forecasts) -> Floats:
    without = np.sum((made.outcome - made.benchmark) ** 2, axis=-1)
    with_leader = np.sum((made.outcome - made.forecast) ** 2, axis=-1)
    return np.asarray(1 - with_leader / np.maximum(without, 1e-300))


def _spread(errors: Floats, before: Floats, ahead: int) -> Floats:
    """Give the spread of errors known at each forecast; at first, that of the outcomes before."""
    spread = forecast.past_spread(errors, ahead)
    return np.where(np.isnan(spread), before.std(), spread)


def _score_table(scores: list[tuple[str, float, float]]) -> Table:
    words = {
        "squared_error": "mean squared error",
        "crps": "continuous ranked probability score",
        "log_score": "log score",
    }
    best = max(scores, key=lambda row: 1 - row[2] / row[1])
    gain = 1 - best[2] / best[1]
    return Table(
        name="scores",
        title="Scores of both forecasts",
        finding=f"By the {words[best[0]]} the forecast with the leader is "
        f"{'better' if gain > 0 else 'worse'} by {abs(gain):.1%}.",
        note="Less is better in every row.",
        columns=("score", "without the leader", "with it", "gain"),
        rows=tuple(
            (words[name], f"{base:.4g}", f"{theirs:.4g}", f"{1 - theirs / base:+.1%}")
            for name, base, theirs in scores
        ),
    )
