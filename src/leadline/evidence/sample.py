"""What a test of a relation works on: leader and follower on common days, and null histories."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.panel import Every, Panel, last_of_complete_period
from leadline.errors import DataError
from leadline.evidence.cautions import bad_ticks
from leadline.kernels import autoregression, resample
from leadline.kernels.cross_correlation import lagged

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Index = NDArray[np.intp]
SPIKES_NEED = 150
"""Observations a year from which on a move and its reversal fall on neighbouring days."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Leaders and one follower on the days on which all were fresh.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_obs + 1,)
        Return ``i`` runs from ``days[i]`` to ``days[i + 1]``.
    leaders : mapping of str to ndarray of float64, shape (n_obs + 1,)
        Log prices (rates and states as they are).
    follower : ndarray of float64, shape (n_obs + 1,)
    past : mapping of str to (days, log prices)
        Each leader on all its own days, so that a record knows what came before the follower.
    given : ndarray of bool, shape (n_obs,), or None
        Whether the claim's condition held when each return began.
    skip : int
        The first returns that only serve as the leader's past; the question starts after them.
    states : frozenset of str
        Leaders, and the follower, that are flags or probabilities: their path is the state.
    prices : frozenset of str
        Those that are prices: they can be laid over one another, and may hold bad ticks.
    """

    as_of: date
    days: Days
    leaders: Mapping[str, Floats]
    follower: Floats
    past: Mapping[str, tuple[Days, Floats]]
    given: NDArray[np.bool_] | None = None
    skip: int = 0
    states: frozenset[str] = frozenset()
    prices: frozenset[str] = frozenset()
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def n_obs(self) -> int:
        """Number of returns."""
        return int(self.days.size - 1)

    @property
    def per_year(self) -> float:
        """Observations a year."""
        span = float((self.days[-1] - self.days[0]) / np.timedelta64(1, "D"))
        return self.n_obs / span * 365.25

    @property
    def returns(self) -> Floats:
        """The follower's returns, shape (n_obs,)."""
        return np.diff(self.follower)

    def moves(self, leader: str) -> Floats:
        """Give the leader's returns, shape (n_obs,)."""
        return np.diff(self.leaders[leader])

    def rows(self, start: int, stop: int, lead_in: int = 0) -> "Sample":
        """Ask about returns ``start`` to ``stop`` (exclusive), with up to ``lead_in`` before."""
        skip = min(start, lead_in)
        start -= skip
        return replace(
            self,
            skip=skip,
            days=self.days[start : stop + 1],
            leaders={name: path[start : stop + 1] for name, path in self.leaders.items()},
            follower=self.follower[start : stop + 1],
            given=None if self.given is None else self.given[start:stop],
            memo={},
        )

    def bounds(self, start: date | None, stop: date | None) -> tuple[int, int]:
        """Give the returns that begin on or after ``start`` and end on or before ``stop``."""
        low = 0 if start is None else int(np.searchsorted(self.days, np.datetime64(start, "D")))
        low = min(low, self.n_obs)
        high = (
            self.n_obs
            if stop is None
            else int(np.searchsorted(self.days, np.datetime64(stop, "D"), "right")) - 1
        )
        return low, max(high, low)

    def with_follower(self, returns: Floats) -> "Sample":
        """Put other returns in the follower's place."""
        path = np.concatenate(([0.0], np.cumsum(returns))) + self.follower[0]
        return replace(self, follower=path, memo={})

    def with_leader(self, name: str, moves: Floats) -> "Sample":
        """Put other moves in a leader's place; it then has no past beyond the sample."""
        path = np.concatenate(([0.0], np.cumsum(moves))) + self.leaders[name][0]
        return self.with_path(name, path)

    def with_path(self, name: str, path: Floats) -> "Sample":
        """Put another path in a leader's place; it then has no past beyond the sample."""
        return replace(
            self,
            leaders={**self.leaders, name: path},
            past={**self.past, name: (self.days, path)},
            memo={},
        )

    def prolonged(self, times: int, rng: Generator) -> "Sample":
        """Give a sample ``times`` as long, going on at the past pace.

        The moves come again, of all series together, each time from another day on, so that no
        rotation meets its own copy. The follower is a price or a rate, not a state.
        """
        rows = np.arange(self.n_obs)
        later = [np.roll(rows, -int(first)) for first in rng.integers(self.n_obs, size=times - 1)]
        order = np.concatenate((rows, *later))

        def along(path: Floats) -> Floats:
            return np.concatenate((path[:1], path[0] + np.cumsum(np.diff(path)[order])))

        days = self.days[0] + np.concatenate(
            ([0], np.cumsum(np.diff(self.days).astype(int)[order]))
        )
        leaders = {
            name: np.concatenate((path[:1], path[1:][order]))
            if name in self.states
            else along(path)
            for name, path in self.leaders.items()
        }
        past = {}
        for name, (own_days, path) in self.past.items():
            before = own_days < days[0]
            past[name] = (
                np.concatenate((own_days[before], days)),
                np.concatenate((path[before], leaders[name])),
            )
        return replace(
            self,
            as_of=days[-1].astype(date),
            days=days,
            leaders=leaders,
            follower=along(self.follower),
            past=past,
            given=None if self.given is None else self.given[order],
            memo={},
        )

    def flags(self, leader: str, follower: str) -> tuple[str, ...]:
        """Name the days of leader and follower that look like bad ticks.

        Only days can be judged: a week that goes up and back is no tick.
        """
        said: list[str] = []
        if self.per_year < SPIKES_NEED:
            return ()
        for name, path in ((leader, self.leaders[leader]), (follower, self.follower)):
            if name in self.prices:
                said += bad_ticks(name, self.days, path)
        return tuple(said)

    def ends(self, every: Every) -> Index:
        """Positions in ``days`` at which each complete day, week or month ends."""
        key = ("ends", every)
        if key not in self.memo:
            if every == "day":
                self.memo[key] = np.arange(self.days.size)
            else:
                as_of = np.datetime64(self.as_of, "D")
                self.memo[key] = last_of_complete_period(self.days, every, as_of)
        ends: Index = self.memo[key]
        return ends

    def on_days(self, every: Every, by_period: Floats, *, first: int = 0) -> Floats:
        """Put the value of each period from ``first`` on, shape (n_periods, …), on all its days.

        Days of no complete period get zero; shape (n_obs, …).
        """
        ends = self.ends(every)[first:]
        out = np.zeros((self.n_obs, *by_period.shape[1:]))
        out[ends[0] : ends[-1]] = np.repeat(by_period, np.diff(ends), axis=0)
        return out

    def over_days(self, every: Every, by_period: Floats, *, first: int = 0) -> Floats:
        """Spread the value of each period evenly over its days, so that they add up to it."""
        counts = np.diff(self.ends(every)[first:])
        return self.on_days(every, (by_period.T / counts).T, first=first)


