"""Measure how often each kind of test is right in worlds whose truth is known.

``python tools/calibrate.py run build/calibration`` takes an hour and a half on two processors and
goes on where it stopped; ``run build/calibration 300`` brings every row to 300 histories first,
and ``run build/calibration dask://host:port`` computes on a cluster, to the same digits.
``python tools/calibrate.py write build/calibration`` then writes docs/calibration.md.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import stdtr

from leadline import demo, executors
from leadline.data.panel import Column, Every, Panel
from leadline.data.series import SeriesInfo
from leadline.data.store import MemoryStore
from leadline.evidence import kinds
from leadline.evidence.base import HypothesisTest
from leadline.evidence.explosive import Explosive
from leadline.evidence.forecast import Forecast
from leadline.evidence.relation import RelationTest
from leadline.evidence.sample import Paths
from leadline.kernels import events
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.resample import automatic_block, stationary_indices
from leadline.trial import hear
from leadline.verdict import Outcome
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS, World
from leadline.worlds.calibration import N_OBS, Rate, bounds, look_at_each, rate, streams
from leadline.worlds.known import FOLLOWER, LEADER, trading_days

Floats = NDArray[np.float64]

SEED = 2026
ALPHA = 0.05
N_WORLDS, N_RESAMPLES = 1000, 99
N_NAIVE = 300
N_SEEN = 100
N_POWER, N_SIMULATIONS = 100, 100
N_VERDICTS = 40
DOCS = Path(__file__).parents[1] / "docs" / "calibration.md"
OTHERS = re.compile(r"\n## (Odds|Live evidence)\n")
"""From there on, calibrate_odds.py and calibrate_live.py write."""


def _kind(name: str, **settings: Any) -> HypothesisTest:
    return kinds()[name].model_validate(settings)


def _relation(name: str, **settings: Any) -> RelationTest:
    found = _kind(name, **{"leader": LEADER, "follower": FOLLOWER, **settings})
    if not isinstance(found, RelationTest):
        raise TypeError(name)
    return found


# What some kinds read besides the two prices: conditions, and a series that responds first.
FRESH, UP, DOUBLED, FIRST = "fresh_high", "up", "doubled", "first"
# A panel has a row for every day of the calendar.
QUARTER, YEAR = 91, 365


def beside(panel: Panel, rng: Generator) -> Panel:
    """Add what follows from the two prices of a world, day by day, and draws on nothing later.

    ``fresh_high`` holds for a quarter after a one-year high of the leader that followed a quarter
    without one, ``up`` where the follower gained 35 % over the past quarter, ``doubled`` where it
    doubled. ``first`` owes half of its variance to the leader's move of the same day.
    """
    leader, follower = (np.log(panel[name].value) for name in (LEADER, FOLLOWER))
    highs = events.record_highs(leader, quiet=QUARTER, memory=YEAR)
    gain = np.zeros(follower.size)
    gain[QUARTER:] = follower[QUARTER:] - follower[:-QUARTER]
    conditions = {
        FRESH: events.any_within(highs, 1 - QUARTER, 0),
        UP: gain > 0.3,
        DOUBLED: gain > np.log(2.0),
    }
    traded = panel[LEADER].fresh
    moves = np.diff(leader, prepend=leader[0])
    own = moves[traded].std() * traded * rng.standard_normal(moves.size)
    first = np.exp(np.cumsum(moves + own) / np.sqrt(2.0))
    columns = {name: _condition(panel, name, on) for name, on in conditions.items()}
    columns[FIRST] = replace(panel[LEADER], value=first)
    return replace(panel, columns={**panel.columns, **columns})


def _condition(panel: Panel, name: str, on: NDArray[np.bool_]) -> Column:
    info = SeriesInfo(id=name, title=name, unit="yes or no", kind="flag")
    every_day = np.ones(on.size, dtype=bool)
    return Column(info, on.astype(np.float64), panel.days, every_day, "derived")


def read_by(test: HypothesisTest, panel: Panel, rng: Generator) -> Panel:
    """Give the panel with everything that a test reads."""
    if set(test.series()) <= {LEADER, FOLLOWER}:
        return panel
    return beside(panel, rng.spawn(1)[0])


HIGH = {"rule": "record_high", "memory": "1y", "quiet": "3m"}
RALLY = {"rule": "rise", "by": 0.5, "within": "2m"}
LAST_DAY = str(trading_days(N_OBS)[-1])
RELATIONS: Mapping[str, RelationTest] = {
    "lag_profile, weeks 2-26": _relation("lag_profile", window={"min": "2w", "max": "26w"}),
    "lag_profile, weeks 2-26, sum": _relation(
        "lag_profile", window={"min": "2w", "max": "26w"}, statistic="sum"
    ),
    "lag_profile, days 3-30": _relation(
        "lag_profile", window={"min": "3d", "max": "30d"}, every="day"
    ),
    "lag_profile, days 1-30": _relation(
        "lag_profile", window={"min": "1d", "max": "30d"}, every="day"
    ),
    "level_correlation, days 0-120": _relation(
        "level_correlation", window={"min": "0d", "max": "120d"}
    ),
    "event_coincidence, trigger": _relation("event_coincidence"),
    "event_coincidence, precursor": _relation("event_coincidence", rate="precursor"),
    "event_coincidence, doublings after highs": _relation(
        "event_coincidence",
        event=HIGH,
        horizon="3m",
        rally={"rule": "rise", "by": 1.0, "within": "3m"},
    ),
    "event_study": _relation("event_study", event=HIGH),
    "gap_frequency": _relation("gap_frequency"),
    "driver_loading": _relation("driver_loading"),
    "granger": _relation("granger"),
    "granger, 8 weeks": _relation("granger", lags=8),
    "necessary_condition": _relation("necessary_condition", leader=FRESH, rally=RALLY, within="2w"),
    "predictive_skill, 8 weeks": _relation("predictive_skill", over="9w", horizon="8w"),
    "regime_means": _relation("regime_means", leader=FRESH),
    "response_order, 13 weeks": _relation("response_order", first=FIRST, horizon="13w"),
    "shock_response, 13 weeks": _relation("shock_response", horizon="13w"),
    "state_transition": _relation("state_transition", leader=FRESH, follower=UP, horizon="3m"),
    "stress_behaviour": _relation("stress_behaviour"),
    "tradable, 17 days later": _relation("tradable", over="1m", lag="17d", hold="4w"),
}
FACTS: Mapping[str, HypothesisTest] = {
    "market_fact, acceleration": _kind(
        "market_fact",
        fact="acceleration",
        of=FOLLOWER,
        day=LAST_DAY,
        windows=("1y",),
        n_resamples=N_RESAMPLES,
    ),
    "driver_share, residual": _kind(
        "driver_share",
        of=FOLLOWER,
        drivers={"the leader": (LEADER,)},
        question="residual",
        stop=LAST_DAY,
        n_resamples=N_RESAMPLES,
    ),
    "explosive": _kind("explosive", of=FOLLOWER, day=LAST_DAY, n_resamples=N_RESAMPLES),
    "forecast": _kind(
        "forecast",
        follower=FOLLOWER,
        from_day=LAST_DAY,
        horizon="2m",
        antecedent={"series": LEADER, "over": "6w", "above": 0.0},
    ),
}
# Kinds that read what stood on a day, with a base rate and without a p of chance.
READINGS = ("pace", "published_figure", "regime_now", "standing")
# For each kind a test, the world whose truth it must see, and the days that it takes.
MUST_SEE: Mapping[str, tuple[HypothesisTest, World, int]] = {
    "lag_profile": (RELATIONS["lag_profile, weeks 2-26"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
    "level_correlation": (
        _relation("level_correlation", window={"min": "0d", "max": "120d"}, levels="log"),
        PLANTED_WORLDS["follower in the leader's track"],
        N_OBS,
    ),
    "event_coincidence": (
        RELATIONS["event_coincidence, doublings after highs"],
        PLANTED_WORLDS["doubles after highs"],
        2 * N_OBS,
    ),
    "event_study": (RELATIONS["event_study"], PLANTED_WORLDS["rallies after highs"], N_OBS),
    "gap_frequency": (RELATIONS["gap_frequency"], PLANTED_WORLDS["held down"], N_OBS),
    "market_fact": (FACTS["market_fact, acceleration"], PLANTED_WORLDS["faster"], N_OBS),
    "driver_loading": (RELATIONS["driver_loading"], NULL_WORLDS["same day"], N_OBS),
    "driver_share": (FACTS["driver_share, residual"], PLANTED_WORLDS["faster"], N_OBS),
    "explosive": (FACTS["explosive"], PLANTED_WORLDS["faster"], N_OBS),
    "forecast": (FACTS["forecast"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
    "granger": (RELATIONS["granger, 8 weeks"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
    "necessary_condition": (
        _relation("necessary_condition", leader=FRESH, rally=RALLY | {"by": 1.0}, within="2w"),
        PLANTED_WORLDS["doubles after highs"],
        2 * N_OBS,
    ),
    "predictive_skill": (
        RELATIONS["predictive_skill, 8 weeks"],
        PLANTED_WORLDS["lead of 45 days"],
        N_OBS,
    ),
    "regime_means": (RELATIONS["regime_means"], PLANTED_WORLDS["doubles after highs"], N_OBS),
    "response_order": (
        RELATIONS["response_order, 13 weeks"],
        PLANTED_WORLDS["follower in the leader's track"],
        N_OBS,
    ),
    "shock_response": (
        RELATIONS["shock_response, 13 weeks"],
        PLANTED_WORLDS["lead of 45 days"],
        N_OBS,
    ),
    "state_transition": (
        _relation("state_transition", leader=FRESH, follower=DOUBLED, horizon="3m"),
        PLANTED_WORLDS["doubles after highs"],
        N_OBS,
    ),
    "stress_behaviour": (RELATIONS["stress_behaviour"], NULL_WORLDS["same day"], N_OBS),
    "tradable": (RELATIONS["tradable, 17 days later"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
}
# The largest of several p-values, or a null that keeps the link within the guard gap, which the
# window overlaps: at most the level, and usually below it.
CONSERVATIVE = (
    "event_coincidence",
    "event_study",
    "explosive",
    "gap_frequency",
    "lag_profile, days 1-30",
    "necessary_condition",
    "regime_means",
    "response_order",
    "state_transition",
    "tradable",
)
# Worlds in which what a kind asks for is true, so that a rejection is right.
ON_THE_DAY = ("same day", "follower closes later", "leader closes later", "no lead")
TRUE_IN: Mapping[str, tuple[str, ...]] = {
    "driver_loading": ON_THE_DAY,
    "shock_response": ON_THE_DAY,
    "stress_behaviour": ON_THE_DAY,
}
# Rotations of an antecedent that lasts are few, so its level is a little more than the nominal.
LEVEL: Mapping[str, float] = {"forecast": 0.08}
# The size planted for the power table, as a multiple of the smallest effect that matters.
PLANTED: Mapping[str, float] = {
    "lag_profile, weeks 2-26": 1.25,
    "lag_profile, days 3-30": 0.6,
    "level_correlation, days 0-120": 1.15,
    "event_coincidence, doublings after highs": 3.0,
    "event_study": 1.5,
    "gap_frequency": 2.0,
}


@dataclass(frozen=True, slots=True)
class Significance:
    """The p-value of a relation; 1 where the history is too thin, since it then never rejects."""

    test: RelationTest

    def __call__(self, panel: Panel, rng: Generator) -> float:
        """Put the panel on trial."""
        sample = self.test.draw(read_by(self.test, panel, rng))
        if self.test.too_thin(self.test.own(sample)) is not None:
            return 1.0
        return self.test.significance(sample, rng, N_RESAMPLES).p_value


@dataclass(frozen=True, slots=True)
class Score:
    """The same p for a test that compares its score alone, without the interval beside it."""

    test: RelationTest

    def __call__(self, panel: Panel, rng: Generator) -> float:
        """Put the panel on trial."""
        sample = self.test.own(self.test.draw(panel))
        score = self.test.prepare(sample)
        null = score(Paths(sample, self.test.null_model(sample).draw(N_RESAMPLES, rng)))
        happened = score(Paths(sample, sample.returns[None, :]))
        return p_value(float(happened[0, 0]), null[:, 0])


@dataclass(frozen=True, slots=True)
class FactP:
    """The p-value of a fact."""

    test: HypothesisTest

    def __call__(self, panel: Panel, rng: Generator) -> float:
        """Put the panel on trial."""
        found = self.test.find(panel, rng)
        return 1.0 if found.p_value is None else float(found.p_value)


@dataclass(frozen=True, slots=True)
class Says:
    """Zero where a kind says that it holds, else one: for kinds whose p is not their rule."""

    test: HypothesisTest

    def __call__(self, panel: Panel, rng: Generator) -> float:
        """Put the panel on trial."""
        return 0.0 if self.test.find(panel, rng).holds else 1.0


@dataclass(frozen=True, slots=True)
class SaysExplosive:
    """The same without its own rates of false alarms and discoveries, which take most of it."""

    test: Explosive

    def __call__(self, panel: Panel, rng: Generator) -> float:
        """Put the panel on trial."""
        days, path = self.test._levels(panel)  # noqa: SLF001 - the gate is on trial
        seen = self.test._look(days, path, rng)  # noqa: SLF001
        return 0.0 if self.test._checked(seen, rng)[0].answer == 1 else 1.0  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class RotationP:
    """The p of a forecast without its model and its intervals, which take nearly all of it."""

    test: Forecast

    def __call__(self, panel: Panel, rng: Generator) -> float:
        """Put the panel on trial."""
        del rng
        test = self.test
        aligned = panel.align((test.follower,), stop=test.from_day)
        level = np.log(aligned.values[test.follower])
        horizon = test.horizon.observations(aligned.per_year)
        past = test._past(panel, aligned.days, level, horizon)  # noqa: SLF001 - what is on trial
        p = test._p_value(past)  # noqa: SLF001
        return 1.0 if p is None else p


def p_value_of(test: HypothesisTest) -> Callable[[Panel, Generator], float]:
    """Give the function from a panel to the p-value of a test."""
    if isinstance(test, RelationTest):
        # Three quarters of its time would go into an interval that nobody looks at here.
        return Score(test) if test.kind == "level_correlation" else Significance(test)
    if isinstance(test, Explosive):
        return SaysExplosive(test)
    if isinstance(test, Forecast):
        return RotationP(test)
    return FactP(test) if test.kind == "market_fact" else Says(test)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the power curve promises for a planted effect, and whether the test then found it."""

    test: RelationTest
    multiple: float

    def __call__(self, panel: Panel, rng: Generator) -> tuple[float, float, float]:
        """Give the promise, the p after planting and the effect planted; NaN where too thin."""
        test, streams = self.test, rng.spawn(5)
        own = test.own(test.draw(read_by(test, panel, rng)))
        if test.too_thin(own) is not None:
            return float("nan"), 1.0, float("nan")
        score, model = test.prepare(own), test.null_model(own)
        null = score(Paths(own, model.draw(N_RESAMPLES, streams[0])))[:, 0]
        measured = test.measure(own, null, streams[1], full=False)
        power = test._power(own, score, null, measured, streams[2])  # noqa: SLF001 - what is on trial
        asked = test.sign * abs(test.smallest) * self.multiple
        drawn = model.draw(N_SIMULATIONS, streams[3])
        paths = Paths(own, test.plant(own, drawn, asked, streams[3]))
        effect = abs(test.realised(own, paths, asked))
        planted = own.with_follower(test.plant(own, own.returns[None, :], asked, streams[4])[0])
        found = test.significance(planted, streams[4], N_RESAMPLES)
        promised = float(np.interp(effect, power.effects, power.rates))
        return promised, found.p_value, effect


