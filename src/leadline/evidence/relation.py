"""Tests of a relation: one engine that gives every kind its p, power, forks and placebos.

A kind says how it scores histories of the follower (``prepare``), measures the one that happened
(``measure``), plants an effect (``plant``), forecasts (``forecasters``) and reads its wording
(``criterion``). Everything else is here, once.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, TypeAdapter, field_validator
from scipy.special import ndtri

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.errors import ClaimError, did_you_mean
from leadline.evidence import pictures
from leadline.evidence.base import (
    MADE_UP,
    POWER_ENOUGH,
    Estimate,
    Evidence,
    Forks,
    HypothesisTest,
    Interaction,
    Part,
    PlaceboLeader,
    Placebos,
    Power,
    Skill,
    Stability,
    Wording,
)
from leadline.evidence.cautions import cautions, slow_cycles
from leadline.evidence.conditions import Given
from leadline.evidence.exhibits import Exhibit, Frozen
from leadline.evidence.sample import Null, NullModel, Paths, Sample, draw_sample
from leadline.kernels import forecast, interaction, multiverse
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.resample import stationary_indices, without_slow_cycles

Floats = NDArray[np.float64]
Scorer = Callable[[Paths], Floats]
"""Gives shape (n, 2): the statistic for the claim, and the same for its opposite."""

Direction = Literal["positive", "negative"]

BLOCKS = (20, 60, 120, 250)
CHUNK = 250
ALPHA = 0.05
LONGER = (2, 4, 8)
"""Lengths, as multiples of the history at hand, at which kinds whose power rises in steps look."""
N_LONGER, N_LONGER_NULL = 100, 199
LEAST_DRIFT = 0.25
"""Standard errors of the smallest rise from which still longer histories are extrapolated."""
MOST_YEARS = 200
DAYS_PER_COSINE = 500
MIN_OBS = 60
SHUFFLES = 19


@dataclass(frozen=True, slots=True)
class Measured:
    """What a kind says of the history that happened."""

    statistic: float
    p_value: float
    estimate: Estimate
    at: str = ""
    n_episodes: int | None = None
    components: Mapping[str, float] | None = None
    leave_one_out: tuple[float, float] | None = None
    exhibits: tuple[Exhibit, ...] = ()
    caveats: tuple[str, ...] = ()
    summary: str = ""


class RelationTest(HypothesisTest):
    """A test of whether a leader's past goes with a follower's present.

    ``forks`` maps a setting to its other defensible values; all combinations are run. ``effect``
    names what is estimated and ``unit`` its unit. ``state_leader`` and ``state_follower`` say
    whether a condition can stand in that place. ``in_steps`` says that few episodes allow few
    p-values, so that power does not rise with the root of the sample until there are more;
    ``limit`` says why more history would not raise it, where that is so.
    """

    effect: ClassVar[str]
    unit: ClassVar[str]
    keep_link: ClassVar[bool] = True
    state_leader: ClassVar[bool] = True
    state_follower: ClassVar[bool] = False
    skill_of: ClassVar[Literal["forecasts", "explanations"]] = "forecasts"
    in_steps: ClassVar[bool] = False
    limit: ClassVar[str] = ""

    leader: str
    follower: str
    start: date | None = None
    stop: date | None = None
    direction: Direction = "positive"
    matters: float | None = None
    claimed: float | None = None
    guard: Duration = DurationText("2d")
    given: Given | None = None
    forks: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    placebos: tuple[str, ...] = ()
    n_resamples: PositiveInt = 1999
    n_sensitivity: PositiveInt = 499
    n_simulations: PositiveInt = 300

    @field_validator("forks")
    @classmethod
    def _settings_exist(cls, forks: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        out = {}
        for name, values in forks.items():
            if name not in cls.model_fields or name in NOT_FORKABLE:
                known = [n for n in cls.model_fields if n not in NOT_FORKABLE]
                hint = did_you_mean(name, known)
                msg = f"Setting {name!r} cannot be forked.{hint} Forkable: {', '.join(known)}."
                raise ValueError(msg)
            entry = cls.model_fields[name]
            # A fork is checked as the setting itself would be.
            kind: Any = entry.annotation
            if entry.metadata:
                kind = Annotated[kind, *entry.metadata]
            checker: TypeAdapter[Any] = TypeAdapter(kind)
            out[name] = tuple(checker.validate_python(value) for value in values)
        return out

    # What a kind must say.

    def prepare(self, sample: Sample) -> Scorer:
        """Fix everything that follows from the leader, and give the scorer of histories."""
        raise NotImplementedError

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the history that happened against ``null`` statistics of the same scorer."""
        raise NotImplementedError

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Name further p-values, shape (n,), that the claim must pass as well.

        All of them must pass, an intersection-union test (Berger 1982), so that none costs a
        correction.
        """
        del sample, paths
        return {}

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Add an effect of the given size to histories, shape (n, n_obs)."""
        raise NotImplementedError

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Say how large the planted effect came out; by default as asked."""
        del sample, paths
        return effect

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int] | None:
        """Give predictors (n, k), outcome (n,), and the rows until an outcome is known.

        None where there is nothing to forecast; the claim then cannot be firmly supported.
        """
        raise NotImplementedError

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say which histories a reader would accept as satisfying the wording."""
        raise NotImplementedError

    def criterion_words(self) -> str:
        """Say that criterion in words."""
        raise NotImplementedError

    def weights(self, sample: Sample) -> Floats | None:
        """Give the follower-return weights of the claimed effect, if it is linear.

        Shape (n_obs,), or (n_obs, k) where the largest of ``k`` effects is searched;
        ``sample.returns @ weights`` is the effect in its unit.
        """
        del sample
        return None

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        if sample.n_obs - sample.skip < MIN_OBS:
            return f"{sample.n_obs - sample.skip} common observations; needs {MIN_OBS}."
        return None

    # What every kind then has.

    @property
    def sign(self) -> int:
        """+1 or -1, the direction claimed."""
        return 1 if self.direction == "positive" else -1

    @property
    def smallest(self) -> float:
        """The smallest effect that matters, signed as claimed."""
        if self.matters is None:
            msg = f"{self.kind}: needs 'matters', the smallest effect of interest ({self.unit})."
            raise ClaimError(msg)
        return self.matters

    def _named(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.leader, *self.forks.get("leader", ()))))

    def leaders(self) -> tuple[str, ...]:
        """Name the leaders of every fork, the claim's own first, and what is read beside them."""
        return self._named()

    def _placebo_series(self) -> tuple[str, ...]:
        return tuple(name for name in self.placebos if name not in MADE_UP)

    def series(self) -> tuple[str, ...]:
        """Name every series read."""
        given = () if self.given is None else (self.given.series,)
        return tuple(
            dict.fromkeys((*self.leaders(), self.follower, *self._placebo_series(), *given))
        )

    def variants(self) -> tuple[tuple[dict[str, str], "RelationTest"], ...]:
        """Give every declared specification with its choices, the claim's own first."""
        options = {
            name: tuple(dict.fromkeys((self._choice(name), *map(_text, values))))
            for name, values in self.forks.items()
        }
        raw = {
            name: {self._choice(name): getattr(self, name), **{_text(v): v for v in values}}
            for name, values in self.forks.items()
        }
        out = []
        for combination in itertools.product(*options.values()):
            choices = dict(zip(options, combination, strict=True))
            update = {name: raw[name][text] for name, text in choices.items()}
            plain = self.model_dump() | {"forks": {}, "placebos": ()} | _dumped(update)
            out.append((choices, type(self).model_validate(plain)))
        return tuple(out)

    def _choice(self, name: str) -> str:
        return _text(getattr(self, name))

    def draw(self, panel: Panel) -> Sample:
        """Draw the sample from a panel."""
        starts = [test.start for _, test in self.variants()]
        earliest = None if None in starts else min(day for day in starts if day is not None)
        stops = [test.stop for _, test in self.variants()]
        latest = None if None in stops else max(day for day in stops if day is not None)
        sample = draw_sample(
            panel, self.leaders(), self.follower, stop=latest, extra=self._placebo_series()
        )
        if earliest is not None:
            low, high = sample.bounds(earliest, None)
            lead_in = self.lead_in(sample)
            sample = sample.rows(max(low - lead_in, 0), high)
        self._refuse_states(sample)
        if self.given is not None:
            sample = replace(sample, given=self.given.held(panel, sample.days[:-1]))
        return sample

    def _refuse_states(self, sample: Sample) -> None:
        """Raise ClaimError where a condition stands for a price: it has no returns."""
        taken = {self.follower: self.state_follower}
        taken |= dict.fromkeys(self._named(), self.state_leader)
        for name in sample.states:
            if not taken.get(name, True):
                raise ClaimError(
                    f"{self.kind}: {name} is a condition, which holds or not and has no returns; "
                    "name a price or a rate there."
                )

    def own(self, sample: Sample) -> Sample:
        """Keep the part of the sample that this specification uses."""
        low, high = sample.bounds(self.start, self.stop)
        if (low, high) == (0, sample.n_obs):
            return sample
        return sample.rows(low, high, self.lead_in(sample))

    def lead_in(self, sample: Sample) -> int:
        """Give the number of returns before the start that the leader's past may use."""
        del sample
        return 0

    def _series_moves(self, sample: Sample) -> Mapping[str, Floats]:
        """Give the moves of leader and follower by name, shape (n_obs,); none of a state."""
        moves = {self.leader: sample.moves(self.leader), self.follower: sample.returns}
        return {name: each for name, each in moves.items() if name not in sample.states}

    def warnings(self, sample: Sample) -> tuple[str, ...]:
        """Warn of what makes p-values too small and shows in the data."""
        return cautions(self._series_moves(sample), sample.days[sample.skip])

    def spans(self, sample: Sample, days: float) -> int:
        """Give the number of separate spans of so many days.

        Where leader and follower move in slow cycles, there are no more than those.
        """
        years = (sample.n_obs - sample.skip) / sample.per_year
        separate = max(int(years * 365.25 / days), 1)
        cycles = slow_cycles(self._series_moves(sample)).values()
        if len(cycles) < len({self.leader, self.follower}):
            return separate
        return min(separate, max(cycle.turns for cycle in cycles))

    def null_model(self, sample: Sample) -> Null:
        """Fit the null: everything but the leader's past."""
        guard = max(1, self.guard.observations(sample.per_year)) if self.keep_link else None
        key = ("null", self.leaders(), guard)
        if key not in sample.memo:
            sample.memo[key] = NullModel.fit(sample, self.leaders(), guard=guard)
        model: Null = sample.memo[key]
        return model

    def significance(self, sample: Sample, rng: Generator, n: int | None = None) -> Measured:
        """Measure and test, without power, forks or pictures."""
        own = self.own(sample)
        score = self.prepare(own)
        null = _scores([score], [own], own, self.null_model(own), n or self.n_resamples, rng)
        return self.measure(own, null[:, 0, 0], rng, full=False)

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Put the panel on trial; the stream alone decides the resamples."""
        sample = self.draw(panel)
        own = self.own(sample)
        reason = self.too_thin(own)
        if reason is not None:
            return self.infeasible(reason, n_obs=own.n_obs)
        streams = dict(zip(STREAMS, rng.spawn(len(STREAMS)), strict=True))

        declared = self.variants()
        variants = [v for v in declared if v[1].too_thin(v[1].own(sample)) is None]
        dropped = len(declared) - len(variants)
        tests = [test for _, test in variants]
        samples = [test.own(sample) for test in tests]
        scorers = [test.prepare(part) for test, part in zip(tests, samples, strict=True)]
        whole = self.null_model(sample)
        observed = _observed(scorers, samples, sample)
        null = _scores(scorers, samples, sample, whole, self.n_resamples, streams["null"])
        joint = multiverse.joint(observed[:, 0], null[:, :, 0])
        by_null = {whole.name: joint.p}
        opposite = [multiverse.joint(observed[:, 1], null[:, :, 1]).p]
        for block in BLOCKS:
            if block * 4 <= sample.n_obs:
                drawn = _scores(
                    scorers,
                    samples,
                    sample,
                    whole,
                    self.n_sensitivity,
                    streams["blocks"],
                    block=block,
                )
                name = f"blocks of {block} days"
                by_null[name] = multiverse.joint(observed[:, 0], drawn[:, :, 0]).p
                opposite.append(multiverse.joint(observed[:, 1], drawn[:, :, 1]).p)
        cleaned = self._without_cycles(tests, sample, streams["cycles"])
        by_null["slow cycles removed"], cleaned_opposite = cleaned
        opposite.append(cleaned_opposite)
        measured = self.measure(own, null[:, 0, 0], streams["measure"], full=True)
        happened = Paths(own, own.returns[None, :])
        by_null |= {name: float(p[0]) for name, p in self.also(own, happened).items()}
        worst = max(by_null, key=lambda name: by_null[name])
        power = self._power(own, scorers[0], null[:, 0, 0], measured, streams["power"])
        placebos, leaders = self._placebos(own, scorers[0], streams["placebos"])
        stability = self._stability(own, measured, streams["halves"])
        skill = self._skill(own, streams["skill"])
        wording = self._wording(own, streams["wording"])
        condition = self._interaction(own, streams["given"])
        forks = Forks(
            n=len(tests),
            share=float(np.mean(joint.z > 0)),
            median_z=joint.median,
            p=joint.p,
            p_against=max(opposite),
            share_significant=joint.share_significant,
            p_share=joint.p_share,
            p_worst=by_null[worst],
            worst=worst,
            by_null=by_null,
        )
        estimates = [t.quick(part) for t, part in zip(tests, samples, strict=True)]
        shown = [
            *measured.exhibits,
            pictures.specification_curve(
                [choices for choices, _ in variants], joint, estimates, self.effect
            ),
            *pictures.hinges([choices for choices, _ in variants], observed[:, 0], null[:, :, 0]),
            pictures.power_curve(power, self.effect),
            pictures.placebo_panel(placebos, leaders),
            pictures.null_distribution(null[:, 0, 0], measured),
        ]
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=measured.summary,
            null=self.null,
            start=str(own.days[own.skip]),
            stop=str(own.days[-1]),
            statistic=measured.statistic,
            p_value=measured.p_value,
            p_error=float(np.sqrt(measured.p_value * (1 - measured.p_value) / self.n_resamples)),
            p_against=p_value(float(observed[0, 1]), null[:, 0, 1]),
            at=measured.at,
            estimate=measured.estimate,
            n_obs=own.n_obs - own.skip,
            n_episodes=measured.n_episodes,
            n_resamples=self.n_resamples,
            components=dict(measured.components or {}),
            power=power,
            forks=forks,
            placebos=placebos,
            stability=stability,
            skill=skill,
            interaction=condition,
            wording=wording,
            flags=own.flags(self.leader, self.follower),
            caveats=(
                *measured.caveats,
                *self.warnings(own),
                *_dropped(dropped, len(declared)),
            ),
            exhibits=tuple(shown),
        )

    def after(self, panel: Panel, published: date) -> Part:
        """Give the estimate on what came after publication, on the claim's own terms."""
        sample = self.draw(panel)
        low, high = sample.bounds(published, self.stop)
        later = sample.rows(min(low, high), high, self.lead_in(sample))
        value = None if self.too_thin(later) is not None else self.quick(later)
        return Part(
            label="after publication",
            start=str(later.days[later.skip]),
            stop=str(later.days[-1]),
            n_obs=later.n_obs - later.skip,
            value=value,
            low=None,
            high=None,
            p_value=None,
            same_sign=None if value is None else bool(value * self.sign > 0),
        )

    def quick(self, sample: Sample) -> float:
        """Give the estimate alone, for the specification curve."""
        raise NotImplementedError

    def _without_cycles(
        self, tests: "list[RelationTest]", sample: Sample, rng: Generator
    ) -> tuple[float, float]:
        # Taking slow cycles out of the follower alone suffices: the projection is symmetric.
        n_cosines = max(1, round(sample.n_obs / DAYS_PER_COSINE))
        cleaned = sample.with_follower(without_slow_cycles(sample.returns, n_cosines))
        samples = [test.own(cleaned) for test in tests]
        scorers = [test.prepare(part) for test, part in zip(tests, samples, strict=True)]
        observed = _observed(scorers, samples, cleaned)
        null = _scores(scorers, samples, cleaned, self.null_model(cleaned), self.n_sensitivity, rng)
        joint = multiverse.joint(observed[:, 0], null[:, :, 0])
        return joint.p, multiverse.joint(observed[:, 1], null[:, :, 1]).p

    def _power(
        self, sample: Sample, score: Scorer, null: Floats, measured: Measured, rng: Generator
    ) -> Power:
        sizes, effect_grid, rate_grid = self._power_curve(sample, score, null, rng)
        smallest = abs(self.smallest)
        at_matters = float(np.interp(smallest, effect_grid, rate_grid))
        detectable = crossing(effect_grid, rate_grid, POWER_ENOUGH, self.n_simulations)
        needed, year, growth = None, None, None
        if at_matters >= POWER_ENOUGH:
            growth = 1.0
        elif self.in_steps:
            asked = float(np.interp(smallest, effect_grid, sizes))
            growth = self._growth_in_steps(sample, asked, at_matters, rng)
        elif detectable is not None and not self.limit:
            # The standard error falls with the root of the sample, so the ratio is squared.
            growth = max((detectable / smallest) ** 2, 1.0)
        if growth is not None:
            if measured.n_episodes:
                needed = int(np.ceil(measured.n_episodes * growth))
            years = sample.n_obs / sample.per_year * (growth - 1)
            last = sample.days[-1].astype("datetime64[Y]").astype(int) + 1970
            year = int(last + np.ceil(years)) if years <= MOST_YEARS else None
        return Power(
            matters=smallest,
            claimed=None if self.claimed is None else abs(self.claimed),
            at_matters=at_matters,
            at_claimed=None
            if self.claimed is None
            else float(np.interp(abs(self.claimed), effect_grid, rate_grid)),
            detectable=detectable,
            unit=self.unit,
            effects=tuple(effect_grid),
            rates=tuple(rate_grid),
            n_simulations=self.n_simulations,
            episodes_needed=needed,
            decidable_by=year,
            growth=growth,
            limit="" if at_matters >= POWER_ENOUGH else self.limit,
        )

    def _power_curve(
        self, sample: Sample, score: Scorer, null: Floats, rng: Generator
    ) -> tuple[Floats, Floats, Floats]:
        """Give sizes planted, the effects that came of them, rising, and the shares found."""
        model = self.null_model(sample)
        critical = float(np.quantile(null, 1 - ALPHA))
        sizes = sorted(
            {abs(self.smallest) * m for m in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)}
            | ({abs(self.claimed)} if self.claimed else set())
        )
        effects, rates = [], []
        for size in (0.0, *sizes):
            base = model.draw(self.n_simulations, rng)
            paths = Paths(sample, self.plant(sample, base, self.sign * size, rng))
            rates.append(float(np.mean(self._is_found(sample, score, critical, paths))))
            effects.append(abs(self.realised(sample, paths, self.sign * size)) if size else 0.0)
        order = np.argsort(effects)
        rising = np.maximum.accumulate(np.array(rates)[order])
        return np.array((0.0, *sizes))[order], np.array(effects)[order], rising

    def _is_found(
        self, sample: Sample, score: Scorer, critical: float, paths: Paths
    ) -> NDArray[np.bool_]:
        """Say in which histories the whole claim would be found, shape (n,)."""
        found = np.asarray(score(paths)[:, 0] > critical)
        for p in self.also(sample, paths).values():
            found &= p <= ALPHA
        return found

    def _growth_in_steps(self, sample: Sample, asked: float, rate: float, rng: Generator) -> float:
        """Give the history needed, as a multiple of this one, by simulating longer ones.

        ``asked`` is planted, which is found in a share ``rate`` of histories as long as this one.
        """
        held = [(1.0, rate)]
        for times in LONGER:
            longer = sample.prolonged(times, rng)
            score, model = self.prepare(longer), self.null_model(longer)
            null = score(Paths(longer, model.draw(N_LONGER_NULL, rng)))[:, 0]
            base = model.draw(N_LONGER, rng)
            paths = Paths(longer, self.plant(longer, base, self.sign * asked, rng))
            critical = float(np.quantile(null, 1 - ALPHA))
            found = self._is_found(longer, score, critical, paths)
            held.append((float(times), max(float(np.mean(found)), held[-1][1])))
            if held[-1][1] >= POWER_ENOUGH:
                break
        times, rates = np.array(held).T
        root = crossing(np.sqrt(times), rates, POWER_ENOUGH, N_LONGER)
        if root is None:
            # So many episodes allow all p-values: from here on the root of the sample counts.
            drift = max(float(ndtri(rates[-1]) - ndtri(ALPHA)), LEAST_DRIFT)
            root = float(np.sqrt(times[-1]) * (ndtri(POWER_ENOUGH) - ndtri(ALPHA)) / drift)
        return root**2

    def _placebos(
        self, sample: Sample, score: Scorer, rng: Generator
    ) -> tuple[Placebos, list[PlaceboLeader]]:
        is_state = self.leader in sample.states
        own = sample.leaders[self.leader] if is_state else sample.moves(self.leader)
        put = sample.with_path if is_state else sample.with_leader
        order = stationary_indices(SHUFFLES, own.size, 60, rng)
        made = {f"{self.leader} reversed": own[::-1]}
        made |= {f"{self.leader} shuffled {i}": own[index] for i, index in enumerate(order, 1)}
        tried: list[tuple[str, RelationTest, Sample]] = [
            (name, self, put(self.leader, other)) for name, other in made.items()
        ]
        tried += [
            (name, self.model_copy(update={"leader": name}), sample)
            for name in self.placebos
            if name in sample.leaders and name not in {self.leader, self.follower}
        ]
        # A leader without events has nothing to be compared with.
        scorers: list[tuple[str, Scorer]] = [(self.leader, score)]
        scorers += [
            (name, test.prepare(part)) for name, test, part in tried if test.too_thin(part) is None
        ]
        scoring = [s for _, s in scorers]
        samples = [sample] * len(scoring)
        null = _scores(scoring, samples, sample, self.null_model(sample), self.n_sensitivity, rng)[
            :, :, 0
        ]
        observed = _observed(scoring, samples, sample)[:, 0]
        z = (observed - null.mean(axis=0)) / np.maximum(null.std(axis=0), 1e-12)
        leaders = [
            PlaceboLeader(name=name, z=float(value))
            for (name, _), value in zip(scorers[1:], z[1:], strict=True)
        ]
        better = tuple(leader.name for leader in leaders if leader.z >= z[0])
        placebos = Placebos(
            n=len(leaders),
            rank=1 + len(better),
            z=float(z[0]),
            leaders=tuple(leaders),
            better=better,
        )
        return placebos, leaders

    def _stability(self, sample: Sample, measured: Measured, rng: Generator) -> Stability:
        middle = (sample.skip + sample.n_obs) // 2
        parts = [
            self._part(label, sample.rows(low, high, self.lead_in(sample)), rng)
            for label, low, high in (
                ("first half", sample.skip, middle),
                ("second half", middle, sample.n_obs),
            )
        ]
        return Stability(first=parts[0], second=parts[1], leave_one_out=measured.leave_one_out)

    def _part(self, label: str, sample: Sample, rng: Generator) -> Part:
        thin = self.too_thin(sample) is not None
        found = None
        if not thin:
            null = _scores(
                [self.prepare(sample)],
                [sample],
                sample,
                self.null_model(sample),
                self.n_sensitivity,
                rng,
            )[:, 0, 0]
            found = self.measure(sample, null, rng, full=False)
        estimate = None if found is None else found.estimate
        return Part(
            label=label,
            start=str(sample.days[sample.skip]),
            stop=str(sample.days[-1]),
            n_obs=sample.n_obs - sample.skip,
            n_episodes=None if found is None else found.n_episodes,
            value=None if estimate is None else estimate.value,
            low=None if estimate is None else estimate.low,
            high=None if estimate is None else estimate.high,
            p_value=None if found is None else found.p_value,
            same_sign=None if estimate is None else bool(estimate.value * self.sign > 0),
        )

    def _skill(self, sample: Sample, rng: Generator) -> Skill | None:
        forecasters = self.forecasters(sample)
        if forecasters is None:
            return None
        predictors, outcome, embargo = forecasters
        first = max(outcome.size // 3, embargo + 30)
        if outcome.size - first < 30:
            return None
        made = forecast.walk_forward(self.sign * predictors, outcome, embargo=embargo, first=first)
        gain = forecast.clark_west(
            made, block=max(20, 2 * embargo), level=0.90, n_resamples=self.n_sensitivity, rng=rng
        )
        return Skill(
            gain=gain.gain,
            low=gain.low,
            high=gain.high,
            p_value=gain.p_value,
            r2=gain.r2,
            n_forecasts=int(made.outcome.size),
            of=self.skill_of,
        )

    def _wording(self, sample: Sample, rng: Generator) -> Wording:
        paths = Paths(sample, self.null_model(sample).draw(self.n_simulations, rng))
        share = float(np.mean(self.criterion(sample, paths)))
        happened = Paths(sample, sample.returns[None, :])
        return Wording(
            criterion=self.criterion_words(),
            share=share,
            satisfied=bool(self.criterion(sample, happened)[0]),
            informative=share <= 0.5,
        )

    def _interaction(self, sample: Sample, rng: Generator) -> Interaction | None:
        if self.given is None or sample.given is None:
            return None
        weights = self.weights(sample)
        if weights is None:
            return None
        asked = np.arange(sample.n_obs) >= sample.skip
        columns = np.where(asked[:, None], weights.reshape(sample.n_obs, -1), 0.0)
        split = interaction.sides(columns, sample.given, sample.returns)
        if split is None:
            return None
        drawn = self.null_model(sample).draw(self.n_sensitivity, rng)
        found = interaction.compare(split, sample.returns, drawn, sign=self.sign)
        newer = np.arange(sample.n_obs) >= (sample.skip + sample.n_obs) // 2
        later, p_newer = interaction.sides(columns, sample.given & newer, sample.returns), None
        if later is not None:
            p_newer, _ = interaction.largest(later.on, sample.returns, drawn, sign=self.sign)
        is_correlation = self.unit == "correlation"
        return Interaction(
            condition=self.given.words,
            share_of_days=float(sample.given[asked].mean()),
            value_on=found.on_scaled if is_correlation else found.on,
            value_off=found.off_scaled if is_correlation else found.off,
            p_value=found.p_difference,
            p_value_on=found.p_on,
            p_value_off=found.p_off,
            p_value_newer=p_newer,
        )


STREAMS = (
    "null",
    "blocks",
    "cycles",
    "measure",
    "power",
    "placebos",
    "halves",
    "skill",
    "wording",
    "given",
)
NOT_FORKABLE = {
    "kind",
    "forks",
    "placebos",
    "n_resamples",
    "n_sensitivity",
    "n_simulations",
    "matters",
    "claimed",
    "given",
    "direction",
    "follower",
}


def _dropped(n: int, of: int) -> tuple[str, ...]:
    if n == 0:
        return ()
    return (f"{n} of {of} declared specifications have too little data and were left out.",)


def _observed(scorers: list[Scorer], samples: list[Sample], sample: Sample) -> Floats:
    happened = Paths(sample, sample.returns[None, :])
    return np.stack(
        [_score(s, part, happened)[0] for s, part in zip(scorers, samples, strict=True)]
    )


def _scores(
    scorers: list[Scorer],
    samples: list[Sample],
    sample: Sample,
    model: Null,
    n: int,
    rng: Generator,
    *,
    block: float | None = None,
) -> Floats:
    """Score ``n`` null histories under every specification, shape (n, n_scorers, 2)."""
    out = np.empty((n, len(scorers), 2))
    for start in range(0, n, CHUNK):
        size = min(CHUNK, n - start)
        paths = Paths(sample, model.draw(size, rng, block=block))
        for column, (scorer, part) in enumerate(zip(scorers, samples, strict=True)):
            out[start : start + size, column] = _score(scorer, part, paths)
    return out


def _score(scorer: Scorer, part: Sample, paths: Paths) -> Floats:
    low = int(np.searchsorted(paths.sample.days, part.days[0]))
    return scorer(paths.rows(low, low + part.n_obs))


def crossing(x: Floats, shares: Floats, level: float, n: int) -> float | None:
    """Give where a rising curve of power first reaches ``level``, None where it never does.

    Interpolates between normal quantiles of the shares, in which the power of a test of a mean is
    a straight line, in the effect as in the root of the sample. Shares of ``n`` histories that
    are none or all count as half a history.
    """
    above = np.flatnonzero(shares >= level)
    if above.size == 0:
        return None
    i = int(above[0])
    if i == 0:
        return float(x[0])
    low, high = ndtri(np.clip(shares[i - 1 : i + 1], 0.5 / (n + 1), 1 - 0.5 / (n + 1)))
    part = min(float((ndtri(level) - low) / (high - low)), 1.0)
    return float(x[i - 1] + part * (x[i] - x[i - 1]))


def _text(value: Any) -> str:
    if isinstance(value, Frozen):
        return str(getattr(value, "words", value))
    return "all" if value is None else str(value)


def _dumped(update: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.model_dump() if isinstance(value, Frozen) else value
        for name, value in update.items()
    }
