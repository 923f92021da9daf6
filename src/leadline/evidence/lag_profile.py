"""Does the leader's return foretell the follower's, and at which lag?"""

from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.duration import DurationText
from leadline.data.panel import Every
from leadline.evidence import pictures
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Band, Curve, Exhibit, Line, Mark
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Paths, Sample
from leadline.evidence.windows import Window
from leadline.kernels import autoregression as ar
from leadline.kernels import cross_correlation as cc
from leadline.kernels import levels
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
UNITS = {"day": "observation", "week": "week", "month": "month"}
LENGTH = {"week": 7.0, "month": 365.25 / 12}
MIN_PERIODS = 40
Z_95 = 1.6448536269514722


class LagProfile(RelationTest):
    """Correlation of the leader's past returns with the follower's, lag by lag.

    Both series are prewhitened by their own autoregressions (Haugh 1976); each lag's statistic is
    normalised by its own products, so that shared volatility does not pass for a lead (Dalla,
    Giraitis and Phillips 2022); the largest over the claimed window is compared with what
    random signs of the follower's innovations reach in the same search (Chernozhukov,
    Chetverikov and Kato 2013). ``statistic: sum`` adds up the window instead of searching it.
    """

    null: ClassVar[str] = (
        "at no lag in the window does the leader's past return go with the follower's return"
    )
    effect: ClassVar[str] = "largest lagged correlation"
    unit: ClassVar[str] = "correlation"
    state_leader: ClassVar[bool] = False

    kind: Literal["lag_profile"] = "lag_profile"
    window: Window
    every: Every = "week"
    statistic: Literal["max", "sum"] = "max"
    prewhiten: bool = True
    scaled: bool = False
    matters: float | None = 0.15

    def lags(self, sample: Sample) -> NDArray[np.int64]:
        """Lags of the window in units of ``every``."""
        low, high = (self._periods(d, sample) for d in (self.window.min, self.window.max))
        return np.arange(max(low, 1), max(high, low, 1) + 1)

    def _periods(self, length: DurationText, sample: Sample) -> int:
        if self.every == "day":
            return length.observations(sample.per_year)
        return round(length.days / LENGTH[self.every])

    def lead_in(self, sample: Sample) -> int:
        """Let the leader's past reach back by the longest lag."""
        return self.window.max.observations(sample.per_year) + 1

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        periods = sample.ends(self.every).size - 1
        longest = int(self.lags(sample)[-1])
        if periods < MIN_PERIODS + longest:
            return (
                f"{max(periods, 0)} {self.every}s of common data; a window up to "
                f"{self.window.max.words} needs {MIN_PERIODS + longest}."
            )
        return super().too_thin(sample)

    def _moves(self, sample: Sample, path: Floats) -> Floats:
        moves = np.diff(path[sample.ends(self.every)])
        if self.scaled:
            moves = moves / past_scale(moves - moves.mean())
        return moves

    def _model(self, moves: Floats) -> ar.Autoregression:
        if not self.prewhiten:
            return ar.Autoregression(float(moves.mean()), np.empty(0))
        return ar.fit(moves)

    def _innovations(self, sample: Sample, name: str) -> Floats:
        """Prewhitened returns of a leader or of the follower, mean zero."""
        path = sample.follower if name == self.follower else sample.leaders[name]
        key = ("innovations", name, self.every, self.prewhiten, self.scaled)
        if key not in sample.memo:
            moves = self._moves(sample, path)
            sample.memo[key] = _white(moves, self._model(moves))
        innovations: Floats = sample.memo[key]
        return innovations

    def _leader(self, sample: Sample) -> Floats:
        return self._innovations(sample, self.leader)

    def _follower(self, sample: Sample) -> Floats:
        """Give the follower's innovations, zero before the question starts."""
        v = self._innovations(sample, self.follower)
        return np.where(np.arange(v.size) >= self._first(sample), v, 0.0)

    def _first(self, sample: Sample) -> int:
        """Give the first period of the question; those before are only the leader's past."""
        return int(np.searchsorted(sample.ends(self.every)[1:], sample.skip, "right"))

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the lagged leader and the follower's own autoregression."""
        u = self._leader(sample)
        past = cc.lagged(u / u.std(), self.lags(sample))
        past[: self._first(sample)] = 0.0
        if self.statistic == "sum":
            past = past.sum(axis=1, keepdims=True)
        model = self._model(self._moves(sample, sample.follower))
        squares = past**2
        key = ("white", self.every, self.prewhiten, self.scaled, sample.days[0])

        def white(paths: Paths) -> tuple[Floats, Floats]:
            drawn = paths.every(self.every)
            if self.scaled:
                drawn = drawn / past_scale(drawn - drawn.mean(axis=1, keepdims=True))
            innovations = _white(drawn, model)
            innovations /= innovations.std()
            return innovations, innovations**2

        def score(paths: Paths) -> Floats:
            v, v_squares = paths.once(key, lambda: white(paths))
            t = (v @ past) / np.sqrt(np.maximum(v_squares @ squares, 1e-300))
            towards = self.sign * t
            return np.column_stack((towards.max(axis=1), -towards.min(axis=1)))

        return score

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the profile, its simultaneous band and the set of lags that may be the best."""
        u, v = self._leader(sample), self._follower(sample)
        lags = self.lags(sample)
        found = cc.profile(u, v, lags)
        if self.statistic == "max":
            test = cc.max_test(u, v, lags, sign=self.sign, n_resamples=null.size, rng=rng)
            # The p is that of the null of every kind, which keeps the link within the guard gap:
            # closes half a day apart would otherwise pass for a lead of a day.
            statistic, p, drawn = test.statistic, cc.p_value(test.statistic, null), test.deviations
        else:
            drawn = cc.deviations(u, v, lags, null.size, rng)
            happened = Paths(sample, sample.returns[None, :])
            statistic = float(self.prepare(sample)(happened)[0, 0])
            p = cc.p_value(statistic, null)
        towards = self.sign * found.r
        best = int(np.argmax(towards))
        # Low must hold for whichever lag came out best, so it is simultaneous. High need not: all
        # lags below it is an intersection-union statement (Berger 1982), and each lag's own
        # 95 % bound will do.
        factor = cc.band_factor(self.sign * drawn, 0.95, two_sided=False)
        low = float((towards - factor * found.error).max())
        high = float((towards + Z_95 * found.error).max())
        if self.sign < 0:
            low, high = -high, -low
        unit = UNITS[self.every]
        noise = float(np.quantile((self.sign * drawn).max(axis=1), 0.95))
        at = _count(int(lags[best]), unit)
        lag_set = lags[cc.lag_set(towards, drawn)]
        components = {
            "best_lag": float(lags[best]),
            "noise_reaches": noise,
            "lag_set_low": float(lag_set.min()),
            "lag_set_high": float(lag_set.max()),
            "lag_set_size": float(lag_set.size),
            "lags_searched": float(lags.size),
        }
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            exhibits = self._pictures(sample, u, v, int(lags[best]), rng)
        clause = f"searching all {lags.size} lags, chance does as well with p = {p:.3f}"
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=f"{self.effect} from {self.leader} to {self.follower}",
                value=float(found.r[best]),
                low=low,
                high=high,
                unit=self.unit,
            ),
            at=at,
            n_episodes=self.spans(sample, self.window.max.days),
            components=components,
            exhibits=exhibits,
            caveats=self._caveats(sample, int(lags[best])),
            summary=f"Moves of {self.leader} go best with those of {self.follower} {at} later, at "
            f"a correlation of {found.r[best]:+.2f}; {clause}.",
        )

    def _caveats(self, sample: Sample, best: int) -> tuple[str, ...]:
        days = best * LENGTH.get(self.every, 365.25 / sample.per_year)
        if days >= 2:
            return ()
        return (
            "The best lag is under two days, which cannot be told from markets that close at "
            "different hours.",
        )

    def _pictures(
        self, sample: Sample, u: Floats, v: Floats, best: int, rng: Generator
    ) -> tuple[Exhibit, ...]:
        lags = self.lags(sample)
        reach = int(lags[-1])
        all_lags = np.arange(-reach, reach + 1)
        found = cc.profile(u, v, all_lags)
        drawn = cc.deviations(u, v, all_lags, 999, rng)
        factor = cc.band_factor(drawn, 0.95, two_sided=True)
        x = tuple(float(k) for k in all_lags)
        ends = sample.ends(self.every)[1:]
        level = _level_profile(sample, self.leader, ends, all_lags)
        beyond = np.abs(found.r) > factor * found.error
        outside = [int(k) for k in lags if beyond[k + reach]]
        unit = UNITS[self.every]
        if outside:
            named = ", ".join(str(k) for k in outside)
            finding = f"Inside the claimed window the profile leaves the band at {unit} {named}"
        else:
            finding = "Inside the claimed window no correlation leaves the band of chance"
        picture = Curve(
            name="lag_profile",
            title=f"Correlation of {self.follower}'s return with {self.leader}'s, by lag",
            finding=finding + ".",
            note="Right of zero the leader moved before. The wide band holds all lags at once in "
            "95 % of histories without the relation, the narrow one a single lag. Grey: the same "
            "for price levels, which trend and therefore always look related.",
            x_label=f"lag in {unit}s (right: {self.leader} leads)",
            y_label="correlation",
            lines=(
                Line(label="price levels", x=x, y=tuple(level), role="ghost"),
                Line(label="returns", x=x, y=tuple(found.r), points=True),
            ),
            bands=(
                Band(
                    label="chance, all lags at once (95 %)",
                    x=x,
                    low=tuple(-factor * found.error),
                    high=tuple(factor * found.error),
                ),
                Band(
                    label="chance, one lag (95 %)",
                    x=x,
                    low=tuple(-1.96 * found.error),
                    high=tuple(1.96 * found.error),
                    role="narrow",
                ),
            ),
            marks=(
                Mark(label="claimed window", at=float(lags[0]), to=float(lags[-1])),
                Mark(label="no correlation", at=0.0, axis="y"),
            ),
        )
        shift = round((self.window.min.days + self.window.max.days) / 2 / 5) * 5
        days = sample.days[sample.ends(self.every)[1:]]
        window = min(max(u.size // 4, 30), {"day": 750, "week": 156, "month": 36}[self.every])
        return (
            *pictures.overlays(
                sample,
                self.leader,
                self.follower,
                self.null_model(sample),
                rng,
                start_shift=min(shift, pictures.LAST_SHIFT),
            ),
            picture,
            pictures.rolling(
                days[best:],
                u[: u.size - best],
                v[best:],
                window=window,
                label=f"correlation at {_count(best, unit)}",
                unit=f"{unit}s",
            ),
        )

    def quick(self, sample: Sample) -> float:
        """Give the largest correlation in the window, towards the claim."""
        r = cc.profile(self._leader(sample), self._follower(sample), self.lags(sample)).r
        return float(self.sign * (self.sign * r).max())

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the follower answer with correlation ``effect`` at one lag of the window."""
        ends = sample.ends(self.every)
        u = self._leader(sample)
        past = cc.lagged(u / u.std(), self.lags(sample))
        moves = np.diff(sample.follower[ends])
        answer = effect * float(moves.std()) * past
        chosen = rng.integers(0, past.shape[1], returns.shape[0])
        return np.asarray(returns + sample.over_days(self.every, answer).T[chosen])

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast each return from the leader's returns in the window."""
        ends = sample.ends(self.every)
        x = np.diff(sample.leaders[self.leader][ends])
        y = np.diff(sample.follower[ends])
        # Units of past volatility: known in time, and crashes do not decide alone.
        x = x / past_scale(x)
        y = y / past_scale(y)
        return cc.lagged(x, self.lags(sample)), y, 0

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        return "at some lag in the window the correlation looks significant by itself"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether some lag looks significant by itself, as a reader would look."""
        x = np.diff(sample.leaders[self.leader][sample.ends(self.every)])
        x = (x - x.mean()) / x.std()
        y = paths.every(self.every)
        y = (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True)
        r = self.sign * (y @ cc.lagged(x, self.lags(sample))) / x.size
        return np.asarray(r.max(axis=1) > 1.96 / np.sqrt(x.size))

    def weights(self, sample: Sample) -> Floats:
        """Give daily weights of the correlation at each lag, or with all lags summed."""
        ends = sample.ends(self.every)
        u = self._leader(sample)
        past = cc.lagged(u / u.std(), self.lags(sample))
        past[: self._first(sample)] = 0.0
        if self.statistic == "sum":
            past = past.sum(axis=1, keepdims=True)
        moves = np.diff(sample.follower[ends])
        scale = past_scale(moves - moves.mean()) if self.scaled else np.ones(moves.size)
        size = np.sqrt(np.sum(past**2, axis=0) * moves.size) * (moves / scale).std()
        return sample.on_days(self.every, past / scale[:, None] / size)


def _white(moves: Floats, model: ar.Autoregression) -> Floats:
    innovations = ar.whiten(moves, model)
    return np.asarray(innovations - innovations.mean(axis=-1, keepdims=True))


def _count(n: int, unit: str) -> str:
    return f"{n} {unit}{'' if n == 1 else 's'}"


def _level_profile(
    sample: Sample, leader: str, ends: NDArray[np.intp], lags: NDArray[np.int64]
) -> Floats:
    x, y = sample.leaders[leader][ends], sample.follower[ends]
    forward = levels.shifted_correlations(x, y[None, :], lags[lags >= 0])[0]
    backward = levels.shifted_correlations(y, x[None, :], -lags[lags < 0][::-1])[0][::-1]
    return np.concatenate((backward, forward))