def promise(name: str) -> Promise:
    """Give what checks the power curve of a design."""
    test = RELATIONS[name].model_copy(update={"n_simulations": N_SIMULATIONS})
    return Promise(test, PLANTED[name])


# What does not hold its level: shown so that nobody goes back to it.


def _returns(panel: Panel, every: Every) -> tuple[Floats, Floats]:
    prices = panel.align((LEADER, FOLLOWER), every=every).values
    x, y = (np.diff(np.log(prices[name])) for name in (LEADER, FOLLOWER))
    return x, y


def _best(x: Floats, y: Floats, first: int, last: int) -> Floats:
    """Largest correlation at lags from ``first`` to ``last``, for each row."""
    x, y = ((z - z.mean(axis=-1, keepdims=True)) / z.std(axis=-1, keepdims=True) for z in (x, y))
    n = x.shape[-1]
    size = n + last
    products = np.fft.irfft(np.conj(np.fft.rfft(x, size)) * np.fft.rfft(y, size), size)
    return np.asarray(products[..., first : last + 1].max(axis=-1) / n)


@dataclass(frozen=True, slots=True)
class EachByItself:
    """Resample each series in blocks by itself and compare the largest correlation."""

    every: Every
    first: int
    last: int

    def __call__(self, panel: Panel, rng: Generator) -> float:
        """Put the panel on trial."""
        x, y = _returns(panel, self.every)
        drawn = [
            z[stationary_indices(N_RESAMPLES, z.size, automatic_block(z), rng)] for z in (x, y)
        ]
        observed = _best(x, y, self.first, self.last)
        return p_value(float(observed), _best(drawn[0], drawn[1], self.first, self.last))


