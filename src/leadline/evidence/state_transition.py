"""Does the leader raise the odds of moving to a state?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import PositiveInt, model_validator

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.evidence import states
from leadline.evidence.base import Estimate
from leadline.evidence.events import LeaderRule, leader_events
from leadline.evidence.exhibits import Curve, Exhibit, Forest, ForestRow, Line, Table
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Null, Paths, Rotations, Sample
from leadline.kernels import events as ev
from leadline.kernels import multiverse, resample
from leadline.kernels import states as kernel
from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
DAYS_PER_COSINE = 500
LEVEL = 0.90
TOGETHER = 0.10
"""Level at which the two count as holding at the same time."""


class StateTransition(RelationTest):
    """Share of days after which the follower's state begins, with the leader and without.

    The follower is a condition; on a day on which it does not hold (and on which ``origin``
    holds, where one is named) it is at risk of beginning within ``horizon``. The share of such
    days on which it does is compared between days on which the leader holds and days on which it
    does not, a transition rate in discrete time (Allison 1982, "Discrete-Time Methods for the
    Analysis of Event Histories", Sociological Methodology 13, 61-98), against rotations of the
    follower's dates and of the leader's. A leader that is a price takes part by an ``event`` rule.
    The interval counts each separate spell, not each day, as one case.
    """

    null: ClassVar[str] = "the state begins as often where the leader holds as where it does not"
    effect: ClassVar[str] = "excess of the share followed by the state"
    unit: ClassVar[str] = "share of days"
    state_follower: ClassVar[bool] = True
    keep_link: ClassVar[bool] = False

    kind: Literal["state_transition"] = "state_transition"
    event: LeaderRule | None = None
    any_of: tuple[str, ...] = ()
    origin: str | None = None
    horizon: Duration = DurationText("6m")
    apart: Duration = DurationText("1m")
    guard: Duration = DurationText("1d")
    matters: float | None = 0.20
    # What follows each day is looked up anew in every history.
    n_resamples: PositiveInt = 999
    n_sensitivity: PositiveInt = 299
    n_simulations: PositiveInt = 200

    @model_validator(mode="after")
    def _series_are_fixed(self) -> "StateTransition":
        fixed = {"any_of", "origin"} & set(self.forks)
        if fixed:
            msg = f"{min(fixed)} names another series and cannot be forked; write a second test."
            raise ValueError(msg)
        return self

    def leaders(self) -> tuple[str, ...]:
        """Name the leaders of every fork, the claim's own first, and every other condition."""
        origin = () if self.origin is None else (self.origin,)
        return tuple(dict.fromkeys((*self._named(), *self.any_of, *origin)))

    def draw(self, panel: Panel) -> Sample:
        """Draw the sample; raise DataError where what must be a condition is a price."""
        sample = super().draw(panel)
        needed = self.leaders() if self.event is None else self.leaders()[len(self._named()) :]
        states.checked(sample, self.kind, (*needed, self.follower))
        sample = replace(sample, follower=(sample.follower > 0.5).astype(np.float64), memo={})
        return states.joined(sample, self._named(), self.any_of)

    def null_model(self, sample: Sample) -> Null:
        """Give the follower's path moved round the calendar."""
        return Rotations(sample.follower)

    def _window(self, sample: Sample) -> tuple[int, int]:
        gap = max(self.guard.observations(sample.per_year), 1)
        return gap, max(self.horizon.observations(sample.per_year), gap + 1)

    def _apart(self, sample: Sample) -> int:
        return max(self.apart.observations(sample.per_year), 1)

    def _size(self, sample: Sample) -> int:
        """Count the days whose whole horizon lies within the sample."""
        return max(sample.days.size - self._window(sample)[1], 0)

    def _on(self, sample: Sample) -> Flags:
        """Say where the leader holds, shape (size,)."""
        if self.event is None:
            on = states.holds(sample, self.leader)
        else:
            on = leader_events(sample, self.leader, self.event)
        return on[: self._size(sample)]

    def _words(self) -> str:
        name = states.words((self.leader, *self.any_of))
        return name if self.event is None else f"{name}'s {self.event.words}"

    def _moves(self, paths: Paths) -> tuple[Floats, Floats]:
        """Give the days at risk, and those of them after which the state begins, as 0 and 1.

        Shape (n, size) each.
        """
        sample = paths.sample
        gap, last = self._window(sample)
        apart = self._apart(sample)

        def make() -> tuple[Floats, Floats]:
            # A part of a history may begin in the other state than what happened.
            level = paths.levels
            state = level - level.min(axis=1, keepdims=True) > 0.5
            size = self._size(sample)
            # A state off for less than that is still in its spell.
            risk = ~ev.any_within(state, 1 - apart, gap - 1)[:, :size]
            if self.origin is not None:
                risk &= states.holds(sample, self.origin)[:size]
            risk[:, : sample.skip] = False
            began = risk & ev.any_within(state, gap, last)[:, :size]
            return risk.astype(np.float64), began.astype(np.float64)

        found: tuple[Floats, Floats] = paths.once(("moves", self.origin, gap, last, apart), make)
        return found

    def _happened(self, sample: Sample) -> tuple[Flags, Flags]:
        risk, began = self._moves(Paths(sample, sample.returns[None, :]))
        return risk[0] > 0, began[0] > 0

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        if self.event is None and self.leader not in sample.states:
            return f"{self.leader} is not a condition; the test needs one."
        _, last = self._window(sample)
        if sample.n_obs - sample.skip < 2 * last:
            return (
                f"{sample.n_obs - sample.skip} observations; a horizon of {self.horizon.words} "
                f"needs {2 * last}."
            )
        risk, _ = self._happened(sample)
        on = self._on(sample)
        without = int(np.sum(risk & ~on))
        if without < states.LEAST:
            return f"{without} days at risk without {self._words()}; needs {states.LEAST}."
        count = kernel.spells(on & risk, apart=self._apart(sample))[0].size
        if count < states.MIN_SPELLS:
            return f"{self._words()}: {count} separate spells at risk; needs {states.MIN_SPELLS}."
        count = self._onsets(sample).size
        if count < states.MIN_SPELLS:
            return f"{self.follower} began {count} times; needs {states.MIN_SPELLS}."
        return None

    def _onsets(self, sample: Sample) -> Index:
        """Give the days on which a spell of the follower's state began."""
        first, _ = kernel.spells(sample.follower > 0.5, apart=self._apart(sample))
        return first[first > 0]

    def prepare(self, sample: Sample) -> Scorer:
        """Fix where the leader holds; days at risk and what follows come from each history."""
        return self._scorer(sample, self._on(sample).astype(np.float64))

    def _scorer(self, sample: Sample, weights: Floats) -> Scorer:
        on = self._on(sample).astype(np.float64)

        def score(paths: Paths) -> Floats:
            risk, began = self._moves(paths)
            n = np.maximum(risk.sum(axis=1), 1.0)
            share = risk @ weights / n
            # With the leader itself as weights: the share with it less the share without.
            with_it = began @ weights - share * began.sum(axis=1)
            size = risk @ (weights * on) - share * (risk @ on)
            excess = self.sign * np.where(size > 0.5, with_it / np.maximum(size, 0.5), 0.0)
            return np.column_stack((excess, -excess))

        return score

    def _without_cycles(
        self, tests: list[RelationTest], sample: Sample, rng: Generator
    ) -> tuple[float, float]:
        """Take slow cycles out of where the leader holds: a state without them is no state."""
        happened = Paths(sample, sample.returns[None, :])
        drawn = Paths(sample, self.null_model(sample).draw(self.n_sensitivity, rng))
        observed, null = [], []
        for test in tests:
            if not isinstance(test, StateTransition):
                raise TypeError(test.kind)
            part = test.own(sample)
            low = int(np.searchsorted(sample.days, part.days[0]))
            on = test._on(part).astype(np.float64)  # noqa: SLF001 - another of this class
            n_cosines = max(1, round(part.n_obs / DAYS_PER_COSINE))
            score = test._scorer(part, resample.without_slow_cycles(on, n_cosines))  # noqa: SLF001
            observed.append(score(happened.rows(low, low + part.n_obs))[0])
            null.append(score(drawn.rows(low, low + part.n_obs)))
        found, chance = np.stack(observed), np.stack(null, axis=1)
        p, against = (multiverse.joint(found[:, i], chance[:, :, i]).p for i in (0, 1))
        return p, against

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Compare with every rotation of the leader's dates, days at risk staying as they are."""
        start = sample.skip
        on = self._on(sample)[start:].astype(np.float64)
        risk, began = (each[:, start:] for each in self._moves(paths))
        n, k = (each.sum(axis=1, keepdims=True) for each in (risk, began))
        n_on, k_on = (np.rint(kernel.rotated(each)(on)) for each in (risk, began))
        excess = k_on / np.maximum(n_on, 1) - (k - k_on) / np.maximum(n - n_on, 1)
        excess = self.sign * np.where((n_on > 0) & (n_on < n), excess, 0.0)
        return {"every rotation": kernel.rank_p(excess)}

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure both shares, and what became of every spell of the leader."""
        del rng
        happened = Paths(sample, sample.returns[None, :])
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p_drawn = p_value(statistic - 1e-12, null)
        p_rotation = float(self.also(sample, happened)["every rotation"][0])
        p = max(p_drawn, p_rotation)
        risk, began = self._happened(sample)
        on = self._on(sample)
        rates = {
            name: self._rate(sample, days & risk, began)
            for name, days in (("with", on), ("without", ~on))
        }
        low, high = kernel.difference_interval(rates["with"], rates["without"])
        first, last = kernel.spells(on & risk, apart=self._apart(sample))
        followed = self._followed(sample, happened)[0]
        base = float(began[risk].mean())
        rare = base if self.sign > 0 else 1 - base
        attainable = rare**first.size
        left = self._leave_one_out(sample, first, last) if full else None
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=self.effect,
                value=rates["with"][0] - rates["without"][0],
                low=low,
                high=high,
                level=LEVEL,
                unit=self.unit,
            ),
            at=f"within {self.horizon.words}",
            n_episodes=int(first.size),
            components={
                "rate_with": rates["with"][0],
                "rate_without": rates["without"][0],
                "days_with": float(np.sum(on & risk)),
                "days_without": float(np.sum(risk & ~on)),
                "spells_followed": float(followed.sum()),
                "onsets": float(self._onsets(sample).size),
                "best_attainable_p": attainable,
                "p_drawn": p_drawn,
                "p_rotation": p_rotation,
            },
            leave_one_out=left,
            exhibits=self._pictures(sample, rates, first, last) if full else (),
            caveats=(
                f"Were the {first.size} separate spells independent, "
                f"{'all' if self.sign > 0 else 'none'} of them would be followed by chance with "
                f"probability {attainable:.3g}.",
                *self._together(sample),
            ),
            summary=f"{self.follower} began within {self.horizon.words} of "
            f"{rates['without'][0]:.0%} of ordinary days and of {rates['with'][0]:.0%} of the days "
            f"with {self._words()}{'' if self.origin is None else f', in {self.origin}'}; "
            f"{int(followed.sum())} of {first.size} spells were followed (p = {p:.3f}).",
        )

    def _together(self, sample: Sample) -> tuple[str, ...]:
        """Warn where both hold at once oftener than by chance: then a start may only seem to come.

        A state that is read off a price over months is nearer where that price has begun to rise.
        Where the leader rises with it, its days are such days, though it says nothing of what
        comes: the odds are raised without a lead.
        """
        on = self._on(sample)[sample.skip :]
        state = (sample.follower > 0.5)[sample.skip : sample.skip + on.size].astype(np.float64)
        with_it, without = (float(state[days].mean()) for days in (on, ~on))
        both = self.sign * np.rint(kernel.rotated(state[None, :])(on.astype(np.float64)))
        if self.sign * (with_it - without) <= 0 or kernel.rank_p(both)[0] > TOGETHER:
            return ()
        return (
            f"Both also go together at the same time: {self.follower} held on {with_it:.0%} of "
            f"days with {self._words()} and on {without:.0%} of the others. What moves both at "
            "once brings the state nearer, so raised odds need not mean a lead.",
        )

    def _rate(self, sample: Sample, days: Flags, began: Flags) -> tuple[float, float, float]:
        """Give a share of days with its interval, each spell or whole horizon one case."""
        share = float(began[days].mean()) if days.any() else 0.0
        _, last = self._window(sample)
        n_spells = kernel.spells(days, apart=self._apart(sample))[0].size
        low, high = kernel.share_interval(share, max(n_spells, days.sum() / last, 1.0), LEVEL)
        return share, low, high

    def _followed(self, sample: Sample, paths: Paths) -> Flags:
        """Whether the state began after each spell of the leader, shape (n, n_spells)."""
        risk, _ = self._happened(sample)
        on = self._on(sample)
        first, last = kernel.spells(on & risk, apart=self._apart(sample))
        began = self._moves(paths)[1] * on
        total = np.concatenate((np.zeros((len(paths), 1)), np.cumsum(began, axis=1)), axis=1)
        return np.asarray(total[:, last + 1] > total[:, first])

    def _leave_one_out(self, sample: Sample, first: Index, last: Index) -> tuple[float, float]:
        risk, began = self._happened(sample)
        on = self._on(sample)
        without = float(began[risk & ~on].mean())
        left = []
        for begin, end in zip(first, last, strict=True):
            days = on & risk
            days[begin : end + 1] = False
            left.append(float(began[days].mean()) - without)
        return min(left), max(left)

    # What is shown.

    def _pictures(
        self,
        sample: Sample,
        rates: Mapping[str, tuple[float, float, float]],
        first: Index,
        last: Index,
    ) -> tuple[Exhibit, ...]:
        lanes = {self._words(): self._on(sample)}
        if self.origin is not None:
            lanes[self.origin] = states.holds(sample, self.origin)
        lanes[self.follower] = sample.follower > 0.5
        table = self._spell_table(sample, first, last)
        return (
            Forest(
                name="rates",
                title=f"How often {self.follower} begins within {self.horizon.words}",
                finding=f"{rates['with'][0]:.0%} with {self._words()}, "
                f"{rates['without'][0]:.0%} without.",
                note="Intervals (90 %) treat each spell, not each day, as one case.",
                x_label="share of days at risk",
                rows=tuple(
                    ForestRow(
                        label=f"{name} {self._words()}",
                        value=value,
                        low=low,
                        high=high,
                        highlight=name == "with",
                    )
                    for name, (value, low, high) in rates.items()
                ),
                reference=None,
            ),
            self._waiting(sample),
            states.in_time(sample.days, lanes, finding=table.finding),
            table,
        )

    def _waiting(self, sample: Sample) -> Curve:
        """Show how fast the state begins, with the leader and without."""
        gap, last = self._window(sample)
        risk, _ = self._happened(sample)
        on = self._on(sample)
        ahead = np.unique(np.linspace(gap, last, 40).astype(np.int64))
        wait = self._wait(sample)
        days = tuple(float(round(d / sample.per_year * 365.25, 1)) for d in ahead)
        lines = []
        for label, chosen in ((f"with {self._words()}", on & risk), ("without", risk & ~on)):
            shares = np.searchsorted(np.sort(wait[chosen]), ahead, side="right") / chosen.sum()
            role: Literal["main", "base"] = "base" if label == "without" else "main"
            lines.append(Line(label=label, x=days, y=tuple(shares), role=role))
        return Curve(
            name="waiting",
            title=f"How soon {self.follower} begins",
            finding=f"Within {self.horizon.words}: {lines[0].y[-1]:.0%} with, "
            f"{lines[1].y[-1]:.0%} without.",
            note="Share of days at risk after which it has begun.",
            x_label="days later",
            y_label="share begun",
            y_format=".0%",
            lines=tuple(lines),
        )

    def _wait(self, sample: Sample) -> Floats:
        """Count the observations until the state next holds; infinite for never."""
        gap, _ = self._window(sample)
        held = np.flatnonzero(sample.follower > 0.5)
        size = self._size(sample)
        at = np.searchsorted(held, np.arange(size) + gap)
        wait = np.full(size, np.inf)
        wait[at < held.size] = held[at[at < held.size]] - np.flatnonzero(at < held.size)
        return wait

    def _spell_table(self, sample: Sample, first: Index, last: Index) -> Table:
        _, horizon = self._window(sample)
        risk, began = self._happened(sample)
        on = self._on(sample)
        wait = self._wait(sample)
        rows = []
        for begin, end in zip(first, last, strict=True):
            days = np.flatnonzero((on & risk)[begin : end + 1]) + begin
            hits = days[began[days]]
            when = "none" if hits.size == 0 else str(sample.days[hits[0] + int(wait[hits[0]])])
            rows.append(
                (
                    str(sample.days[begin]),
                    str(sample.days[end]),
                    str(days.size),
                    f"{hits.size / days.size:.0%}",
                    when,
                )
            )
        answered = sum(row[4] != "none" for row in rows)
        ahead = round(horizon / sample.per_year * 365.25)
        return Table(
            name="spells",
            title="Every spell, and what came of it",
            finding=f"{self.follower} began after {answered} of {len(rows)} spells of "
            f"{self._words()}.",
            note="Only days at risk whose whole horizon lies within the data.",
            columns=(
                "began",
                "ended",
                "days at risk",
                f"followed within {ahead} days",
                f"{self.follower} began",
            ),
            rows=tuple(rows),
        )

    # What the engine asks besides.

    def quick(self, sample: Sample) -> float:
        """Give the excess share."""
        happened = Paths(sample, sample.returns[None, :])
        return float(self.sign * self.prepare(sample)(happened)[0, 0])

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the state begin after some spells of the leader, or keep it from beginning."""
        gap, last = self._window(sample)
        apart = self._apart(sample)
        first, end = kernel.spells(self._on(sample), apart=apart)
        paths = Paths(sample, returns)
        risk, began = self._moves(paths)
        base = float(began.sum() / max(risk.sum(), 1.0))
        room = 1 - base if effect > 0 else base
        chosen = rng.random((len(paths), first.size)) < abs(effect) / max(room, 0.05)
        begun, ended = kernel.spells(sample.follower > 0.5, apart=apart)
        length = int(np.median(ended - begun + 1)) if begun.size else last
        state = paths.levels.copy()
        start = rng.integers(gap, last + 1, chosen.shape)
        for row, column in zip(*np.nonzero(chosen), strict=True):
            day, wait = int(first[column]), int(start[row, column])
            if effect < 0:
                # What holds already may end by itself.
                day += int(np.argmin(state[row, day:]))
                state[row, day : end[column] + last + 1] = 0.0
                continue
            # A long spell is followed again and again, as long as it lasts.
            while day <= end[column]:
                state[row, day + wait : day + wait + length] = 1.0
                day += wait + length + apart
        return np.diff(state, axis=1)

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean excess that came of it."""
        del effect
        return float(np.mean(self.prepare(sample)(paths)[:, 0]))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast on days at risk whether the state begins, from whether the leader holds."""
        risk, began = self._happened(sample)
        on = self._on(sample)
        return on[risk, None].astype(float), began[risk].astype(float), self._window(sample)[1]

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        if self.sign > 0:
            return "the state began after at least half of the leader's spells, and oftener with it"
        return "the state began after fewer than half of the leader's spells, and more seldom"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether at least half of the spells were followed, and the share exceeds chance."""
        half = self._followed(sample, paths).mean(axis=1) >= 0.5
        more = self.prepare(sample)(paths)[:, 0] > 0
        return np.asarray((half if self.sign > 0 else ~half) & more)