def draw_sample(
    panel: Panel,
    leaders: tuple[str, ...],
    follower: str,
    *,
    start: date | None = None,
    stop: date | None = None,
    extra: tuple[str, ...] = (),
) -> Sample:
    """Take leaders and follower from a panel; ``extra`` series are taken along where they exist.

    Extra series (placebo leaders) do not narrow the days: on a day they miss, they keep the
    value they had.
    """
    needed = tuple(dict.fromkeys((*leaders, follower)))
    aligned = panel.align(needed, start=start, stop=stop)
    if len(aligned) < 2:
        ends = "" if start is None and stop is None else f" from {start} to {stop}"
        msg = (
            f"No common observations of {', '.join(needed)}{ends} as of {panel.as_of}. "
            "Check the window and the series' first and last days."
        )
        raise DataError(msg)
    paths = {name: _path(panel, name, aligned.values[name]) for name in needed}
    rows = np.searchsorted(panel.days, aligned.days)
    for name in extra:
        column = panel[name]
        value = column.value[rows]
        seen = column.value[column.fresh & np.isfinite(column.value)]
        # What is taken along must not stop what is asked: oil had no logarithm one day in 2020.
        if np.isfinite(value).all() and (_as_it_is(panel, name) or seen.min() > 0):
            paths[name] = _path(panel, name, value)
    for name in needed:
        # A state that never changes is a finding: it held always, or never.
        if np.ptp(paths[name]) == 0 and not panel[name].info.is_state:
            msg = (
                f"{name} never changes from {aligned.days[0]} to {aligned.days[-1]}, so nothing "
                "can go with it. Check the series."
            )
            raise DataError(msg)
    past = {}
    for name in (*leaders, *extra):
        column = panel[name]
        own = column.fresh & np.isfinite(column.value)
        if stop is not None:
            own = own & (panel.days <= np.datetime64(stop, "D"))
        if name in paths:
            past[name] = (panel.days[own], _path(panel, name, column.value[own]))
    return Sample(
        as_of=panel.as_of,
        days=aligned.days,
        leaders={name: paths[name] for name in (*leaders, *extra) if name in paths},
        follower=paths[follower],
        past=past,
        states=frozenset(name for name in paths if panel[name].info.is_state),
        prices=frozenset(name for name in paths if panel[name].info.kind == "price"),
    )


def _as_it_is(panel: Panel, name: str) -> bool:
    info = panel[name].info
    return info.kind == "rate" or info.is_state


def _path(panel: Panel, name: str, value: Floats) -> Floats:
    if _as_it_is(panel, name):
        return value
    if np.any(value <= 0):
        day = panel.days[int(np.argmax(panel[name].value <= 0))]
        msg = f"{name}: value {value.min():g} on {day} has no logarithm; exclude that day."
        raise DataError(msg)
    return np.log(value)