def textbook_band(panel: Panel, rng: Generator) -> float:
    """Look whether any lag leaves the band of a single one."""
    del rng
    x, y = _returns(panel, "week")
    return float(_best(x, y, 2, 26) <= 1.645 / np.sqrt(x.size))


def levels_t_test(panel: Panel, rng: Generator) -> float:
    """Test the correlation of the two prices as if days were independent."""
    del rng
    prices = panel.align((LEADER, FOLLOWER)).values
    r = float(np.corrcoef(prices[LEADER], prices[FOLLOWER])[0, 1])
    n = prices[LEADER].size
    return float(stdtr(n - 2, -r * np.sqrt((n - 2) / (1 - r**2))))


NAIVE: Mapping[str, Callable[[Panel, Generator], float]] = {
    "each series resampled by itself, weeks 2-26": EachByItself("week", 2, 26),
    "each series resampled by itself, days 1-100": EachByItself("day", 1, 100),
    "any of weeks 2-26 outside 1.645/√n": textbook_band,
    "t-test of the correlation of levels": levels_t_test,
}


# Whole verdicts.


def verdict_in(world: World, number: int) -> str:
    """Hear the demo's claim in one history of a world; give the outcome."""
    claim = demo.claim()
    lighter = {"n_resamples": 999, "n_sensitivity": 399, "n_simulations": 150}
    claim = claim.model_copy(
        update={"tests": tuple(test.model_copy(update=lighter) for test in claim.tests)}
    )
    market, _ = next(streams(world, range(number, number + 1), SEED))
    return hear(claim, MemoryStore(world.series(demo.N_OBS, market))).history.outcome


