"""Does the follower do best in the named regime?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, assert_never

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import model_validator
from scipy.special import stdtrit

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.evidence import states
from leadline.evidence.base import Estimate
from leadline.evidence.event_pictures import fan
from leadline.evidence.exhibits import Exhibit, Forest, ForestRow, Frozen, Heatmap, Table
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Null, Paths, Sample
from leadline.kernels import resample
from leadline.kernels import states as kernel
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.events import any_within

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
DAYS_PER_COSINE = 500
MOST_LEFT_OUT = 60
N_INTERVAL = 499
LEVEL = 0.90
OTHER = "other days"


class GaveWay(Frozen):
    """Another state that held within the time before and does so no longer."""

    state: str
    within: Duration = DurationText("6m")

    @property
    def words(self) -> str:
        """The condition in English."""
        return f"within {self.within.words} of the end of {self.state}"


class Cross(Frozen):
    """A second condition that splits the days once more; the claim is about one side of it."""

    state: str
    holds: bool = False


@dataclass(frozen=True, slots=True)
class MovedReturns:
    """The follower's returns moved round the calendar, volatility and all.

    ``block`` cuts them into blocks of the stationary bootstrap instead.
    """

    returns: Floats
    name: ClassVar[str] = "rotated dates"

    def draw(self, n: int, rng: Generator, *, block: float | None = None) -> Floats:
        """Draw ``n`` histories, shape (n, n_obs)."""
        size = self.returns.size
        if block is not None:
            return np.asarray(self.returns[resample.stationary_indices(n, size, block, rng)])
        moved = rng.integers(1, size, n)
        return np.asarray(self.returns[(np.arange(size) - moved[:, None]) % size])


class RegimeMeans(RelationTest):
    """Mean return (or volatility, or range) of the follower in a state, less that on other days.

    The leader is a condition; what it said at one decision is set against what the follower does
    from the next close on. *Best* takes more than that: the state must beat each of ``others`` as
    well, by rotations of the dates (Berger 1982, no further penalty). Its separate spells are the
    sample, not its days. Source: a regression on regime dummies, as in Baur and Lucey (2010), "Is
    Gold a Hedge or a Safe Haven?", Financial Review 45, 217-229, with the robust t of White (1980)
    against histories with random signs, which keep the volatility path, and every rotation.

    ``any_of`` names further conditions: the state holds where any of them or the leader does.
    ``gave_way`` keeps only days on which another state has just ended; ``cross`` only one side of
    a second condition, whose three other cells must then be beaten. ``outcome`` is the yearly log
    return, or the log of the follower's volatility or range over the time ``over`` ahead, from
    which its slow cycles are taken; a negative ``direction`` then says that it is calmer.
    ``matched`` compares days of one calendar year with each other. A state that is off for less
    than ``apart`` is still in the same spell.
    """

    null: ClassVar[str] = "the follower does in the state what it does on other days"
    effect: ClassVar[str] = "difference from other days"
    unit: ClassVar[str] = "log points"
    keep_link: ClassVar[bool] = False

    kind: Literal["regime_means"] = "regime_means"
    any_of: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    gave_way: GaveWay | None = None
    cross: Cross | None = None
    outcome: Literal["mean", "volatility", "range"] = "mean"
    over: Duration = DurationText("4w")
    matched: Literal["any day", "year"] = "any day"
    apart: Duration = DurationText("1m")
    guard: Duration = DurationText("1d")
    matters: float | None = 0.5

    @model_validator(mode="after")
    def _forks_share_their_histories(self) -> "RegimeMeans":
        fixed = {"any_of", "others", "cross"} & set(self.forks)
        if fixed:
            msg = f"{min(fixed)} names other series and cannot be forked; write a second test."
            raise ValueError(msg)
        ways = self.forks.get("gave_way", ())
        if any(
            way is None or self.gave_way is None or way.state != self.gave_way.state for way in ways
        ):
            msg = "gave_way: a fork can only change 'within', not the state."
            raise ValueError(msg)
        if "mean" in {self.outcome, *self.forks.get("outcome", ())} and "outcome" in self.forks:
            msg = "outcome: mean and volatility have different nulls; write a second test."
            raise ValueError(msg)
        return self

    def leaders(self) -> tuple[str, ...]:
        """Name the leaders of every fork, the claim's own first, and every other condition."""
        more = [part.state for part in (self.gave_way, self.cross) if part is not None]
        return tuple(dict.fromkeys((*self._named(), *self.any_of, *self.others, *more)))

    def draw(self, panel: Panel) -> Sample:
        """Draw the sample from a panel; raise DataError where a leader is not a condition."""
        sample = states.checked(super().draw(panel), self.kind, self.leaders())
        return states.joined(sample, self._named(), self.any_of)

    def lead_in(self, sample: Sample) -> int:
        """Give the returns before the start by which the state is known."""
        before = 0 if self.gave_way is None else self.gave_way.within.observations(sample.per_year)
        return self._delay(sample) + before

    def null_model(self, sample: Sample) -> Null:
        """Give random signs for means; moved dates for volatility, which signs would keep."""
        if self.outcome == "mean":
            return super().null_model(sample)
        return MovedReturns(sample.returns)

    # Where the state holds.

    def _delay(self, sample: Sample) -> int:
        return max(self.guard.observations(sample.per_year), 1)

    def _length(self, sample: Sample) -> int:
        return 1 if self.outcome == "mean" else max(self.over.observations(sample.per_year), 2)

    def _apart(self, sample: Sample) -> int:
        return max(self.apart.observations(sample.per_year), 1)

    def _size(self, sample: Sample) -> int:
        """Count the days on which the state is known and whose outcome lies in the sample."""
        return max(sample.n_obs - self._delay(sample) - self._length(sample) + 1, 0)

    def _usable(self, sample: Sample) -> Flags:
        return np.arange(self._size(sample)) >= max(sample.skip - self._delay(sample), 0)

    def _cell(self, sample: Sample) -> Flags:
        """Say on which days the claim's state holds, ``gave_way`` and ``cross`` included."""
        on = states.holds(sample, self.leader)
        if self.gave_way is not None:
            other = states.holds(sample, self.gave_way.state)
            back = max(self.gave_way.within.observations(sample.per_year), 1)
            on = on & ~other & any_within(other, -back, -1)
        if self.cross is not None:
            on = on & (states.holds(sample, self.cross.state) == self.cross.holds)
        return on[: self._size(sample)]

    def _rivals(self, sample: Sample) -> dict[str, Flags]:
        """Give the days of everything that the state must beat one by one."""
        size, cell = self._size(sample), self._cell(sample)
        rivals = {name: states.holds(sample, name)[:size] & ~cell for name in self.others}
        if self.cross is not None:
            on = states.holds(sample, self.leader)[:size]
            side = states.holds(sample, self.cross.state)[:size] == self.cross.holds
            rivals |= {
                self._side(on=True, crossed=not self.cross.holds): on & ~side,
                self._side(on=False, crossed=self.cross.holds): ~on & side,
                self._side(on=False, crossed=not self.cross.holds): ~on & ~side,
            }
        return rivals

    def _state(self) -> str:
        return states.words((self.leader, *self.any_of))

    def _side(self, *, on: bool, crossed: bool) -> str:
        """Name one of the four cells of two conditions."""
        one, two = self._state(), "" if self.cross is None else self.cross.state
        match on, crossed:
            case True, True:
                return f"{one} and {two}"
            case True, False:
                return f"{one} without {two}"
            case False, True:
                return f"{two} without {one}"
            case _:
                return f"neither {one} nor {two}"

    def _words(self) -> str:
        name = self._state()
        if self.cross is not None:
            name = self._side(on=True, crossed=self.cross.holds)
        return name if self.gave_way is None else f"{name} {self.gave_way.words}"

    def _nuisance(self, sample: Sample) -> Floats | None:
        size = self._size(sample)
        parts = []
        if self.matched == "year":
            year = sample.days[:size].astype("datetime64[Y]")
            parts.append((year[:, None] == np.unique(year)[1:]).astype(np.float64))
        if self.outcome != "mean":
            # Returns lose their slow cycles in a null of their own; volatility does so here.
            parts.append(resample.slow_cycles(size, max(1, round(size / DAYS_PER_COSINE))))
        return np.hstack(parts) if parts else None

    def _contrasts(self, sample: Sample) -> Floats:
        """Weights of the outcomes: the state less all other days, then less each rival."""
        key = ("contrasts", self.leader, self.model_dump_json(include=CELL))
        if key not in sample.memo:
            cell, usable, nuisance = self._cell(sample), self._usable(sample), None
            nuisance = self._nuisance(sample)
            among = [usable, *(usable & (cell | days) for days in self._rivals(sample).values())]
            sample.memo[key] = np.stack([kernel.contrast(cell, a, nuisance) for a in among])
        contrasts: Floats = sample.memo[key]
        return contrasts

    def _values(self, paths: Paths) -> Floats:
        """Give the outcome that follows each day, shape (n, size)."""
        gap, length = self._delay(paths.sample), self._length(paths.sample)
        match self.outcome:
            case "mean":
                return paths.returns[:, gap:]
            case "volatility":
                make = partial(kernel.forward_volatility, paths.returns, gap=gap, length=length)
            case "range":
                make = partial(kernel.forward_range, paths.levels, gap=gap, length=length)
            case _:
                assert_never(self.outcome)
        values: Floats = paths.once(("outcome", self.outcome, gap, length), make)
        return values

    def _yearly(self, sample: Sample) -> float:
        return sample.per_year if self.outcome == "mean" else 1.0

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        if self.leader not in sample.states:
            return f"{self.leader} is not a condition; the test needs one."
        length = self._length(sample)
        if sample.n_obs - sample.skip < 4 * length + states.LEAST:
            return (
                f"{sample.n_obs - sample.skip} observations; outcomes over {self.over.words} need "
                f"{4 * length + states.LEAST}."
            )
        usable = self._usable(sample)
        few = states.too_few(self._cell(sample), usable, self._apart(sample), self._words())
        if few is not None:
            return few
        for name, days in self._rivals(sample).items():
            count = int(np.sum(days & usable))
            if count < states.LEAST:
                return f"{name} held without it on {count} days; needs {states.LEAST}."
        if not self._contrasts(sample).any(axis=1).all():
            return f"{self._words()} never changes within what is compared; needs days of both."
        return None

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the days of the state; means are self-normalised."""
        weights = self._contrasts(sample)[0]

        def score(paths: Paths) -> Floats:
            values = self._values(paths)
            if self.outcome == "mean":
                found = kernel.self_normalised(values, weights)
            else:
                found = values @ weights
            return np.column_stack((self.sign * found, -self.sign * found))

        return score

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Compare with every rotation of the dates, the rivals one by one."""
        weights = self._contrasts(sample)
        start = int(np.argmax(self._usable(sample)))
        p = kernel.rotation_p(
            weights[:, start:],
            self._values(paths)[:, start:],
            sign=self.sign,
            normalised=self.outcome == "mean",
        )
        names = ("every rotation", *(f"against {name}" for name in self._rivals(sample)))
        return dict(zip(names, p, strict=True))

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the difference, each state's own mean, and what single spells do to it."""
        weights = self._contrasts(sample)
        happened = Paths(sample, sample.returns[None, :])
        values = self._values(happened)[0]
        yearly = self._yearly(sample)
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p_drawn = p_value(statistic, null)
        moved = {name: float(p[0]) for name, p in self.also(sample, happened).items()}
        p = max(p_drawn, *moved.values())
        value = float(weights[0] @ values) * yearly
        cell, usable = self._cell(sample), self._usable(sample)
        first, last = kernel.spells(cell & usable, apart=self._apart(sample))
        means = {name: float(values[days].mean()) for name, days in self._cells(sample).items()}
        inside, outside = means[self._words()], means[OTHER]
        components = {
            "in_state": self._natural(inside, sample),
            "on_other_days": self._natural(outside, sample),
            "share_of_days": float(cell[usable].mean()),
            "days_in_state": float(np.sum(cell & usable)),
            "p_drawn": p_drawn,
            "p_rotation": moved["every rotation"],
            "p_best": max(moved.values()),
        }
        shown = {name: self._text(mean, sample) for name, mean in means.items()}
        rest = [f"{text} in {name}" for name, text in list(shown.items())[1:] if name != OTHER]
        caveats = [
            f"{int(np.sum(cell & usable)):,} days in the state fall into {first.size} separate "
            "spells; the spells, not the days, are the sample."
        ]
        against = {name: p for name, p in moved.items() if name != "every rotation"}
        if against:
            hardest = max(against, key=lambda name: against[name])
            name = hardest.removeprefix("against ")
            caveats.append(f"Hardest to beat: {name} (p = {against[hardest]:.3f}).")
        left = None
        if full and first.size <= MOST_LEFT_OUT:
            left = self._leave_one_out(sample, values, first, last)
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=self._estimate(sample, value, values, null, rng),
            at="" if self.outcome == "mean" else f"over {self.over.words}",
            n_episodes=int(first.size),
            components=components,
            leave_one_out=left,
            exhibits=self._pictures(sample, values, first, last) if full else (),
            caveats=tuple(caveats),
            summary=f"{WORDS[self.outcome]} of {self.follower} was {shown[OTHER]} on other days "
            f"and {shown[self._words()]} in {self._words()} ({first.size} spells)"
            + (f"; elsewhere it was {', '.join(rest)}" if rest else "")
            + f" (p = {p:.3f}).",
        )

    def _cells(self, sample: Sample) -> dict[str, Flags]:
        usable, cell = self._usable(sample), self._cell(sample)
        rivals = {name: days & usable for name, days in self._rivals(sample).items()}
        return {self._words(): cell & usable, **rivals, OTHER: ~cell & usable}

    def _natural(self, mean: float, sample: Sample) -> float:
        """Give a mean outcome as it is usually said: a yearly return, volatility, or range."""
        match self.outcome:
            case "mean":
                return float(np.expm1(mean * sample.per_year))
            case "volatility":
                return float(np.exp(mean) * np.sqrt(sample.per_year))
            case "range":
                return float(np.expm1(np.exp(mean)))
            case _:
                assert_never(self.outcome)

    def _text(self, mean: float, sample: Sample) -> str:
        if self.outcome == "mean":
            return f"{np.expm1(mean * sample.per_year / 12):+.1%} a month"
        return f"{self._natural(mean, sample):.0%}"

    def _estimate(
        self, sample: Sample, value: float, values: Floats, null: Floats, rng: Generator
    ) -> Estimate:
        """Give the wider of two intervals at either end: by days' noise, and by whole spells."""
        weights, yearly = self._contrasts(sample)[0], self._yearly(sample)
        if self.outcome == "mean":
            drawn = Paths(sample, self.null_model(sample).draw(N_INTERVAL, rng))
            spread = yearly * (self._values(drawn) @ weights)
        else:
            spread = self.sign * null
        spread = spread - spread.mean()
        tail = (1 - LEVEL) / 2
        half = yearly * self._half_width(sample, values, self._cell(sample), weights)
        return Estimate(
            label=f"{self.follower}: {LABELS[self.outcome]}",
            value=value,
            low=value - max(float(np.quantile(spread, 1 - tail)), half),
            high=value + max(-float(np.quantile(spread, tail)), half),
            level=LEVEL,
            unit=UNITS[self.outcome],
        )

    def _half_width(self, sample: Sample, values: Floats, days: Flags, weights: Floats) -> float:
        """Half the interval of a weighted mean when whole spells, on and off, are drawn."""
        first, last = kernel.spells(days & self._usable(sample), apart=self._apart(sample))
        edges = np.sort(np.concatenate((first, last + 1)))
        cluster = np.searchsorted(edges, np.arange(days.size), side="right")
        # An odd cluster is a spell, an even one the time between; each has its own mean.
        inside = cluster % 2 == 1
        used = weights != 0
        residuals = np.zeros(values.size)
        for part in (used & inside, used & ~inside):
            if part.any():
                residuals[part] = values[part] - values[part].mean()
        error = kernel.clustered_error(residuals, weights, cluster)
        return float(stdtrit(max(first.size - 1, 1), 0.5 + LEVEL / 2) * error)

    def _leave_one_out(
        self, sample: Sample, values: Floats, first: Index, last: Index
    ) -> tuple[float, float]:
        cell, usable, nuisance = self._cell(sample), self._usable(sample), self._nuisance(sample)
        left = []
        for begin, end in zip(first, last, strict=True):
            kept = usable.copy()
            kept[begin : end + 1] &= ~cell[begin : end + 1]
            left.append(float(kernel.contrast(cell & kept, kept, nuisance) @ values))
        return self._yearly(sample) * min(left), self._yearly(sample) * max(left)

    # What is shown.

    def _pictures(
        self, sample: Sample, values: Floats, first: Index, last: Index
    ) -> tuple[Exhibit, ...]:
        size = self._size(sample)
        shown = {self._words(): self._cell(sample)}
        shown |= {name: states.holds(sample, name)[:size] for name in self._shown_too()}
        cross = () if self.cross is None else (self._crossed(sample, values, self.cross),)
        horizon = DurationText("6m").observations(sample.per_year)
        after = first[first + horizon < sample.n_obs]
        fans = (fan(sample, after, horizon, self._words(), self.follower),) if after.size else ()
        return (
            self._forest(sample, values),
            *cross,
            states.in_time(
                sample.days[:size],
                shown,
                finding=f"{self._words()} held in {first.size} separate spells.",
            ),
            *fans,
            self._spell_table(sample, first, last),
        )

    def _shown_too(self) -> tuple[str, ...]:
        more = [part.state for part in (self.gave_way, self.cross) if part is not None]
        return tuple(dict.fromkeys((*self.others, *more)))

    def _forest(self, sample: Sample, values: Floats) -> Forest:
        rows = []
        for name, days in self._cells(sample).items():
            mean = float(values[days].mean())
            n_spells = kernel.spells(days, apart=self._apart(sample))[0].size
            half = None
            if n_spells >= states.MIN_SPELLS:
                half = self._half_width(sample, values, days, days / np.sum(days))
            rows.append(
                ForestRow(
                    label=f"{name} ({n_spells} spells)",
                    value=self._natural(mean, sample),
                    low=None if half is None else self._natural(mean - half, sample),
                    high=None if half is None else self._natural(mean + half, sample),
                    highlight=name == self._words(),
                )
            )
        best = max(rows, key=lambda row: self.sign * row.value)
        return Forest(
            name="states",
            title=f"{self.follower} in each state",
            finding=f"{'Highest' if self.sign > 0 else 'Lowest'}: {best.label}, "
            f"{best.value:.0%} {AXES[self.outcome]}.",
            note="Intervals (90 %) treat each spell, not each day, as one draw.",
            x_label=AXES[self.outcome],
            rows=tuple(rows),
            reference=0.0 if self.outcome == "mean" else None,
        )

    def _crossed(self, sample: Sample, values: Floats, cross: Cross) -> Heatmap:
        size, usable = self._size(sample), self._usable(sample)
        one = states.holds(sample, self.leader)[:size]
        two = states.holds(sample, cross.state)[:size]
        cells = [[usable & (one == a) & (two == b) for b in (True, False)] for a in (True, False)]
        return Heatmap(
            name="cells",
            title=f"{self.follower} in the four cells",
            finding=f"{self._words()}: "
            f"{self._text(float(values[self._cells(sample)[self._words()]].mean()), sample)}.",
            rows=(self._state(), f"no {self._state()}"),
            columns=(cross.state, f"no {cross.state}"),
            values=tuple(
                tuple(
                    self._natural(float(values[days].mean()), sample) if days.any() else None
                    for days in row
                )
                for row in cells
            ),
            value_label=AXES[self.outcome],
            value_format=".0%",
        )

    def _spell_table(self, sample: Sample, first: Index, last: Index) -> Table:
        delay, level, cell = self._delay(sample), sample.follower, self._cell(sample)
        rows = []
        for begin, end in zip(first, last, strict=True):
            start, stop = begin + delay, min(end + delay + 1, sample.n_obs)
            move = level[stop] - level[start]
            spread = np.std(np.diff(level[start : stop + 1])) * np.sqrt(sample.per_year)
            rows.append(
                (
                    str(sample.days[begin]),
                    "still on" if end == cell.size - 1 else str(sample.days[end]),
                    str(int(np.sum(cell[begin : end + 1]))),
                    f"{np.expm1(move):+.0%}",
                    f"{spread:.0%}",
                )
            )
        up = sum(row[3].startswith("+") for row in rows)
        return Table(
            name="spells",
            title="Every spell",
            finding=f"{self.follower} rose in {up} of {len(rows)} spells.",
            note="The move runs from the close after the first day to the close after the last.",
            columns=("began", "ended", "days", f"{self.follower} over it", "yearly volatility"),
            rows=tuple(rows),
        )

    # What the engine asks besides.

    def quick(self, sample: Sample) -> float:
        """Give the difference from other days."""
        values = self._values(Paths(sample, sample.returns[None, :]))[0]
        return float(self._contrasts(sample)[0] @ values) * self._yearly(sample)

    def weights(self, sample: Sample) -> Floats | None:
        """Give each return's weight in the difference, where that is one of means."""
        if self.outcome != "mean":
            return None
        weights = np.zeros(sample.n_obs)
        weights[self._delay(sample) :] = self._contrasts(sample)[0] * sample.per_year
        return weights

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the follower drift, or swing, differently in the state."""
        del rng
        delay = self._delay(sample)
        on = np.zeros(sample.n_obs)
        on[delay : delay + self._size(sample)] = self._cell(sample)
        if self.outcome == "mean":
            return returns + effect / sample.per_year * on
        return returns * np.exp(effect * on)

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean difference: windows of volatility reach beyond the state."""
        if self.outcome == "mean":
            return effect
        return float(np.mean(self._values(paths) @ self._contrasts(sample)[0]))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast the outcome from whether the state holds."""
        usable = self._usable(sample)
        values = self._values(Paths(sample, sample.returns[None, :]))[0]
        if self.outcome == "mean":
            values = values / resample.past_scale(values)
        on = self._cell(sample)[usable, None].astype(float)
        return on, values[usable], self._delay(sample) + self._length(sample)

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        than = "on other days"
        if self.others or self.cross is not None:
            than = "in any other state named"
        if self.outcome == "mean":
            good = "positive and higher" if self.sign > 0 else "negative and lower"
            return f"the follower's return in the state was {good} than {than}"
        more = "higher" if self.sign > 0 else "lower"
        return f"the follower's {self.outcome} in the state was a tenth {more} than {than}"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the state comes first, by as much as a reader would notice."""
        values = self._values(paths)
        differences = self.sign * (values @ self._contrasts(sample).T)
        if self.outcome != "mean":
            return np.asarray((differences >= NOTICED).all(axis=1))
        inside = values[:, self._cell(sample) & self._usable(sample)].mean(axis=1)
        return np.asarray((differences > 0).all(axis=1) & (self.sign * inside > 0))


NOTICED = float(np.log(1.1))
CELL = {"any_of", "others", "gave_way", "cross", "outcome", "over", "matched", "guard"}
WORDS = {
    "mean": "The average growth",
    "volatility": "The yearly volatility",
    "range": "The range from low to high",
}
LABELS = {
    "mean": "growth in the state, less that on other days",
    "volatility": "volatility in the state, against other days",
    "range": "range in the state, against other days",
}
UNITS = {"mean": "log return a year", "volatility": "log points", "range": "log points"}
AXES = {
    "mean": "return a year",
    "volatility": "volatility a year",
    "range": "high over low",
}
