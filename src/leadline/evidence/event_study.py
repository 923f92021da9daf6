"""What does the follower do after the event?"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.duration import Duration, DurationText
from leadline.evidence import pictures
from leadline.evidence.base import Estimate
from leadline.evidence.event_pictures import episode_table, fan
from leadline.evidence.events import LeaderRule, RecordHigh, leader_events
from leadline.evidence.exhibits import Exhibit
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Paths, Sample
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.events import rotation_p
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MIN_EVENTS = 3


class EventStudy(RelationTest):
    """Mean follower return after the leader's events, less its mean after any day.

    The p is the larger of two: all rotations of the dates, which keep their bunching, and
    histories with random signs, which keep the volatility the series share. Source: MacKinlay
    (1997), "Event Studies in Economics and Finance", JEL 35, 13-39.
    """

    null: ClassVar[str] = "the follower does after an event what it does after any other day"
    effect: ClassVar[str] = "mean return after the event, less the mean after any day"
    unit: ClassVar[str] = "log return"

    kind: Literal["event_study"] = "event_study"
    event: LeaderRule = RecordHigh()
    horizon: Duration = DurationText("3m")
    matters: float | None = 0.15

    def _window(self, sample: Sample) -> tuple[int, int]:
        gap = max(self.guard.observations(sample.per_year), 1)
        return gap, max(self.horizon.observations(sample.per_year), 1)

    def _eligible(self, sample: Sample) -> Flags:
        gap, horizon = self._window(sample)
        flags = leader_events(sample, self.leader, self.event).copy()
        flags[max(flags.size - gap - horizon, 0) :] = False
        return flags

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        gap, horizon = self._window(sample)
        if sample.n_obs < 2 * (gap + horizon):
            return (
                f"{sample.n_obs} observations; a horizon of {self.horizon.words} "
                f"needs {2 * (gap + horizon)}."
            )
        count = int(self._eligible(sample).sum())
        if count < MIN_EVENTS:
            return f"{count} events of {self.leader}; needs {MIN_EVENTS}."
        return None

    def weights(self, sample: Sample) -> Floats:
        """Give each daily return's weight in the estimate, shape (n_obs,)."""
        key = ("weights", self.kind, self.leader, self.event, self.horizon, self.guard)
        if key not in sample.memo:
            gap, horizon = self._window(sample)
            dates = np.flatnonzero(self._eligible(sample))
            starts = np.arange(sample.days.size - gap - horizon)

            def mean_window(begin: NDArray[np.intp]) -> Floats:
                steps = np.zeros(sample.n_obs + 1)
                np.add.at(steps, begin + gap, 1.0)
                np.add.at(steps, begin + gap + horizon, -1.0)
                return np.cumsum(steps)[:-1] / begin.size

            sample.memo[key] = mean_window(dates) - mean_window(starts)
        weights: Floats = sample.memo[key]
        return weights

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the weights; the score is self-normalised."""
        weights = self.weights(sample)
        squares = weights**2

        def score(paths: Paths) -> Floats:
            returns_squared = paths.once("squares", lambda: paths.returns**2)
            t = (paths.returns @ weights) / np.sqrt(np.maximum(returns_squared @ squares, 1e-300))
            return np.column_stack((self.sign * t, -self.sign * t))

        return score

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the mean return after the events against rotated dates and random signs."""
        gap, horizon = self._window(sample)
        weights = self.weights(sample)
        happened = Paths(sample, sample.returns[None, :])
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p_drawn = p_value(statistic, null)
        n = sample.days.size - gap - horizon
        forward = sample.follower[gap + horizon :][:n] - sample.follower[gap:][:n]
        dates = self._eligible(sample)
        p_rotation = float(self.also(sample, happened)["rotated dates"][0])
        p = max(p_drawn, p_rotation)
        value = float(weights @ sample.returns)
        drawn = self.null_model(sample).draw(null.size, rng) @ weights
        spread = drawn - drawn.mean()
        index = np.flatnonzero(dates)
        each = forward[index]
        base = float(forward.mean())
        left = (each.sum() - each) / max(each.size - 1, 1) - base
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            shown = np.flatnonzero(leader_events(sample, self.leader, self.event))
            exhibits = (
                *pictures.overlays(
                    sample,
                    self.leader,
                    self.follower,
                    self.null_model(sample),
                    rng,
                    start_shift=min(round(self.horizon.days / 5) * 5, pictures.LAST_SHIFT),
                ),
                fan(sample, index, gap + horizon, self.leader, self.follower),
                episode_table(sample, self.leader, self.follower, shown, None, gap + horizon),
            )
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=self.effect,
                value=value,
                low=value - float(np.quantile(spread, 0.95)),
                high=value - float(np.quantile(spread, 0.05)),
                unit=self.unit,
            ),
            at=f"over {self.horizon.words}",
            n_episodes=index.size,
            components={
                "mean_after_event": float(each.mean()),
                "mean_any_day": base,
                "share_positive": float(np.mean(each > 0)),
                "share_positive_any_day": float(np.mean(forward > 0)),
                "p_rotation": p_rotation,
                "p_drawn": p_drawn,
            },
            leave_one_out=(float(left.min()), float(left.max())),
            exhibits=exhibits,
            summary=f"{self.follower} moved {np.expm1(base):+.0%} over {self.horizon.words} from "
            f"any day and {np.expm1(float(each.mean())):+.0%} after {index.size} events of "
            f"{self.leader} (p = {p:.3f}).",
        )

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Compare with every rotation of the dates."""
        gap, horizon = self._window(sample)
        n = sample.days.size - gap - horizon
        level = paths.levels
        forward = level[:, gap + horizon :][:, :n] - level[:, gap:][:, :n]
        dates = self._eligible(sample)[:n].astype(float)
        return {"rotated dates": rotation_p(dates, forward, keep_off=horizon, sign=self.sign)}

    def quick(self, sample: Sample) -> float:
        """Give the mean return after the events, less the mean after any day."""
        return float(self.weights(sample) @ sample.returns)

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Add a drift of ``effect`` over the window after each event."""
        del rng
        gap, horizon = self._window(sample)
        pattern = np.zeros(sample.n_obs)
        for day in np.flatnonzero(self._eligible(sample)):
            pattern[day + gap : day + gap + horizon] = effect / horizon
        return returns + pattern

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean estimate: drifts also raise the mean after any day."""
        del effect
        return float(np.mean(paths.returns @ self.weights(sample)))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast each return from whether it falls into the window after an event."""
        gap, horizon = self._window(sample)
        inside = np.zeros(sample.n_obs)
        for day in np.flatnonzero(leader_events(sample, self.leader, self.event)):
            inside[day + gap : day + gap + horizon] = 1.0
        y = sample.returns
        return inside[:, None], y / past_scale(y), 0

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        return "on average the follower did better after the events than after any day"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the mean after events beats the mean after any day."""
        return np.asarray(self.sign * (paths.returns @ self.weights(sample)) > 0)
