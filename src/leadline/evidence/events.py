"""When something happened to a series, by rules that use only its past."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from leadline.data.duration import Duration, DurationText
from leadline.evidence.exhibits import Frozen
from leadline.evidence.sample import Sample
from leadline.kernels import events

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
YEAR = DurationText("1y")


class RecordHigh(Frozen):
    """A new high after a quiet spell, so that a run of records counts once."""

    rule: Literal["record_high"] = "record_high"
    quiet: Duration = DurationText("3m")
    memory: Duration | None = None

    @property
    def words(self) -> str:
        """The rule in English."""
        what = "all-time high" if self.memory is None else f"{self.memory.words} high"
        return f"{what} after {self.quiet.words} without"

    def flags(self, path: Floats, per_year: float) -> Flags:
        """Mark the events in log prices, shape (..., n_obs)."""
        memory = None if self.memory is None else self.memory.observations(per_year)
        return events.record_highs(path, quiet=self.quiet.observations(per_year), memory=memory)

    def follows(self, path: Floats, start: int, stop: int, per_year: float) -> Flags:
        """Whether a new high falls after ``start`` and at most ``stop`` observations on."""
        memory = None if self.memory is None else self.memory.observations(per_year)
        highs = events.record_highs(path, quiet=0, memory=memory)
        return events.any_within(highs, start + 1, stop)


class Rise(Frozen):
    """The close first stands ``by`` above its low of the time ``within``, after ``quiet`` without.

    Dated by the day it crosses, which is known then, not by the trough, which is not.
    """

    rule: Literal["rise"] = "rise"
    by: Annotated[float, Field(gt=0)] = 0.30
    within: Duration = DurationText("3m")
    quiet: Duration = DurationText("1m")

    @property
    def words(self) -> str:
        """The rule in English."""
        return f"{self.by:.0%} above its low of {self.within.words}"

    def flags(self, path: Floats, per_year: float) -> Flags:
        """Mark the events in log prices, shape (..., n_obs)."""
        return events.rises(
            path,
            by=float(np.log1p(self.by)),
            within=max(self.within.observations(per_year), 2),
            quiet=self.quiet.observations(per_year),
        )

    def follows(self, path: Floats, start: int, stop: int, per_year: float) -> Flags:
        """Whether the price gains ``by`` from ``start`` to at most ``stop`` observations on."""
        del per_year
        return events.rises_after(path, by=float(np.log1p(self.by)), start=start, stop=stop)


class Strength(Frozen):
    """Sustained strength: the move over ``over`` ranks high among its own past, and stays there.

    An event is the first day, after ``quiet`` without, on which at least four in five of the last
    ``hold`` days had a trailing move above the ``quantile`` of all trailing moves before.
    """

    rule: Literal["strength"] = "strength"
    over: Duration = DurationText("6m")
    quantile: Annotated[float, Field(gt=0, lt=1)] = 0.80
    hold: Duration = DurationText("4w")
    quiet: Duration = DurationText("3m")

    @property
    def words(self) -> str:
        """The rule in English."""
        return (
            f"{self.over.words} move in the top {1 - self.quantile:.0%} of its past, "
            f"held {self.hold.words}"
        )

    def flags(self, path: Floats, per_year: float) -> Flags:
        """Mark the events in log prices, shape (n_obs,)."""
        return events.first_after_quiet(
            self.state(path, per_year), self.quiet.observations(per_year)
        )

    def state(self, path: Floats, per_year: float) -> Flags:
        """Mark every day in the state, not only its first."""
        strong = strong_days(path, self.over, self.quantile, per_year).astype(np.int64)
        hold = max(self.hold.observations(per_year), 1)
        held = np.convolve(strong, np.ones(hold, dtype=np.int64))[: strong.size]
        return np.asarray(held >= np.ceil(0.8 * hold))


class Onset(Frozen):
    """A condition begins to hold after ``quiet`` without; the leader is a flag or probability."""

    rule: Literal["onset"] = "onset"
    quiet: Duration = DurationText("3m")

    @property
    def words(self) -> str:
        """The rule in English."""
        return f"begins to hold after {self.quiet.words} without"

    def flags(self, path: Floats, per_year: float) -> Flags:
        """Mark the events in a path of states, shape (n_obs,)."""
        return events.first_after_quiet(path > 0.5, self.quiet.observations(per_year))


LeaderRule = Annotated[RecordHigh | Rise | Strength | Onset, Field(discriminator="rule")]
FollowerRule = Annotated[RecordHigh | Rise, Field(discriminator="rule")]


def strong_days(path: Floats, over: DurationText, quantile: float, per_year: float) -> Flags:
    """Days on which the trailing move ranks above ``quantile`` of the past; a year to warm up."""
    length = max(over.observations(per_year), 1)
    move = np.full(path.size, np.nan)
    # Rounded, so that equal moves are ties whatever the unit of the price.
    move[length:] = np.round(path[length:] - path[:-length], 12)
    rank = events.expanding_rank(move, at_least=YEAR.observations(per_year))
    return np.nan_to_num(rank, nan=0.0) > quantile


def on_sample(sample: Sample, leader: str, flags: Flags) -> Flags:
    """Carry flags on the leader's own days to the sample's days, shape (n_obs + 1,).

    An event on a day the sample lacks moves to the next day it has.
    """
    days, _ = sample.past[leader]
    rows = np.searchsorted(sample.days, days[flags])
    inside = (days[flags] >= sample.days[0]) & (rows < sample.days.size)
    out = np.zeros(sample.days.size, dtype=bool)
    out[rows[inside]] = True
    return out


def own_rate(sample: Sample, leader: str) -> float:
    """Give the leader's own number of days a year."""
    days, _ = sample.past[leader]
    return float((days.size - 1) / ((days[-1] - days[0]) / np.timedelta64(1, "D")) * 365.25)


def leader_events(sample: Sample, leader: str, rule: RecordHigh | Rise | Strength | Onset) -> Flags:
    """Mark the leader's events on the sample's days, found on all its own past."""
    key = ("events", leader, rule)
    if key not in sample.memo:
        _, path = sample.past[leader]
        sample.memo[key] = on_sample(sample, leader, rule.flags(path, own_rate(sample, leader)))
    flags: Flags = sample.memo[key]
    return flags