VERDICT_WORLDS = (
    NULL_WORLDS["no lead"],
    PLANTED_WORLDS["lead of 45 days"],
    PLANTED_WORLDS["lead of 45 days, ended"],
)
# What a gap is counts the link of the same day, so its curve speaks of markets without one.
POWER_CASES = tuple(
    (name, NULL_WORLDS[world])
    for name in PLANTED
    for world in ("iid", "GARCH-t" if name == "gap_frequency" else "no lead")
)


# Running and remembering.


def measure(folder: Path, executor: Executor, n_worlds: int = N_WORLDS) -> None:
    """Measure everything that ``folder`` does not have yet, ``n_worlds`` histories a row."""
    tests = {name: p_value_of(test) for name, test in {**RELATIONS, **FACTS}.items()}
    sizes = [(name, look, n_worlds) for name, look in tests.items()]
    sizes += [(name, look, N_NAIVE) for name, look in NAIVE.items()]
    for name, look, n in sizes:
        for world in NULL_WORLDS.values():
            run = partial(look_at_each, look, world, seed=SEED, executor=executor)
            _more(folder, "size", name, world, n, run)
    for kind, (test, world, n_obs) in MUST_SEE.items():
        run = partial(
            look_at_each, p_value_of(test), world, seed=SEED, n_obs=n_obs, executor=executor
        )
        _more(folder, "seen", kind, world, N_SEEN, run)
    for name, world in POWER_CASES:
        kept = partial(look_at_each, promise(name), world, seed=SEED, executor=executor)
        _more(folder, "power", name, world, N_POWER, kept)
    for world in VERDICT_WORLDS:
        _more(folder, "verdicts", "demo", world, N_VERDICTS, partial(_verdicts, world, executor))