class Paths:
    """Histories of the follower's returns, shape (n, n_obs), with what is derived from them."""

    def __init__(self, sample: Sample, returns: Floats) -> None:
        self.sample = sample
        self.returns = returns
        self._memo: dict[Any, Any] = {}

    def __len__(self) -> int:
        """Give the number of histories."""
        return int(self.returns.shape[0])

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """Compute what several specifications share only once."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]

    @property
    def levels(self) -> Floats:
        """Log prices, shape (n, n_obs + 1)."""

        def make() -> Floats:
            out = np.empty((len(self), self.returns.shape[1] + 1))
            out[:, 0] = 0.0
            np.cumsum(self.returns, axis=1, out=out[:, 1:])
            out += self.sample.follower[0]
            return out

        levels: Floats = self.once("levels", make)
        return levels

    def every(self, every: Every) -> Floats:
        """Returns over complete days, weeks or months, shape (n, n_periods)."""
        if every == "day":
            return self.returns
        key = ("every", every)
        out: Floats = self.once(key, lambda: np.diff(self.levels[:, self.sample.ends(every)]))
        return out

    def rows(self, start: int, stop: int) -> "Paths":
        """Keep returns ``start`` to ``stop`` (exclusive), sample and all."""
        if start == 0 and stop == self.sample.n_obs:
            return self
        cut: Paths = self.once(
            ("rows", start, stop),
            lambda: Paths(self.sample.rows(start, stop), self.returns[:, start:stop]),
        )
        return cut


class Null(Protocol):
    """Histories of the follower in which the relation is absent.

    ``name`` is what the histories are drawn by, where no block length is asked for.
    """

    @property
    def name(self) -> str:
        """Say by what the histories are drawn."""
        ...

    def draw(self, n: int, rng: Generator, *, block: float | None = None) -> Floats:
        """Draw returns, shape (n, n_obs)."""
        ...


@dataclass(frozen=True, slots=True)
class Rotations:
    """The null of a follower that is a state: its path moved round the calendar.

    Rotation keeps the length and the bunching of its spells; blocks, which the stationary
    bootstrap joins, break them at their ends.
    """

    path: Floats
    keep_off: int = 0
    name: ClassVar[str] = "rotated dates"

    def draw(self, n: int, rng: Generator, *, block: float | None = None) -> Floats:
        """Draw differences of moved paths, shape (n, n_obs), ``keep_off`` rows or more away.

        Each history begins with the state that the follower began with, as `Paths` has it; its
        first difference makes up for that.
        """
        size = self.path.size
        if block is None:
            low = min(self.keep_off, (size - 1) // 2) + 1
            offsets = rng.integers(low, size - low + 1, n)
            index = (np.arange(size) - offsets[:, None]) % size
        else:
            index = resample.stationary_indices(n, size, block, rng)
        drawn = self.path[index]
        drawn[:, 0] = self.path[0]
        return np.diff(drawn, axis=1)


@dataclass(frozen=True, slots=True)
class NullModel:
    """The follower's returns split into what stays and what is resampled.

    ``stays`` holds mean, own autoregression apart, and the link with the leaders within the
    guard gap; ``innovations`` are resampled. What is resampled therefore has no memory of the
    leaders' past, and nothing else is lost: not the volatility path, not the volatility the
    series share, not the same-day link, not the follower's own momentum.
    """

    stays: Floats
    own: autoregression.Autoregression
    innovations: Floats
    scale: Floats
    name: ClassVar[str] = "random signs"

    @classmethod
    def fit(cls, sample: Sample, leaders: tuple[str, ...], *, guard: int | None) -> "NullModel":
        """Fit to a sample; ``guard`` in observations, None to cut the same-day link too."""
        y = sample.returns
        columns = [np.ones((y.size, 1))]
        if guard is not None:
            lags = np.arange(-guard, guard + 1)
            for name in leaders:
                x = sample.moves(name)
                columns.append(lagged(x - x.mean(), lags))
        design = np.hstack(columns)
        stays = design @ np.linalg.lstsq(design, y, rcond=1e-10)[0]
        rest = y - stays
        own = autoregression.fit(rest)
        innovations = autoregression.whiten(rest, own)
        innovations = innovations - innovations.mean()
        return cls(stays, own, innovations, resample.past_scale(innovations))

    def draw(self, n: int, rng: Generator, *, block: float | None = None) -> Floats:
        """Draw ``n`` histories: random signs, or the stationary bootstrap of ``block`` days.

        Blocks resample innovations in units of their past volatility and put them back at the
        volatility of the day they land on.
        """
        if block is None:
            drawn = resample.signs(n, self.innovations.size, rng) * self.innovations
        else:
            index = resample.stationary_indices(n, self.innovations.size, block, rng)
            drawn = (self.innovations / self.scale)[index] * self.scale
        return autoregression.rebuild(drawn, self.own) + self.stays
