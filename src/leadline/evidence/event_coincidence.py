"""Do leader events precede, or coincide with, follower events?"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import model_validator
from scipy.special import bdtrc, betaincinv

from leadline.data.duration import Duration, DurationText
from leadline.evidence import pictures
from leadline.evidence.base import Estimate
from leadline.evidence.event_pictures import coincidence_rates, episode_table, episodes_in_time, fan
from leadline.evidence.events import FollowerRule, LeaderRule, Rise, Strength, leader_events
from leadline.evidence.exhibits import Exhibit
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Paths, Sample
from leadline.kernels import events as ev
from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
MIN_EVENTS = 3
RATES = {
    "trigger": "share of the leader's events that a rally followed",
    "precursor": "share of rallies that an event of the leader came before",
}


class EventCoincidence(RelationTest):
    """Share of leader events followed by a follower event, against what chance gives.

    Trigger rate: share of leader events after which the follower rallies, counted from its price
    ``apart`` later and at most ``horizon`` later. Precursor rate: share of follower events, dated
    by the day they could be known, with a leader event as long before (Donges et al. 2016;
    edges as in Odenweller and Donner 2020). *Precedes* needs both
    halves (Berger 1982, no further penalty): more than chance, by every rotation of the leader's
    dates and by histories in which the follower's events are detected anew, whichever p is
    larger; and order, more follower events with a leader event before than after (sign test).
    """

    null: ClassVar[str] = (
        "follower events fall after leader events as often as at any time, and no oftener after "
        "than before"
    )
    effect: ClassVar[str] = "excess of the rate over chance"
    unit: ClassVar[str] = "share of episodes"
    in_steps: ClassVar[bool] = True

    kind: Literal["event_coincidence"] = "event_coincidence"
    event: LeaderRule = Strength()
    rally: FollowerRule = Rise()
    horizon: Duration = DurationText("6m")
    apart: Duration = DurationText("14d")
    rate: Literal["trigger", "precursor"] = "trigger"
    margin: float = 0.15
    matters: float | None = 0.30

    @model_validator(mode="after")
    def _window_is_open(self) -> "EventCoincidence":
        if self.apart.days >= self.horizon.days:
            msg = (
                f"The window is empty: apart {self.apart} is not shorter than horizon "
                f"{self.horizon}."
            )
            raise ValueError(msg)
        return self

    def _window(self, sample: Sample) -> tuple[int, int]:
        gap = self.apart.observations(sample.per_year)
        return gap + 1, max(self.horizon.observations(sample.per_year), gap + 1)

    def _rallies(self, paths: Paths) -> Flags:
        flags: Flags = paths.once(
            ("rally", self.rally), lambda: self.rally.flags(paths.levels, paths.sample.per_year)
        )
        return flags

    def _followed(self, paths: Paths) -> Flags:
        """Whether a rally follows each day, shape (n, n_obs + 1)."""
        first, last = self._window(paths.sample)
        flags: Flags = paths.once(
            ("follows", self.rally, first, last),
            lambda: self.rally.follows(paths.levels, first - 1, last, paths.sample.per_year),
        )
        return flags

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        _, last = self._window(sample)
        if sample.n_obs < 2 * last:
            return (
                f"{sample.n_obs} observations; a horizon of {self.horizon.words} needs {2 * last}."
            )
        counts = {
            f"events of {self.leader}": self._eligible(sample).sum(),
            f"events of {self.follower}": self._rallies(
                Paths(sample, sample.returns[None, :])
            ).sum(),
        }
        for name, count in counts.items():
            if count < MIN_EVENTS:
                return f"{count} {name}; needs {MIN_EVENTS}."
        return None

    def _eligible(self, sample: Sample) -> Flags:
        """Leader events whose whole horizon lies within the sample."""
        _, last = self._window(sample)
        flags = leader_events(sample, self.leader, self.event).copy()
        flags[max(flags.size - last, 0) :] = False
        return flags

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the leader's dates; follower events are detected on each history."""
        first, last = self._window(sample)
        if self.rate == "trigger":
            n = sample.days.size - last
            dates = np.flatnonzero(self._eligible(sample))
            key = ("followed", self.rally, first, last)

            def hits(paths: Paths) -> tuple[Flags, Floats]:
                hit = self._followed(paths)[:, :n]
                return hit, np.count_nonzero(hit, axis=1) / n

            def score(paths: Paths) -> Floats:
                hit, base = paths.once(key, lambda: hits(paths))
                excess = self.sign * (hit[:, dates].mean(axis=1) - base)
                return np.column_stack((excess, -excess))

            return score
        before = ev.any_within(leader_events(sample, self.leader, self.event), -last, -first)
        base_before = float(before[last:].mean())
        weights = before[last:].astype(np.float64)

        def dated(paths: Paths) -> tuple[Floats, Floats]:
            rallies = self._rallies(paths)[:, last:].astype(np.float64)
            return rallies, np.maximum(rallies.sum(axis=1), 1)

        def precursor(paths: Paths) -> Floats:
            rallies, count = paths.once(("dated", self.rally, last), lambda: dated(paths))
            excess = self.sign * ((rallies @ weights) / count - base_before)
            return np.column_stack((excess, -excess))

        return precursor

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure both rates, their chance level by all rotations, and the order of events."""
        first, last = self._window(sample)
        happened = Paths(sample, sample.returns[None, :])
        rallies = self._rallies(happened)[0]
        dates = self._eligible(sample)
        all_dates = leader_events(sample, self.leader, self.event)
        n = dates.size - last
        hit = self._followed(happened)[0, :n]
        n_events, n_hits = int(dates[:n].sum()), int((dates[:n] & hit).sum())
        base = float(hit.mean())
        before = ev.any_within(all_dates, -last, -first)[last:]
        n_rallies = int(rallies[last:].sum())
        n_before = int((rallies[last:] & before).sum())
        base_before = float(before.mean())

        statistic = float(self.prepare(sample)(happened)[0, 0])
        p_drawn = p_value(statistic, null)
        if self.rate == "trigger":
            estimate, k, total, chance = n_hits / n_events - base, n_hits, n_events, base
        else:
            k, total, chance = n_before, n_rallies, base_before
            estimate = n_before / max(n_rallies, 1) - base_before
        low, high = _exact_interval(k, total, 0.90)

        also = self.also(sample, happened)
        p_rotation, p_order = (float(p[0]) for p in also.values())
        n_pre, n_order = (int(n[0]) for n in self._order(sample, happened))
        near = ev.any_within(all_dates, -(first - 1), first - 1)
        n_near = int((rallies & near).sum())
        base_near = float(near.mean())
        _, near_high = _exact_interval(n_near, int(rallies.sum()), 0.90)
        p = max(p_drawn, p_rotation, p_order)
        attainable = base**n_events if self.sign > 0 else (1 - base) ** n_events
        components = {
            "trigger_rate": n_hits / n_events,
            "trigger_base": base,
            "precursor_rate": n_before / max(n_rallies, 1),
            "precursor_base": base_before,
            "coincidence_rate": n_near / max(int(rallies.sum()), 1),
            "coincidence_base": base_near,
            "coincidence_excess_high": near_high - base_near,
            "does_not_coincide": float(near_high - base_near < self.margin),
            "p_rotation": p_rotation,
            "p_drawn": p_drawn,
            "p_order": p_order,
            "n_before": float(n_pre),
            "n_one_sided": float(n_order),
            "n_follower_events": float(rallies.sum()),
            "best_attainable_p": max(attainable, p_floor(n)),
        }
        hits = hit[np.flatnonzero(dates[:n])]
        left = (n_hits - hits) / max(n_events - 1, 1) - base
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            exhibits = self._pictures(sample, dates, rallies, components, rng)
        caveats = [f"{n_events} episodes: no test of them can give a p below {attainable:.3g}."]
        if not components["does_not_coincide"]:
            caveats.append(
                "That the two do not coincide is not shown: the share of rallies within "
                f"{self.apart.words} of a leader event may exceed chance by up to "
                f"{near_high - base_near:.0%}, more than the margin of {self.margin:.0%}."
            )
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=f"{RATES[self.rate]}, less chance",
                value=estimate,
                low=low - chance,
                high=high - chance,
                unit=self.unit,
            ),
            at=f"within {self.horizon.words}",
            n_episodes=total,
            components=components,
            leave_one_out=(float(left.min()), float(left.max())),
            exhibits=exhibits,
            caveats=tuple(caveats),
            summary=f"A {self.follower} rally followed within {self.horizon.words} of {base:.0%} "
            f"of all days, and of {n_hits} of {n_events} {self.leader} events; of the {n_order} "
            f"rallies with an event on one side only, {n_pre} had it before (p = {p:.3f}).",
        )

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Compare with every rotation of the dates, and the order of events with a coin's."""
        _, last = self._window(sample)
        if self.rate == "trigger":
            n = sample.days.size - last
            moved, against = self._eligible(sample)[:n], self._followed(paths)[:, :n]
        else:
            first, _ = self._window(sample)
            dates = leader_events(sample, self.leader, self.event)
            moved = self._rallies(paths)[:, last:]
            against = ev.any_within(dates, -last, -first)[last:]
        rotation = ev.rotation_p(
            moved.astype(float), against.astype(float), keep_off=last, sign=self.sign
        )
        n_pre, n_order = self._order(sample, paths)
        towards = n_pre if self.sign > 0 else n_order - n_pre
        order = np.where(towards > 0, bdtrc(np.maximum(towards - 1, 0), n_order, 0.5), 1.0)
        return {"rotated dates": rotation, "order of events": order}

    def _order(self, sample: Sample, paths: Paths) -> tuple[Counts, Counts]:
        """Count rallies with a leader event on one side only: those before, and all of them.

        Only rallies whose windows on both sides lie within the sample can tell.
        """
        first, last = self._window(sample)
        dates = leader_events(sample, self.leader, self.event)
        pre = ev.any_within(dates, -last, -first)
        one_sided = pre ^ ev.any_within(dates, first, last)
        one_sided[:last] = False
        one_sided[max(one_sided.size - last, 0) :] = False
        rallies = self._rallies(paths)
        return (
            np.count_nonzero(rallies[:, one_sided & pre], axis=1),
            np.count_nonzero(rallies[:, one_sided], axis=1),
        )

    def _pictures(
        self,
        sample: Sample,
        dates: Flags,
        rallies: Flags,
        components: dict[str, float],
        rng: Generator,
    ) -> tuple[Exhibit, ...]:
        _, last = self._window(sample)
        shown = leader_events(sample, self.leader, self.event)
        return (
            *pictures.overlays(
                sample, self.leader, self.follower, self.null_model(sample), rng, start_shift=90
            ),
            coincidence_rates(components),
            fan(sample, np.flatnonzero(dates), last, self.leader, self.follower),
            episode_table(sample, self.leader, self.follower, np.flatnonzero(shown), rallies, last),
            episodes_in_time(sample, self.leader, self.follower, shown, rallies),
        )

    def quick(self, sample: Sample) -> float:
        """Give the excess rate."""
        return float(self.sign * self.prepare(sample)(Paths(sample, sample.returns[None, :]))[0, 0])

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let a rally follow some leader events; ``realised`` says what came of it."""
        first, last = self._window(sample)
        dates = np.flatnonzero(self._eligible(sample))
        length = max((last - first) // 3, 2)
        size = 1.5 * float(np.log1p(getattr(self.rally, "by", 0.3)))
        base = float(self._followed(Paths(sample, returns))[:, :-last].mean())
        chance = min(abs(effect) / max(1 - base, 0.05), 1.0)
        out = returns.copy()
        answered = rng.random((returns.shape[0], dates.size)) < chance
        start = rng.integers(first, max(last - length, first + 1), answered.shape)
        for column, day in enumerate(dates):
            for row in np.flatnonzero(answered[:, column]):
                begin = day + int(start[row, column])
                out[row, begin : begin + length] += np.sign(effect) * size / length
        return out

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean excess the planted rallies produce."""
        del effect
        return float(np.mean(self.prepare(sample)(paths)[:, 0]))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast whether a rally begins within the horizon from whether an event just was."""
        first, last = self._window(sample)
        n = sample.days.size - last
        recent = ev.any_within(leader_events(sample, self.leader, self.event), -(last - first), 0)
        outcome = self._followed(Paths(sample, sample.returns[None, :]))[0]
        return recent[:n, None].astype(float), outcome[:n].astype(float), last

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        return "at least half of the leader's episodes were followed"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether at least half of the leader's episodes were followed."""
        dates = np.flatnonzero(self._eligible(sample))
        hit = self._followed(paths)[:, dates]
        return np.asarray(hit.mean(axis=1) >= 0.5)


def p_floor(n: int) -> float:
    """Smallest p that ``n`` rotations can give."""
    return 1.0 / (1 + n)


def _exact_interval(k: int, n: int, level: float) -> tuple[float, float]:
    """Clopper and Pearson (1934) interval of a share."""
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return low, high