def _verdicts(world: World, executor: Executor, numbers: range) -> list[str]:
    waiting = [executor.submit(verdict_in, world, number) for number in numbers]
    return [future.result() for future in waiting]


def _more(
    folder: Path, part: str, name: str, world: World, n: int, run: Callable[[range], list[Any]]
) -> None:
    """Bring a row to ``n`` histories; a row that has more keeps them."""
    path = folder / f"{part}.json"
    held = json.loads(path.read_text()) if path.exists() else {}
    key = f"{name} | {world.name}"
    found = held.get(key, [])
    if len(found) >= n:
        return
    held[key] = found + run(range(len(found), n))
    path.write_text(json.dumps(held))
    if part in ("size", "seen"):
        seen = rate(held[key])
        print(f"{key}: {seen.share:.3f} [{seen.low:.3f}, {seen.high:.3f}] of {n}", flush=True)
    else:
        print(f"{key}: done", flush=True)


def run(folder: Path, where: str, n_worlds: int = N_WORLDS) -> None:
    """Measure on an executor: ``processes``, ``threads`` or ``dask://host:port``."""
    folder.mkdir(parents=True, exist_ok=True)
    with executors.executor(where) as pool:
        measure(folder, pool, n_worlds)


def main(arguments: list[str]) -> int:
    """Run or write."""
    match arguments:
        case ["run", folder, *n_worlds] if all(map(str.isdecimal, n_worlds)):
            run(Path(folder), "processes", *map(int, n_worlds))
            return 0
        case ["run", folder, where, *n_worlds] if all(map(str.isdecimal, n_worlds)):
            run(Path(folder), where, *map(int, n_worlds))
            return 0
        case ["write", folder]:
            held = DOCS.read_text(encoding="utf-8")
            others = OTHERS.search(held)
            kept = "" if others is None else held[others.start() :]
            DOCS.write_text(page(Path(folder)) + kept, encoding="utf-8")
            return 0
    print(__doc__)
    return 2


