"""The claimant's overlay: do the levels go together once one is shifted?"""

from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import PositiveInt
from scipy.special import ndtr

from leadline.data.duration import Duration
from leadline.evidence import pictures
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Band, Curve, Exhibit, Line, Mark
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Paths, Sample
from leadline.evidence.windows import Window
from leadline.kernels import autoregression as ar
from leadline.kernels import cross_correlation as cc
from leadline.kernels import levels
from leadline.kernels.resample import past_scale, stationary_indices

Floats = NDArray[np.float64]
SMOOTH = 10
TURNED_P = 0.01
MOST_SHIFTS = 60


class LevelCorrelation(RelationTest):
    """Pearson correlation of the follower's level with the leader's some time before.

    Trending series correlate by chance, at nearly every shift (Granger and Newbold 1974; Phillips
    1986). The statistic, the best correlation over the shifts searched, is therefore compared
    with followers that walk at random with the follower's own increments and drift, under the
    same search. The follower's window is ``start`` to ``stop``; the leader's values may come
    from before it.
    """

    null: ClassVar[str] = (
        "the follower walks at random with its own increments and owes the leader's past nothing"
    )
    effect: ClassVar[str] = "correlation of levels"
    unit: ClassVar[str] = "correlation"
    # Correlations of random walks keep their spread however long the walk (Phillips 1986).
    limit: ClassVar[str] = (
        "more years would not decide it, as levels that wander correlate by chance in a long "
        "history as they do in a short one"
    )
    state_leader: ClassVar[bool] = False

    kind: Literal["level_correlation"] = "level_correlation"
    window: Window
    at: Duration | None = None
    levels: Literal["price", "log"] = "price"
    matters: float | None = 0.8
    # A level correlation hardly changes between neighbouring histories; a thousand are plenty.
    n_resamples: PositiveInt = 999
    n_sensitivity: PositiveInt = 499

    def criterion_words(self) -> str:
        """Say what a reader would accept, with the published figure where there is one."""
        return f"the best correlation over the shifts searched reaches {self._bar:.2f}"

    @property
    def _bar(self) -> float:
        return abs(self.claimed) - 0.03 if self.claimed is not None else 0.5

    def lead_in(self, sample: Sample) -> int:
        """Let the leader's past reach back by the longest shift."""
        return self.window.max.observations(sample.per_year) + 1

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        used, longest = sample.n_obs - sample.skip, int(self._lags(sample)[-1])
        if used < 2 * longest:
            return f"{used} observations; a shift of {self.window.max.words} needs {2 * longest}."
        return None

    def _lags(self, sample: Sample) -> NDArray[np.int64]:
        low = self.window.min.observations(sample.per_year)
        high = self.window.max.observations(sample.per_year)
        lags = np.unique(np.linspace(low, max(high, low), MOST_SHIFTS).round().astype(np.int64))
        if self.at is None:
            return lags
        return np.union1d(lags, [self.at.observations(sample.per_year)])

    def _shown(self, path: Floats) -> Floats:
        return np.exp(path - path[..., :1]) if self.levels == "price" else path

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the leader's level and the shifts."""
        x, lags = self._shown(sample.leaders[self.leader]), self._lags(sample)

        def score(paths: Paths) -> Floats:
            shown = paths.once(("shown", self.levels), lambda: self._shown(paths.levels))
            r = self.sign * levels.shifted_correlations(x, shown, lags, skip=sample.skip)
            return np.column_stack((r.max(axis=1), -r.min(axis=1)))

        return score

    def _profile(self, sample: Sample) -> tuple[NDArray[np.int64], Floats]:
        lags = self._lags(sample)
        x = self._shown(sample.leaders[self.leader])
        y = self._shown(sample.follower)
        return lags, levels.shifted_correlations(x, y[None, :], lags, skip=sample.skip)[0]

    def _position(self, sample: Sample, r: Floats) -> int:
        if self.at is None:
            return int(np.argmax(self.sign * r))
        wanted = self.at.observations(sample.per_year)
        return int(np.argmin(np.abs(self._lags(sample) - wanted)))

    def warnings(self, sample: Sample) -> tuple[str, ...]:
        """Warn as well where the leader follows: its level then goes with the follower's too."""
        return (*super().warnings(sample), *self._turned(sample))

    def _turned(self, sample: Sample) -> tuple[str, ...]:
        longest = int(self._lags(sample)[-1])
        first = self.guard.observations(sample.per_year) + 1
        lags = np.arange(first, max(longest, first) + 1)
        moves = sample.moves(self.leader), sample.returns
        u, v = (ar.whiten(each, ar.fit(each)) for each in moves)
        found = cc.profile(v - v.mean(), u - u.mean(), lags)
        best = int(np.argmax(self.sign * found.t))
        # Bonferroni's bound for the search over the lags.
        if lags.size * ndtr(-self.sign * found.t[best]) > TURNED_P:
            return ()
        return (
            f"It is {self.leader} that follows: its moves go with those of {self.follower} "
            f"{lags[best]} observations before, at a correlation of {found.r[best]:+.2f}. Levels "
            "of which one follows the other go together at other shifts as well, so that either "
            "may seem to lead.",
        )

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the correlation at the claimed shift and at the best one."""
        lags, r = self._profile(sample)
        here = self._position(sample, r)
        statistic = float((self.sign * r).max())
        p = cc.p_value(statistic, null)
        low, high = self._interval(sample, int(lags[here]), rng)
        reached = float(np.quantile(null, 0.95))
        days = lags / sample.per_year * 365.25
        best = int(np.argmax(self.sign * r))
        components = {
            "best_shift_days": float(days[best]),
            "best_correlation": float(r[best]),
            "noise_reaches": reached,
            "noise_median": float(np.median(null)),
        }
        at = self.at.words if self.at is not None else f"{days[best]:.0f} days"
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            exhibits = self._pictures(sample, days, r, round(float(days[here])), rng)
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=f"{self.effect} of {self.leader} and {self.follower}",
                value=float(r[here]),
                low=low,
                high=high,
                unit=self.unit,
            ),
            at=at,
            n_episodes=self.spans(sample, max(self.window.max.days, 1)),
            components=components,
            exhibits=exhibits,
            caveats=(
                "Levels that trend correlate by chance; only the comparison with random walks "
                "and the profile of returns say anything about a lead.",
            ),
            summary=f"With {self.leader} moved {at} forward the levels correlate at "
            f"{r[here]:.2f}; random walks with the same increments and the same search reach "
            f"{reached:.2f} one time in twenty (p = {p:.3f}).",
        )

    def _interval(self, sample: Sample, lag: int, rng: Generator) -> tuple[float, float]:
        """Resample the paired increments and add them up: other histories of the same pair."""
        first = max(lag, sample.skip)
        x = sample.moves(self.leader)[first - lag : sample.n_obs - lag]
        y = sample.returns[first:]
        index = stationary_indices(499, y.size, 60, rng)
        a, b = (self._shown(np.cumsum(moves[index], axis=1)) for moves in (x, y))
        a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
        r = (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
        return float(np.quantile(r, 0.05)), float(np.quantile(r, 0.95))

    def _pictures(
        self, sample: Sample, days: Floats, r: Floats, shift: int, rng: Generator
    ) -> tuple[Exhibit, ...]:
        model = self.null_model(sample)
        paths = Paths(sample, model.draw(499, rng))
        x = self._shown(sample.leaders[self.leader])
        drawn = levels.shifted_correlations(
            x, self._shown(paths.levels), self._lags(sample), skip=sample.skip
        )
        low, middle, high = np.quantile(drawn, [0.05, 0.5, 0.95], axis=0)
        ticks = tuple(float(d) for d in days)
        moves, returns = sample.moves(self.leader), sample.returns
        lags = self._lags(sample)
        by_return = [float(np.corrcoef(moves[: moves.size - k], returns[k:])[0, 1]) for k in lags]
        picture = Curve(
            name="level_profile",
            title=f"Correlation of {self.follower}'s level with {self.leader}'s, by shift",
            finding=f"Random walks with the same increments lie between {low.min():.2f} and "
            f"{high.max():.2f} in nine cases of ten; the levels reach {r.max():.2f}, the daily "
            f"returns {max(by_return):.2f}.",
            note="The band holds 90 % of random walks at each shift.",
            x_label=f"days by which {self.leader} is moved forward",
            y_label="correlation",
            lines=(
                Line(label="random walks, median", x=ticks, y=tuple(middle), role="base"),
                Line(label="daily returns", x=ticks, y=tuple(by_return), role="second"),
                Line(label="price levels", x=ticks, y=tuple(r)),
            ),
            bands=(
                Band(
                    label="random walks (90 %)",
                    x=ticks,
                    low=tuple(low),
                    high=tuple(high),
                    role="base",
                ),
            ),
            marks=() if self.at is None else (Mark(label="claimed", at=self.at.days),),
        )
        lag = int(lags[int(np.argmin(np.abs(days - shift)))])
        scaled = [m / past_scale(m) for m in (moves, returns)]
        return (
            pictures.overlay(
                sample,
                self.leader,
                self.follower,
                model,
                rng,
                start_shift=shift,
                scale=self.levels,
            ),
            picture,
            pictures.rolling(
                sample.days[1 + lag :],
                scaled[0][: moves.size - lag],
                scaled[1][lag:],
                window=min(250, moves.size // 3),
                unit="observations",
                label=f"daily return correlation at {shift} days",
            ),
        )

    def quick(self, sample: Sample) -> float:
        """Give the correlation at the claimed shift, or the best."""
        _, r = self._profile(sample)
        return float(r[self._position(sample, r)])

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Mix the leader's shifted level into the follower's, to correlate at ``effect``."""
        effect = float(np.clip(effect, -0.99, 0.99))
        lags = self._lags(sample)
        chosen = rng.choice(lags, returns.shape[0])
        if self.at is not None:
            chosen[:] = self.at.observations(sample.per_year)
        x = sample.leaders[self.leader]
        path = np.cumsum(returns, axis=1)
        position = np.maximum(np.arange(1, sample.n_obs + 1) - chosen[:, None], 0)
        shifted = x[position]
        shifted = (shifted - shifted.mean(axis=1, keepdims=True)) / shifted.std(
            axis=1, keepdims=True
        )
        spread = path.std(axis=1, keepdims=True)
        own = (path - path.mean(axis=1, keepdims=True)) / spread
        mixed = spread * (effect * shifted + np.sqrt(1 - effect**2) * own)
        return np.diff(mixed, axis=1, prepend=mixed[:, :1])

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean correlation at the claimed shift that came of it, as it is shown."""
        if self.at is None:
            return effect
        lag = np.array([self.at.observations(sample.per_year)])
        x = self._shown(sample.leaders[self.leader])
        shown = paths.once(("shown", self.levels), lambda: self._shown(paths.levels))
        return float(levels.shifted_correlations(x, shown, lag, skip=sample.skip).mean())

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast each return from the leader's mean return around the claimed shift."""
        x, y = sample.moves(self.leader), sample.returns
        x, y = x / past_scale(x), y / past_scale(y)
        lags = self._lags(sample)
        centre = lags if self.at is None else np.array([self.at.observations(sample.per_year)])
        smooth = np.convolve(x, np.ones(2 * SMOOTH + 1) / (2 * SMOOTH + 1))[: x.size]
        # ``smooth`` at t averages t - 20 to t, so it centres on t - 10.
        wanted = np.maximum(centre - SMOOTH, 1)[:: max(1, centre.size // 20)]
        return cc.lagged(smooth, wanted), y, 0

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the best shift reaches the published correlation."""
        return np.asarray(self.prepare(sample)(paths)[:, 0] >= self._bar)
