"""Effects planted into histories: what power curves and intervals promise, and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from leadline.calibration.designs import N_RESAMPLES, RELATIONS, read_by
from leadline.data.panel import Panel
from leadline.evidence.relation import RelationTest
from leadline.evidence.sample import Paths
from leadline.worlds import NULL_WORLDS, World

MULTIPLES = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Effects planted, as multiples of the smallest that matters."""
YEARS = (5, 10, 20)
"""Years of business days of a history."""
N_SIMULATIONS = 100
# The size planted to compare promise and discovery, as a multiple of the smallest that matters.
PLANTED: Mapping[str, float] = {
    "lag_profile, weeks 2-26": 1.25,
    "lag_profile, days 3-30": 0.6,
    "level_correlation, days 0-120": 1.15,
    "event_coincidence, doublings after highs": 3.0,
    "event_study": 1.5,
    "gap_frequency": 2.0,
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
    """Everything about one test in one history: power promised, found, covered, years named."""

    test: RelationTest
    multiples: tuple[float, ...]

    def __call__(self, panel: Panel, rng: Generator) -> dict[str, Any] | None:
        """Plant each effect and look; None where the history is too thin."""
        test, streams = self.test, rng.spawn(4 + len(self.multiples))
        own = test.own(test.draw(read_by(test, panel, rng)))
        if test.too_thin(own) is not None:
            return None
        score, model = test.prepare(own), test.null_model(own)
        null = score(Paths(own, model.draw(N_RESAMPLES, streams[0])))[:, 0]
        measured = test.measure(own, null, streams[1], full=False)
        power = test._power(own, score, null, measured, streams[2])  # noqa: SLF001 - what is on trial
        wording = test._wording(own, streams[3])  # noqa: SLF001 - the same
        years = own.n_obs / own.per_year
        named = None
        if power.detectable is not None:
            named = years * max((power.detectable / abs(test.smallest)) ** 2, 1.0)
        looks = [
            self._planted(own, model, power, multiple, stream)
            for multiple, stream in zip(self.multiples, streams[4:], strict=True)
        ]
        return {
            "episodes": measured.n_episodes,
            "years": years,
            "named": named,
            "said": None if wording is None else wording.share,
            "satisfied": None if wording is None else wording.satisfied,
            "null_covered": _covers(measured.estimate.low, measured.estimate.high, 0.0),
            "looks": looks,
        }

    def _planted(
        self, own: Any, model: Any, power: Any, multiple: float, rng: Generator
    ) -> dict[str, Any]:
        test = self.test
        asked = test.sign * abs(test.smallest) * multiple
        drawn = model.draw(N_SIMULATIONS, rng)
        paths = Paths(own, test.plant(own, drawn, asked, rng))
        effect = abs(test.realised(own, paths, asked))
        planted = own.with_follower(test.plant(own, own.returns[None, :], asked, rng)[0])
        found = test.significance(planted, rng, N_RESAMPLES)
        return {
            "effect": effect,
            "promised": float(np.interp(effect, power.effects, power.rates)),
            "p": found.p_value,
            "covered": _covers(found.estimate.low, found.estimate.high, test.sign * effect),
            "level": found.estimate.level,
        }


def _covers(low: float | None, high: float | None, truth: float) -> bool | None:
    """Say whether an interval holds the truth; an open end holds everything on its side."""
    if low is None and high is None:
        return None
    return bool((low is None or low <= truth) and (high is None or truth <= high))


def planting(name: str) -> Planting:
    """Give what looks at a design: the multiples of all, and its own for promise and discovery."""
    test = RELATIONS[name].model_copy(update={"n_simulations": N_SIMULATIONS})
    return Planting(test, tuple(sorted({*MULTIPLES, PLANTED[name]})))
