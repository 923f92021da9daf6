"""Is it usual that the leader is strong and the follower is not?"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.duration import Duration, DurationText
from leadline.evidence import pictures
from leadline.evidence.base import Estimate
from leadline.evidence.event_pictures import episode_table, fan
from leadline.evidence.events import on_sample, own_rate, strong_days
from leadline.evidence.exhibits import Band, Curve, Exhibit, Line, Mark
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Paths, Sample
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.events import expanding_rank, first_after_quiet, rotation_p
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MIN_EPISODES = 3


class GapFrequency(RelationTest):
    """Share of the leader's strong days on which the follower has not moved.

    The leader is strong when its move over ``over`` ranks above ``quantile`` of its own past; the
    follower lags when its move over the same days is at most ``at_most``. The share is compared
    with the follower's share on all days, by every rotation of the strong days and by
    histories of the follower with no link to the leader, whichever p is larger; the interval
    resamples whole episodes.
    """

    null: ClassVar[str] = "the follower lags on the leader's strong days as often as on any day"
    effect: ClassVar[str] = "excess share of strong days on which the follower lags"
    unit: ClassVar[str] = "share of days"
    state_leader: ClassVar[bool] = False
    skill_of: ClassVar[Literal["forecasts", "explanations"]] = "explanations"
    keep_link: ClassVar[bool] = False

    kind: Literal["gap_frequency"] = "gap_frequency"
    over: Duration = DurationText("3m")
    quantile: float = 0.80
    at_most: float = 0.0
    matters: float | None = 0.15

    def _strong(self, sample: Sample) -> Flags:
        """Strong days on the sample's days, from the first on which the move is defined."""
        key = ("strong", self.leader, self.over, self.quantile)
        if key not in sample.memo:
            _, path = sample.past[self.leader]
            flags = strong_days(path, self.over, self.quantile, own_rate(sample, self.leader))
            sample.memo[key] = on_sample(sample, self.leader, flags)
        strong: Flags = sample.memo[key]
        return strong[self._length(sample) :]

    def _length(self, sample: Sample) -> int:
        return max(self.over.observations(sample.per_year), 1)

    def _lagging(self, paths: Paths) -> Flags:
        length = self._length(paths.sample)
        bar = np.log1p(self.at_most)

        def make() -> Flags:
            return np.asarray(paths.levels[:, length:] - paths.levels[:, :-length] <= bar)

        flags: Flags = paths.once(("lagging", length, self.at_most), make)
        return flags

    def _episodes(self, sample: Sample) -> NDArray[np.intp]:
        """First day of each strong spell, ``over`` apart, as positions in ``days``."""
        length = self._length(sample)
        whole = np.concatenate((np.zeros(length, dtype=bool), self._strong(sample)))
        return np.flatnonzero(first_after_quiet(whole, length))

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        length = self._length(sample)
        if sample.n_obs < 4 * length:
            return f"{sample.n_obs} observations; moves over {self.over.words} need {4 * length}."
        count = self._episodes(sample).size
        if count < MIN_EPISODES:
            return f"{count} strong spells of {self.leader}; needs {MIN_EPISODES}."
        return None

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the strong days; the follower's lagging days come from each history."""
        strong = self._strong(sample)
        weights = strong / max(strong.sum(), 1) - 1.0 / strong.size

        def score(paths: Paths) -> Floats:
            key = ("lagging", self._length(sample), self.at_most, "counted")
            lagging = paths.once(key, lambda: self._lagging(paths).astype(np.float64))
            excess = self.sign * (lagging @ weights)
            return np.column_stack((excess, -excess))

        return score

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the share, its chance level, and how unusual the gap is today."""
        strong = self._strong(sample)
        length = self._length(sample)
        happened = Paths(sample, sample.returns[None, :])
        lagging = self._lagging(happened)[0]
        share, base = float(lagging[strong].mean()), float(lagging.mean())
        value = share - base
        p_drawn = p_value(self.sign * value - 1e-7, null)
        p_rotation = float(self.also(sample, happened)["rotated dates"][0])
        p = max(p_drawn, p_rotation)
        episodes = self._episodes(sample)
        low, high = self._interval(strong, lagging, length, rng)
        gap, rank = self._gap(sample)
        components = {
            "share": share,
            "base": base,
            "gap_percentile": float(rank[-1]) if np.isfinite(rank[-1]) else 0.5,
            "strong_share": float(strong.mean()),
            "p_rotation": p_rotation,
            "p_drawn": p_drawn,
        }
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            horizon = DurationText("6m").observations(sample.per_year)
            exhibits = (
                *pictures.overlays(
                    sample,
                    self.leader,
                    self.follower,
                    self.null_model(sample),
                    rng,
                    start_shift=0,
                ),
                self._gap_picture(sample, gap, rank),
                fan(sample, episodes, horizon, self.leader, self.follower),
                episode_table(sample, self.leader, self.follower, episodes, None, 2 * length),
            )
        return Measured(
            statistic=self.sign * value,
            p_value=p,
            estimate=Estimate(label=self.effect, value=value, low=low, high=high, unit=self.unit),
            at=f"moves over {self.over.words}",
            n_episodes=episodes.size,
            components=components,
            exhibits=exhibits,
            caveats=(
                f"{int(strong.sum())} strong days fall into {episodes.size} separate spells; the "
                "spells, not the days, are the sample.",
            ),
            summary=f"{self.follower} is flat or down over {self.over.words} on {base:.0%} of all "
            f"days, and on {share:.0%} of the days on which {self.leader} is strong "
            f"({episodes.size} spells, p = {p:.3f}).",
        )

    def _interval(
        self, strong: Flags, lagging: Flags, length: int, rng: Generator
    ) -> tuple[float, float]:
        """Resample whole stretches of the calendar, each longer than the moves compared."""
        stretch = 2 * length
        number = np.arange(strong.size) // stretch
        counts = np.stack(
            [np.bincount(number, weights=w) for w in (strong, strong & lagging, lagging)]
        )
        total = np.bincount(number)
        index = rng.integers(0, total.size, (1999, total.size))
        s, both, lag = (row[index].sum(axis=1) for row in counts)
        drawn = both / np.maximum(s, 1) - lag / total[index].sum(axis=1)
        drawn = drawn[s > 0]
        return float(np.quantile(drawn, 0.05)), float(np.quantile(drawn, 0.95))

    def _gap(self, sample: Sample) -> tuple[Floats, Floats]:
        """Give the difference of moves in units of past volatility, and its rank in its past."""
        length = self._length(sample)
        scaled = []
        for path in (sample.leaders[self.leader], sample.follower):
            volatility = past_scale(np.diff(path), window=252)
            scaled.append(
                (path[length:] - path[:-length]) / (volatility[length - 1 :] * length**0.5)
            )
        gap = scaled[0] - scaled[1]
        return gap, expanding_rank(gap, at_least=DurationText("1y").observations(sample.per_year))

    def _gap_picture(self, sample: Sample, gap: Floats, rank: Floats) -> Curve:
        days = sample.days[-gap.size :]
        shown = slice((gap.size - 1) % max(1, gap.size // 300), None, max(1, gap.size // 300))
        x = tuple(str(d) for d in days[shown])
        last = float(rank[-1]) if np.isfinite(rank[-1]) else 0.5
        return Curve(
            name="gap",
            title=f"How far {self.leader} has run ahead of {self.follower}",
            finding=f"On {days[-1]} the gap stands at percentile {last:.0%} of its own past.",
            note=f"Moves over {self.over.words} in units of past volatility; above zero the "
            "leader has moved more.",
            x_label="day",
            y_label="gap (standard deviations)",
            lines=(Line(label="gap", x=x, y=tuple(gap[shown])),),
            bands=(
                Band(
                    label="all days (80 %)",
                    x=x,
                    low=(float(np.quantile(gap, 0.1)),) * len(x),
                    high=(float(np.quantile(gap, 0.9)),) * len(x),
                    role="base",
                ),
            ),
            marks=(Mark(label="no gap", at=0.0, axis="y"),),
        )

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Compare with every rotation of the strong days."""
        strong = self._strong(sample).astype(float)
        lagging = self._lagging(paths).astype(float)
        keep_off = self._length(sample)
        return {"rotated dates": rotation_p(strong, lagging, keep_off=keep_off, sign=self.sign)}

    def quick(self, sample: Sample) -> float:
        """Give the excess share."""
        happened = Paths(sample, sample.returns[None, :])
        return float(self.sign * self.prepare(sample)(happened)[0, 0])

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Hold the follower down on the strong days of some spells."""
        length = self._length(sample)
        episodes = self._episodes(sample)
        base = float(self._lagging(Paths(sample, returns)).mean())
        chance = min(abs(effect) / max(1 - base, 0.05), 1.0)
        held = rng.random((returns.shape[0], episodes.size)) < chance
        strong = np.flatnonzero(self._strong(sample)) + length
        spell = np.maximum(np.searchsorted(episodes, strong, "right") - 1, 0)
        size = 3.0 * np.sqrt(length) * float(np.std(sample.returns))
        level = np.zeros((returns.shape[0], sample.days.size))
        level[:, strong] = -np.sign(effect) * size * held[:, spell]
        return returns + np.diff(level, axis=1)

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean excess that came of it."""
        del effect
        return float(np.mean(self.prepare(sample)(paths)[:, 0]))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Tell whether the follower lags from whether the leader is strong."""
        lagging = self._lagging(Paths(sample, sample.returns[None, :]))[0]
        return (
            self._strong(sample)[:, None].astype(float),
            lagging.astype(float),
            self._length(sample),
        )

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        return "on at least a third of the leader's strong days the follower was flat or down"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the share reaches a third."""
        strong = self._strong(sample)
        return np.asarray(self._lagging(paths)[:, strong].mean(axis=1) >= 1 / 3)
