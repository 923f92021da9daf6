"""Effects planted into histories: what power curves and intervals promise, and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.calibration.designs import N_RESAMPLES, RELATIONS, read_by
from leadline.data.panel import Panel
from leadline.errors import DataError
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Null, Paths, Sample
from leadline.kernels.cross_correlation import p_value
from leadline.worlds import NULL_WORLDS, World

Floats = NDArray[np.float64]

MATTERS = 1.0
MULTIPLES = (0.5, MATTERS, 1.5, 2.0, 3.0)
"""Effects planted, as multiples of the smallest that matters."""
AT_HAND = 10
"""Years of business days of a history wherever nothing else is said."""
YEARS = (5, AT_HAND, 20, 40)
"""Years of business days of the histories over which power rises."""
N_SIMULATIONS = 100
TIE = 1e-7
# The size planted to compare promise and discovery, as a multiple of the smallest that matters.
PLANTED: Mapping[str, float] = {
    "lag_profile, weeks 2-26": 1.25,
    "lag_profile, days 3-30": 0.6,
    "level_correlation, days 0-120": 1.15,
    "event_coincidence, doublings after highs": 3.0,
    "event_study": 1.5,
    "gap_frequency": 2.0,
}
# A size that ten years leave open, found in 30 to 60 % of histories, so that the year named for
# deciding lies ahead. A kind that names no year is not here.
OPEN: Mapping[str, float] = {
    "lag_profile, weeks 2-26": 0.8,
    "lag_profile, days 3-30": 0.4,
    "event_coincidence, doublings after highs": 2.5,
    "event_study": 1.5,
    "gap_frequency": 1.5,
}
# What a gap is counts the link of the same day, so its curve speaks of markets without one.
CASES: tuple[tuple[str, World], ...] = tuple(
    (name, NULL_WORLDS[world])
    for name in PLANTED
    for world in ("iid", "GARCH-t" if name == "gap_frequency" else "no lead")
)
EPISODIC = ("event_coincidence", "event_study", "gap_frequency")
"""Kinds whose sample is counted in episodes."""


@dataclass(frozen=True, slots=True)
class Planting:
    """Everything about one test in one history: power promised, found, covered, years named.

    Where ``whole`` is false, only what is found is looked at. ``left_open`` is the multiple for
    which a year is named.
    """

    test: RelationTest
    multiples: tuple[float, ...]
    whole: bool = True
    left_open: float | None = None

    def __call__(self, panel: Panel, rng: Generator) -> dict[str, Any] | None:
        """Plant each effect and look; None where the history is too thin."""
        test, streams = self.test, rng.spawn(5 + len(self.multiples))
        try:
            own = test.own(test.draw(read_by(test, panel, rng)))
        except DataError:
            return None
        if test.too_thin(own) is not None:
            return None
        model, years = test.null_model(own), own.n_obs / own.per_year
        if not self.whole:
            # What is counted in episodes is quick to measure; a profile of lags is not.
            episodes = None
            if test.kind in EPISODIC:
                episodes = test.measure(own, np.zeros(1), streams[1], full=False).n_episodes
            looks = [
                {"p": self._p_value(self._with(own, multiple, stream), stream)}
                for multiple, stream in zip(self.multiples, streams[5:], strict=True)
            ]
            return {"episodes": episodes, "years": years, "looks": looks}
        score = test.prepare(own)
        null = score(Paths(own, model.draw(N_RESAMPLES, streams[0])))[:, 0]
        measured = test.measure(own, null, streams[1], full=False)
        _, effects, rates = test._power_curve(own, score, null, streams[2])  # noqa: SLF001 - on trial
        wording = test._wording(own, streams[3])  # noqa: SLF001 - the same
        looks = [
            self._planted(own, model, (effects, rates), multiple, stream)
            for multiple, stream in zip(self.multiples, streams[5:], strict=True)
        ]
        return {
            "episodes": measured.n_episodes,
            "years": years,
            "named": self._named(own, score, null, measured, streams[4]),
            "said": None if wording is None else wording.share,
            "satisfied": None if wording is None else wording.satisfied,
            "null_covered": _covers(measured.estimate.low, measured.estimate.high, 0.0),
            "looks": looks,
        }

    def _named(
        self, own: Sample, score: Scorer, null: Floats, measured: Measured, rng: Generator
    ) -> float | None:
        """Give the years of history named for the effect left open; None where none are."""
        test = self.test
        if self.left_open is None:
            return None
        # What matters is said in what comes of an effect, not in what is planted for it.
        effect = self._effect(own, test.null_model(own), self.left_open, rng)
        asks = test.model_copy(update={"matters": effect})
        growth = asks._power(own, score, null, measured, rng).growth  # noqa: SLF001 - on trial
        return None if growth is None else own.n_obs / own.per_year * growth

    def _effect(self, own: Sample, model: Null, multiple: float, rng: Generator) -> float:
        test = self.test
        asked = test.sign * abs(test.smallest) * multiple
        if type(test).realised is RelationTest.realised:
            return abs(asked)
        paths = Paths(own, test.plant(own, model.draw(N_SIMULATIONS, rng), asked, rng))
        return abs(test.realised(own, paths, asked))

    def _with(self, own: Sample, multiple: float, rng: Generator) -> Sample:
        """Plant a multiple of what matters into the history that happened."""
        asked = self.test.sign * abs(self.test.smallest) * multiple
        return own.with_follower(self.test.plant(own, own.returns[None, :], asked, rng)[0])

    def _p_value(self, sample: Sample, rng: Generator) -> float:
        """Give the p of the whole claim, the largest of its own, without measuring the effect."""
        test = self.test
        score, happened = test.prepare(sample), Paths(sample, sample.returns[None, :])
        null = score(Paths(sample, test.null_model(sample).draw(N_RESAMPLES, rng)))[:, 0]
        further = (float(p[0]) for p in test.also(sample, happened).values())
        # Shares of days that are equal are ties, whatever the order of their sum.
        return max(p_value(float(score(happened)[0, 0]) - TIE, null), *further, 0.0)

    def _planted(
        self,
        own: Sample,
        model: Null,
        curve: tuple[Floats, Floats],
        multiple: float,
        rng: Generator,
    ) -> dict[str, Any]:
        test = self.test
        effect = self._effect(own, model, multiple, rng)
        found = test.significance(self._with(own, multiple, rng), rng, N_RESAMPLES)
        return {
            "effect": effect,
            "promised": float(np.interp(effect, *curve)),
            "p": found.p_value,
            "covered": _covers(found.estimate.low, found.estimate.high, test.sign * effect),
            "level": found.estimate.level,
        }


def _covers(low: float | None, high: float | None, truth: float) -> bool | None:
    """Say whether an interval holds the truth; an open end holds everything on its side."""
    if low is None and high is None:
        return None
    return bool((low is None or low <= truth) and (high is None or truth <= high))


def planting(name: str, years: int = AT_HAND) -> Planting:
    """Give what looks at a design over so many years.

    At hand are the multiples of all and its own; over other lengths what matters and what is left
    open.
    """
    test = RELATIONS[name].model_copy(update={"n_simulations": N_SIMULATIONS})
    left_open = OPEN.get(name)
    own = {MATTERS} if left_open is None else {MATTERS, left_open}
    if years != AT_HAND:
        return Planting(test, tuple(sorted(own)), whole=False, left_open=left_open)
    return Planting(test, tuple(sorted({*MULTIPLES, PLANTED[name], *own})), left_open=left_open)
