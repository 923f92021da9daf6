"""Does the follower never rally without the condition?"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator
from scipy.special import bdtr, bdtrc

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.evidence import states
from leadline.evidence.base import Estimate, Evidence
from leadline.evidence.event_pictures import fan
from leadline.evidence.events import FollowerRule, Rise
from leadline.evidence.exhibits import Exhibit, Forest, ForestRow, Mark, Table
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Paths, Sample
from leadline.kernels import events as ev
from leadline.kernels import states as kernel
from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
Days = NDArray[np.datetime64]
MIN_STARTS = 3
ALMOST_ALWAYS = 0.90
ROUNDS = 3
LEVEL = 0.90


class NecessaryCondition(RelationTest):
    """Share of the follower's rallies before which a condition held, against its own coverage.

    A rally starts on the day on which it could be known; the condition counts where it held at
    any time ``within`` before. Necessity is the share of starts that had it; coverage the share
    of all days that had it, so that a condition that always holds gains nothing. The excess is
    compared with histories in which the rallies are detected anew and with every rotation of the
    starts, and *never without* further needs a necessity of at least ``ceiling``. Source: Dul,
    van der Laan and Kuik (2020), "A Statistical Significance Test for Necessary Condition
    Analysis", Organizational Research Methods 23, 385-395, here for flags in time; p as in
    Phipson and Smyth (2010).
    """

    null: ClassVar[str] = "rallies start as often where the condition held before as anywhere"
    effect: ClassVar[str] = "share of starts with the condition, less its share of all days"
    unit: ClassVar[str] = "share of episodes"
    keep_link: ClassVar[bool] = False

    kind: Literal["necessary_condition"] = "necessary_condition"
    any_of: tuple[str, ...] = ()
    rally: FollowerRule = Rise(by=0.5, within=DurationText("6m"))
    within: Duration = DurationText("26w")
    ceiling: Annotated[float, Field(gt=0, le=1)] = 0.95
    guard: Duration = DurationText("1d")
    matters: float | None = 0.30
    # Rallies are detected anew in every history, which costs more than a sum of returns.
    n_resamples: PositiveInt = 999
    n_sensitivity: PositiveInt = 299
    n_simulations: PositiveInt = 200

    @model_validator(mode="after")
    def _series_are_fixed(self) -> "NecessaryCondition":
        if "any_of" in self.forks:
            msg = "any_of names other series and cannot be forked; write a second test."
            raise ValueError(msg)
        return self

    def leaders(self) -> tuple[str, ...]:
        """Name the leaders of every fork, the claim's own first, and every other condition."""
        return tuple(dict.fromkeys((*self._named(), *self.any_of)))

    def draw(self, panel: Panel) -> Sample:
        """Draw the sample from a panel; raise DataError where a leader is not a condition."""
        sample = states.checked(super().draw(panel), self.kind, self.leaders())
        return states.joined(sample, self._named(), self.any_of)

    def lead_in(self, sample: Sample) -> int:
        """Give the returns before the start in which the condition may have held."""
        return self._window(sample)[1]

    def _window(self, sample: Sample) -> tuple[int, int]:
        gap = max(self.guard.observations(sample.per_year), 1)
        return gap, max(self.within.observations(sample.per_year), gap)

    def _words(self) -> str:
        return states.words((self.leader, *self.any_of))

    def _begin(self, sample: Sample) -> int:
        """The first day whose window before lies within what is known."""
        return max(self._window(sample)[1], sample.skip)

    def _covered(self, sample: Sample) -> Flags:
        """Say before which days the condition held, from ``_begin`` on."""
        gap, last = self._window(sample)
        held = ev.any_within(states.holds(sample, self.leader), -last, -gap)
        return held[self._begin(sample) :]

    def _starts(self, paths: Paths) -> Floats:
        """Mark the days on which rallies start, from ``_begin`` on, as 0 and 1."""
        begin = self._begin(paths.sample)

        def make() -> Floats:
            flags = self.rally.flags(paths.levels, paths.sample.per_year)
            return flags[:, begin:].astype(np.float64)

        starts: Floats = paths.once(("starts", self.rally, begin), make)
        return starts

    def _happened(self, sample: Sample) -> Flags:
        return np.asarray(self._starts(Paths(sample, sample.returns[None, :]))[0] > 0)

    def seen(self, sample: Sample) -> tuple[Days, Flags, Flags]:
        """Give the days asked about, on which of them a rally started, and which were covered."""
        return sample.days[self._begin(sample) :], self._happened(sample), self._covered(sample)

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        if self.leader not in sample.states:
            return f"{self.leader} is not a condition; the test needs one."
        last = self._window(sample)[1]
        if sample.n_obs - sample.skip < 2 * last:
            return (
                f"{sample.n_obs - sample.skip} observations; a window of {self.within.words} needs "
                f"{2 * last}."
            )
        covered = self._covered(sample)
        if covered.all() or not covered.any():
            always = "before every day" if covered.all() else "before no day"
            return (
                f"{self._words()} held within {self.within.words} {always}, so it cannot be told "
                "from its absence; needs days of both."
            )
        count = int(self._happened(sample).sum())
        if count < MIN_STARTS:
            return f"{count} rallies of {self.follower} started; needs {MIN_STARTS}."
        return None

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the days covered; rallies are detected on each history.

        The score is the number of starts covered, less what coverage gives, in its standard
        deviations: so histories with few rallies gain nothing by them.
        """
        covered = self._covered(sample).astype(np.float64)
        coverage = float(covered.mean())
        spread = np.sqrt(coverage * (1 - coverage))

        def score(paths: Paths) -> Floats:
            starts = self._starts(paths)
            count = starts.sum(axis=1)
            excess = (starts @ covered - coverage * count) / (
                spread * np.sqrt(np.maximum(count, 1))
            )
            return np.column_stack((self.sign * excess, -self.sign * excess))

        return score

    def _necessity(self, sample: Sample, paths: Paths) -> Floats:
        """Give the share of starts that had the condition; one where nothing started."""
        starts = self._starts(paths)
        count = starts.sum(axis=1)
        hits = starts @ self._covered(sample).astype(np.float64)
        return np.where(count > 0, hits / np.maximum(count, 1), 1.0)

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Compare with every rotation of the starts; a broken ceiling cannot be made good."""
        covered = self._covered(sample).astype(np.float64)
        moved = self.sign * kernel.rotated(self._starts(paths))(covered)
        p = kernel.rank_p(np.rint(moved))
        if self.sign < 0:
            return {"every rotation": p}
        kept = self._necessity(sample, paths) >= self.ceiling - 1e-12
        return {"every rotation": p, "never without": np.where(kept, p, 1.0)}

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure necessity and coverage, and name every exception."""
        del rng
        happened = Paths(sample, sample.returns[None, :])
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p_drawn = p_value(statistic - 1e-9, null)
        also = {name: float(p[0]) for name, p in self.also(sample, happened).items()}
        p = max(p_drawn, also["every rotation"])
        covered, starts = self._covered(sample), self._happened(sample)
        coverage = float(covered.mean())
        n, k = int(starts.sum()), int(np.sum(starts & covered))
        low, high = kernel.share_interval(k / n, n, LEVEL)
        attainable = (coverage if self.sign > 0 else 1 - coverage) ** n
        onsets, answered = self._answered(sample)
        begin = self._begin(sample)
        exceptions = [str(sample.days[begin + i]) for i in np.flatnonzero(starts & ~covered)]
        none = "all" if self.sign > 0 else "none"
        caveats = [
            f"Were the {n} starts independent, {none} of them would have had it by chance with "
            f"probability {attainable:.3g}."
        ]
        if coverage >= ALMOST_ALWAYS:
            caveats.append(
                f"{self._words()} held within {self.within.words} before {coverage:.0%} of all "
                "days: almost always on, it can hardly fail."
            )
        if exceptions:
            caveats.append(f"Without it started: {', '.join(exceptions)}.")
        left = [(k - hit) / (n - 1) - coverage for hit in covered[starts]] if n > 1 else [0.0]
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=self.effect,
                value=k / n - coverage,
                low=low - coverage,
                high=high - coverage,
                level=LEVEL,
                unit=self.unit,
            ),
            at=f"within {self.within.words}",
            n_episodes=n,
            components={
                "necessity": k / n,
                "coverage": coverage,
                "exceptions": float(n - k),
                "ceiling_kept": float(k / n >= self.ceiling - 1e-12),
                "onsets": float(onsets.size),
                "onsets_unanswered": float(np.sum(~answered)),
                "best_attainable_p": attainable,
                "p_independent": float(bdtrc(k - 1, n, coverage)) if k > 0 else 1.0,
                "p_drawn": p_drawn,
                "p_rotation": also["every rotation"],
            },
            leave_one_out=(min(left), max(left)),
            exhibits=self._pictures(sample, onsets, answered) if full else (),
            caveats=tuple(caveats),
            summary=f"{self._words()} held within {self.within.words} before {coverage:.0%} of all "
            f"days, and before {k} of {n} {self.follower} rallies ({self.rally.words}), with "
            f"{_count(n - k, 'exception')} (p = {p:.3f}).",
        )

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Put the panel on trial; exceptions speak against the wording whatever chance does.

        Against it is twice the smaller of two p-values, for either may be the one: that starts
        shun the condition, and that so many exceptions come of a necessity of ``ceiling`` (exact
        binomial, the median of the declared specifications).
        """
        found = super().find(panel, rng)
        if found.forks is None or self.sign < 0:
            return found
        sample = self.draw(panel)
        parts = [(test, test.own(sample)) for _, test in self.variants()]
        chances = [
            test.p_exceptions(part)
            for test, part in parts
            if isinstance(test, NecessaryCondition) and test.too_thin(part) is None
        ]
        p = float(np.median(chances))
        against = min(1.0, 2 * min(found.forks.p_against, p))
        forks = {**dict(found.forks), "p_against": against}
        components = {**found.components, "p_exceptions": p}
        return Evidence.model_validate({**dict(found), "forks": forks, "components": components})

    def p_exceptions(self, sample: Sample) -> float:
        """Give the chance of as many exceptions where necessity is at the ceiling."""
        starts, covered = self._happened(sample), self._covered(sample)
        return float(bdtr(int(np.sum(starts & covered)), int(starts.sum()), self.ceiling))

    def _answered(self, sample: Sample) -> tuple[Index, Flags]:
        """Give the condition's onsets, and whether a rally started in the window after each.

        Only onsets whose whole window lies within the sample.
        """
        gap, last = self._window(sample)
        begin = self._begin(sample)
        starts = np.zeros(sample.days.size, dtype=bool)
        starts[begin:] = self._happened(sample)
        first, _ = kernel.spells(states.holds(sample, self.leader), apart=last)
        onsets = first[(first >= begin - gap) & (first < sample.days.size - last)]
        return onsets, ev.any_within(starts, gap, last)[onsets]

    # What is shown.

    def _pictures(self, sample: Sample, onsets: Index, answered: Flags) -> tuple[Exhibit, ...]:
        begin, last = self._begin(sample), self._window(sample)[1]
        starts = np.flatnonzero(self._happened(sample)) + begin
        covered = self._covered(sample)[starts - begin]
        horizon = DurationText("6m").observations(sample.per_year)
        after = onsets[onsets + horizon < sample.days.size]
        fans = (fan(sample, after, horizon, self._words(), self.follower),) if after.size else ()
        n_missed = int(np.sum(~covered))
        return (
            self._rates(covered, float(self._covered(sample).mean()), answered),
            states.in_time(
                sample.days,
                {self._words(): states.holds(sample, self.leader)},
                finding=f"{starts.size} rallies started, {n_missed} of them without it.",
                marks=tuple(
                    Mark(label="start" if had else "start without it", at=str(sample.days[day]))
                    for day, had in zip(starts, covered, strict=True)
                ),
            ),
            self._start_table(sample, starts, covered, last),
            self._onset_table(sample, onsets, answered),
            *fans,
        )

    def _rates(self, covered: Flags, coverage: float, answered: Flags) -> Forest:
        rows: list[ForestRow] = []
        shares = {
            "starts that had it (necessity)": (float(covered.mean()), covered.size),
            "onsets followed by a start": (
                float(answered.mean()) if answered.size else 0.0,
                max(answered.size, 1),
            ),
        }
        for label, (share, n) in shares.items():
            low, high = kernel.share_interval(share, n, LEVEL)
            rows.append(ForestRow(label=label, value=share, low=low, high=high, highlight=not rows))
        rows.insert(1, ForestRow(label="all days that had it (coverage)", value=coverage))
        return Forest(
            name="rates",
            title="How often it was there before a start, and before any day",
            finding=f"Before {covered.mean():.0%} of starts and before {coverage:.0%} of all days.",
            note="Exact 90 % intervals of Clopper and Pearson.",
            x_label="share",
            rows=tuple(rows),
            reference=self.ceiling,
        )

    def _start_table(self, sample: Sample, starts: Index, covered: Flags, last: int) -> Table:
        on, level = states.holds(sample, self.leader), sample.follower
        rows = []
        for day, had in zip(starts, covered, strict=True):
            held = np.flatnonzero(on[:day])
            latest = str(sample.days[held[-1]]) if held.size else "never before"
            back, ahead = max(day - last, 0), min(day + last, level.size - 1)
            rows.append(
                (
                    str(sample.days[day]),
                    "yes" if had else "NO",
                    latest,
                    f"{np.expm1(level[day] - level[back : day + 1].min()):+.0%}",
                    f"{np.expm1(level[ahead] - level[day]):+.0%}",
                )
            )
        return Table(
            name="starts",
            title="Every start",
            finding=f"{int(np.sum(~covered))} of {len(rows)} starts are exceptions.",
            note="A start is dated by the day on which it could be known.",
            columns=(
                "start",
                f"held within {self.within.words} before",
                "last held",
                f"{self.follower} above its low of {self.within.words}",
                f"{self.follower}, {self.within.words} on",
            ),
            rows=tuple(rows),
        )

    def _onset_table(self, sample: Sample, onsets: Index, answered: Flags) -> Table:
        ahead = self._window(sample)[1]
        level = sample.follower
        rows = tuple(
            (
                str(sample.days[day]),
                "yes" if hit else "no",
                f"{np.expm1(level[day + ahead] - level[day]):+.0%}",
            )
            for day, hit in zip(onsets, answered, strict=True)
        )
        return Table(
            name="onsets",
            title="Every time it began, and whether a rally started",
            finding=f"{int(np.sum(~answered))} of {len(rows)} times none did.",
            note=f"It begins anew after {self.within.words} without; what has not had as long "
            "since is left out.",
            columns=("began", f"start within {self.within.words}", f"{self.follower} over them"),
            rows=rows,
        )

    # What the engine asks besides.

    def quick(self, sample: Sample) -> float:
        """Give the excess of necessity over coverage."""
        happened = Paths(sample, sample.returns[None, :])
        return float(self._necessity(sample, happened)[0] - self._covered(sample).mean())

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Move gains of rallies that start on the wrong side to days before the right one."""
        begin = self._begin(sample)
        covered = self._covered(sample)
        wrong = ~covered if effect > 0 else covered
        share = min(abs(effect) / max(float(wrong.mean()), 0.05), 1.0)
        back = max(getattr(self.rally, "within", self.within).observations(sample.per_year), 2)
        right = np.flatnonzero(~wrong) + begin
        out = returns.copy()
        # What is left of a long rally may start anew, so one round is not enough.
        for _ in range(ROUNDS):
            paths = Paths(sample, out.copy())
            rows, days = np.nonzero((self._starts(paths) > 0) & wrong)
            moved = rng.random(rows.size) < share
            chosen = right[rng.integers(0, right.size, rows.size)]
            for row, day, to in zip(rows[moved], days[moved] + begin, chosen[moved], strict=True):
                level = paths.levels[row]
                low = max(day - back, 0)
                low += int(np.argmin(level[low:day]))
                size = min(day - low, to)
                gain = (level[day] - level[low]) / (day - low)
                out[row, low:day] -= gain
                out[row, to - size : to] += gain
        return out

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean excess that came of it."""
        del effect
        starts = self._starts(paths)
        some = starts.sum(axis=1) > 0
        if not some.any():
            return 0.0
        return float(np.mean(self._necessity(sample, paths)[some] - self._covered(sample).mean()))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast whether a rally starts within the window from whether the condition held."""
        gap, last = self._window(sample)
        starts = self._happened(sample)
        size = starts.size - last
        outcome = ev.any_within(starts, gap, last)[:size]
        return (
            self._covered(sample)[:size, None].astype(float),
            outcome.astype(float),
            last,
        )

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        if self.sign < 0:
            return f"at most {1 - self.ceiling:.0%} of the follower's rallies had the condition"
        return f"at least {self.ceiling:.0%} of the follower's rallies had the condition before"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether necessity reaches the ceiling; a history without rallies breaks nothing."""
        necessity = self._necessity(sample, paths)
        if self.sign < 0:
            return np.asarray(necessity <= 1 - self.ceiling + 1e-12)
        return np.asarray(necessity >= self.ceiling - 1e-12)


def _count(n: int, what: str) -> str:
    return f"no {what}" if n == 0 else f"{n} {what}{'' if n == 1 else 's'}"