def page(folder: Path) -> str:
    """Give docs/calibration.md from what was measured in ``folder``."""
    size, seen, power, verdicts = (
        json.loads((folder / f"{part}.json").read_text())
        for part in ("size", "seen", "power", "verdicts")
    )
    counts = sorted({len(size[f"{name} | iid"]) for name in (*RELATIONS, *FACTS)}, reverse=True)
    spans = [
        f"{fewest / n:.1%} and {most / n:.1%} of {n:,}"
        for n in counts
        for fewest, most in (bounds(n, ALPHA),)
    ]
    parts = [
        "# Calibration",
        "How often Leadline is right in markets whose truth is known: false alarms where nothing "
        "leads, discoveries where something does, and whole verdicts. Written by "
        "`tools/calibrate.py`; every history follows from a fixed seed, whatever the number of "
        "processors:",
        f"```text\npython tools/calibrate.py run build/calibration     # {N_WORLDS:,} histories a "
        "row: an hour and a half on two processors\n"
        "python tools/calibrate.py run build/calibration 300 # stop at 300 where a row has fewer\n"
        "python tools/calibrate.py write build/calibration\n```",
        "## The worlds",
        _table(
            ("world", "what is true in it"),
            [(w.name, w.truth) for w in (*NULL_WORLDS.values(), *PLANTED_WORLDS.values())],
        ),
        f"Each history has {N_OBS:,} business days (ten years). The leader's volatility is 30 % a "
        "year, the follower's 60 %; heavy tails are Student-t with five degrees of freedom, "
        "clustering is GARCH(1,1), shared volatility an AR(1) log variance. Kinds that need a "
        "condition get one from the same prices: the leader is *fresh* for a quarter after a "
        "one-year high that followed a quarter without one; the follower is *up* where it gained "
        "35 % in a quarter, *doubled* where it doubled. The series that is said to respond first "
        "owes half of its variance to the leader's move of the same day.",
        "## False alarms",
        "Share of histories without a lead in which the test rejects at a nominal "
        f"{ALPHA:.0%}, with {N_RESAMPLES} resamples. A test of exactly that level lies between "
        f"{' histories and between '.join(spans)} histories in 99 % of such tables; **bold** "
        "lies above. Rows marked ≤ stay below by construction: they take the largest of several "
        "p-values (an intersection-union test), or their window overlaps the guard gap, whose "
        "link the null keeps; there the bound is *not above*. A "
        "history too thin for the test counts as not rejected. In brackets stand worlds in which "
        "what the kind asks for is true, so that rejecting is right: driver_loading, "
        "shock_response and stress_behaviour measure what moves together on the same day.",
        _rates(size, (*RELATIONS, *FACTS)),
        "Where the two move together on the same day, the follower lags *less* often while the "
        "leader is strong, so gap_frequency never rejects there. A window that begins at one day "
        "meets closes half a day apart: the guard gap keeps what they produce in the null. "
        "driver_share (is the residual clearly positive?) and explosive show how often they say "
        "*yes*. Returns that carry over from day to day at 0.9 are no random walk by the week: the "
        "three nulls of explosive pass 70 % of such histories, and the statistic with one lagged "
        "difference, which must pass as well, leaves 8 %. "
        "forecast compares its antecedent with rotations, of which one that lasts has few "
        f"that differ; its bound is that of a level of {LEVEL['forecast']:.0%}. "
        "state_transition reads conditions made of overlapping quarters: where the two share news, "
        "a follower that is not up yet is a little nearer to it after the leader's high, and it "
        "rejects somewhat too often. Over 800 histories in which the leader's condition is half a "
        "year old it rejects in 3.4 %. driver_share says yes too often where moves carry over from "
        "day to day. "
        f"{', '.join(READINGS[:-1])} and {READINGS[-1]} read what stood on a day or in a "
        "publication: there are base rates and no false alarms.",
        "## Truths",
        "Share of histories of a world made for the kind in which its test rejects at "
        f"{ALPHA:.0%} (driver_share and explosive: says yes).",
        _seen(seen),
        "## What does not work",
        f"The same worlds, {N_NAIVE} histories each, with habits of the trade.",
        _rates(size, tuple(NAIVE)),
        "Resampling each series by itself tests that nothing at all is shared, not that nothing "
        "leads. The band of a single lag does not pay for the search. Levels that wander "
        "correlate by chance.",
        "## Discoveries",
        f"An effect is planted into {N_POWER} histories. *Promised* is the average of what the "
        "power curves of those histories say for it, *found* the share in which the test then "
        "rejects. A curve that keeps its word leaves found within the 99 % binomial bounds of "
        "promised; **bold** lies below.",
        _power(power),
        "With its default settings event_coincidence has next to no power over ten years: of 184 "
        "histories in which 21 % to 24 % more episodes than chance were followed, it found none, "
        "as its curve foretold. About ten episodes cannot show both that rallies follow oftener "
        "than chance and that they do not come first; its verdicts are then *undecidable*.",
        "## Whole verdicts",
        f"The demo's claim (a lead of two to 26 weeks, a correlation of "
        f"{demo.claim().tests[0].smallest:g} matters) in {N_VERDICTS} "  # type: ignore[attr-defined]
        "histories of twelve years, all nulls, forks, halves, forecasts and placebos included, "
        "with 999, 399 and 150 resamples instead of 1,999, 999 and 300.",
        _outcomes(verdicts),
        "*Contradicted* asks for the opposite effect at 5 %, so one market in twenty without any "
        "lead gets it. *Untestable* is a fall of 14 % that the next day took back: with tails as "
        "heavy as these, a real move can look like a bad tick.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rates(size: dict[str, list[float]], names: tuple[str, ...]) -> str:
    rows = []
    for name in names:
        cells, counts = [], set()
        for world in NULL_WORLDS:
            found = size[f"{name} | {world}"]
            counts.add(f"{len(found):,}")
            cells.append(_shown(rate(found, alpha=ALPHA), is_true=is_true(name, world)))
        mark = " ≤" if name.startswith(CONSERVATIVE) else ""
        rows.append((name + mark, *cells, " or ".join(sorted(counts))))
    return _table(("test", *NULL_WORLDS, "histories"), rows)


def is_true(name: str, world: str) -> bool:
    """Say whether what a kind asks for is true in a world without a lead."""
    return world in TRUE_IN.get(name.split(",", maxsplit=1)[0], ())


def _shown(found: Rate, *, is_true: bool) -> str:
    text = f"{found.share:.1%}"
    if is_true:
        return f"({text})"
    return text if found.is_not_above else f"**{text}**"


def _seen(seen: dict[str, list[float]]) -> str:
    rows = []
    for kind, (_, world, n_obs) in sorted(MUST_SEE.items()):
        found = rate(seen[f"{kind} | {world.name}"], alpha=ALPHA)
        row = (kind, world.name, f"{n_obs:,}", f"{found.share:.0%}", f"{found.n:,}")
        rows.append(row)
    return _table(("kind", "world", "days", "found", "histories"), rows)


def _power(power: dict[str, list[list[float]]]) -> str:
    rows = []
    for key, found in power.items():
        name, world = key.split(" | ")
        promised, p, effect = np.array(found).T
        kept = np.isfinite(promised)
        mean, seen = float(promised[kept].mean()), rate(list(p[kept]), alpha=ALPHA)
        fewest, _ = bounds(seen.n, mean)
        text = f"{seen.share:.0%}" if seen.k >= fewest else f"**{seen.share:.0%}**"
        unit = RELATIONS[name].unit
        rows.append(
            (name, world, f"{np.nanmean(effect):.2f} {unit}", f"{mean:.0%}", text, f"{seen.n}")
        )
    return _table(("test", "world", "planted", "promised", "found", "histories"), rows)


def _outcomes(verdicts: dict[str, list[str]]) -> str:
    counts = {key.split(" | ")[1]: Counter(found) for key, found in verdicts.items()}
    names = [name for name in get_args(Outcome) if any(c[name] for c in counts.values())]
    rows = [(world, *(str(count[name]) for name in names)) for world, count in counts.items()]
    return _table(("world", *(name.replace("_", " ") for name in names)), rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
