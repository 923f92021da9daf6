"""How a test looks at one history: what is kept of it is a p-value, and whether it warned."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.random import Generator

from leadline.calibration.designs import N_RESAMPLES, read_by
from leadline.data.panel import Panel
from leadline.evidence.base import HypothesisTest
from leadline.evidence.explosive import Explosive
from leadline.evidence.forecast import Forecast
from leadline.evidence.relation import RelationTest
from leadline.evidence.sample import Paths
from leadline.kernels.cross_correlation import p_value


class Seen(NamedTuple):
    """A p-value, 1 where the test refused; whether it refused, and which warnings it gave.

    A warning is known by a number that follows from its words without their figures.
    """

    p: float
    refused: bool = False
    warned: tuple[int, ...] = ()


def warnings(*said: str) -> tuple[int, ...]:
    """Number caveats and flags by their first words, whatever figures stand among them."""
    return tuple(crc32(" ".join(re.findall(r"[a-z]+", text)[:8]).encode()) for text in said)


Look = Callable[[Panel, Generator], Seen]


@dataclass(frozen=True, slots=True)
class Significance:
    """The p-value of a relation.

    It warns by a caveat, or by a flag, which makes the claim untestable until it is resolved.
    """

    test: RelationTest

    def __call__(self, panel: Panel, rng: Generator) -> Seen:
        """Put the panel on trial."""
        sample = self.test.draw(read_by(self.test, panel, rng))
        own = self.test.own(sample)
        if self.test.too_thin(own) is not None:
            return Seen(1.0, refused=True)
        found = self.test.significance(sample, rng, N_RESAMPLES)
        flags = own.flags(self.test.leader, self.test.follower)
        said = (*found.caveats, *self.test.warnings(own), *flags)
        return Seen(found.p_value, warned=warnings(*said))


@dataclass(frozen=True, slots=True)
class Score:
    """The same p for a test that compares its score alone, without the interval beside it."""

    test: RelationTest

    def __call__(self, panel: Panel, rng: Generator) -> Seen:
        """Put the panel on trial."""
        sample = self.test.own(self.test.draw(panel))
        score = self.test.prepare(sample)
        null = score(Paths(sample, self.test.null_model(sample).draw(N_RESAMPLES, rng)))
        happened = score(Paths(sample, sample.returns[None, :]))
        said = (
            *self.test.warnings(sample),
            *sample.flags(self.test.leader, self.test.follower),
        )
        return Seen(p_value(float(happened[0, 0]), null[:, 0]), warned=warnings(*said))


@dataclass(frozen=True, slots=True)
class FactP:
    """The p-value of a fact."""

    test: HypothesisTest

    def __call__(self, panel: Panel, rng: Generator) -> Seen:
        """Put the panel on trial."""
        found = self.test.find(panel, rng)
        if found.p_value is None:
            return Seen(1.0, refused=True)
        return Seen(float(found.p_value), warned=warnings(*found.caveats, *found.flags))


@dataclass(frozen=True, slots=True)
class Says:
    """Zero where a kind says that it holds, else one: for kinds whose p is not their rule."""

    test: HypothesisTest

    def __call__(self, panel: Panel, rng: Generator) -> Seen:
        """Put the panel on trial."""
        found = self.test.find(panel, rng)
        warned = warnings(*found.caveats, *found.flags)
        return Seen(0.0 if found.holds else 1.0, found.status == "infeasible", warned)


@dataclass(frozen=True, slots=True)
class SaysExplosive:
    """The same without its own rates of false alarms and discoveries, which take most of it."""

    test: Explosive

    def __call__(self, panel: Panel, rng: Generator) -> Seen:
        """Put the panel on trial."""
        days, path = self.test._levels(panel)  # noqa: SLF001 - the gate is on trial
        seen = self.test._look(days, path, rng)  # noqa: SLF001
        warned = warnings(*self.test._carries_over(seen), *self.test._cautions(panel))  # noqa: SLF001
        # The check can only take a yes away.
        says = seen.answer == 1 and self.test._checked(seen, rng)[0].answer == 1  # noqa: SLF001
        return Seen(0.0 if says else 1.0, warned=warned)


@dataclass(frozen=True, slots=True)
class RotationP:
    """The p of a forecast without its model and its intervals, which take nearly all of it."""

    test: Forecast

    def __call__(self, panel: Panel, rng: Generator) -> Seen:
        """Put the panel on trial."""
        del rng
        test = self.test
        aligned = panel.align((test.follower,), stop=test.from_day)
        level = np.log(aligned.values[test.follower])
        horizon = test.horizon.observations(aligned.per_year)
        past = test._past(panel, aligned.days, level, horizon)  # noqa: SLF001 - what is on trial
        p = test._p_value(past)  # noqa: SLF001
        if p is None:
            return Seen(1.0, refused=True)
        return Seen(p, warned=warnings(*test._warnings(past)))  # noqa: SLF001


def look_of(test: HypothesisTest) -> Look:
    """Give the function that looks at a history with a test."""
    if isinstance(test, RelationTest):
        # Three quarters of its time would go into an interval that nobody looks at here.
        return Score(test) if test.kind == "level_correlation" else Significance(test)
    if isinstance(test, Explosive):
        return SaysExplosive(test)
    if isinstance(test, Forecast):
        return RotationP(test)
    return FactP(test) if test.kind == "market_fact" else Says(test)
