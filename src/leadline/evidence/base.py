"""What every kind of test is, and the one envelope in which every kind answers."""

import hashlib
import json
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field

from leadline.data.panel import Panel
from leadline.evidence.exhibits import Exhibit, Frozen, Number, Numbers

MADE_UP = ("reversed", "shuffled")
"""Placebos that are made from the leader itself, not series of their own."""


class Estimate(Frozen):
    """An effect in natural units, with an interval that pays for the search."""

    label: str
    value: Number
    low: Number | None
    high: Number | None
    level: Number = 0.90
    unit: str


POWER_ENOUGH = 0.80
"""Power at which a question counts as decided."""


class Power(Frozen):
    """What the test would have seen, simulated on the claim's own design.

    ``detectable`` is the smallest effect found in 80 % of simulated histories, in the unit of the
    estimate; ``episodes_needed`` and ``decidable_by`` say how much history the effect that
    ``matters`` would take, and in which year that is reached at the past rate; ``growth`` is that
    history as a multiple of the one at hand. All three are None where no effect tried is found so
    often, and where more history would not help: ``limit`` then says why not.
    """

    matters: Number
    claimed: Number | None = None
    at_matters: Number
    at_claimed: Number | None = None
    detectable: Number | None
    unit: str
    effects: Numbers
    rates: Numbers
    alpha: Number = 0.05
    n_simulations: int
    episodes_needed: int | None = None
    decidable_by: int | None = None
    growth: Number | None = None
    limit: str = ""


class Forks(Frozen):
    """The multiverse: all declared specifications under the same resamples.

    ``p`` is that of the median studentised statistic under the kind's own null; ``p_worst`` the
    largest over block lengths and after slow cycles are removed, reached under ``worst``.
    ``share`` is the share of specifications on the claimed side of their null mean,
    ``share_significant`` the share beyond their own 95 % null point, with its joint p.
    """

    n: int
    share: Number
    median_z: Number
    p: Number
    p_against: Number
    share_significant: Number
    p_share: Number
    p_worst: Number
    worst: str
    by_null: dict[str, Number]


class PlaceboLeader(Frozen):
    """The same test for a leader that cannot matter."""

    name: str
    z: Number


class Placebos(Frozen):
    """Where the claim's leader ranks among leaders that cannot matter (1 is best)."""

    n: int
    rank: int
    z: Number
    leaders: tuple[PlaceboLeader, ...]
    better: tuple[str, ...]


class Part(Frozen):
    """The same test on a part of the sample."""

    label: str
    start: str
    stop: str
    n_obs: int
    n_episodes: int | None = None
    value: Number | None
    low: Number | None
    high: Number | None
    p_value: Number | None
    same_sign: bool | None


class Stability(Frozen):
    """Halves of the sample, and the range when any one episode is left out."""

    first: Part
    second: Part
    leave_one_out: tuple[Number, Number] | None = None


class Skill(Frozen):
    """Forecasts made with past data only, against the average known at the time.

    ``gain`` is the Clark-West (2007) adjusted reduction in squared error, as a share of the
    benchmark's; ``r2`` the plain out-of-sample R squared (Campbell and Thompson 2008). Where the
    relation is one of the same days, nothing is foretold: ``of`` then says that the strength of
    the link, measured on the past, explains what comes.
    """

    gain: Number
    low: Number
    high: Number
    p_value: Number
    r2: Number
    n_forecasts: int
    of: Literal["forecasts", "explanations"] = "forecasts"


class Interaction(Frozen):
    """The claim's declared condition: how much the effect differs where the condition held.

    ``value_on`` and ``value_off`` are in the unit of the effect, at the lag that did best where
    the condition held. ``p_value`` is that of the difference, ``p_value_on`` and ``p_value_off``
    of the effect on each side alone, ``p_value_newer`` where the condition held in the newer
    half of the data, None where it hardly did. Documents of before do not know the last two.
    """

    condition: str
    share_of_days: Number
    value_on: Number
    value_off: Number
    p_value: Number
    p_value_on: Number
    p_value_off: Number | None = None
    p_value_newer: Number | None = None


class Wording(Frozen):
    """How easily chance satisfies the claim's wording.

    ``share`` of random follower paths (own drift and volatility, no relation) satisfies
    ``criterion``; the claim is informative when at most half of them do.
    """

    criterion: str
    share: Number
    satisfied: bool
    informative: bool


class NumberShown(Frozen):
    """One of the four numbers of a verdict, worded for the reader."""

    name: Literal["size", "odds", "power", "episodes"]
    label: str
    value: Number | None
    text: str


class Evidence(Frozen):
    """What one test found: one envelope for every kind.

    Whatever a kind alone knows is in ``exhibits``. ``p_value`` already pays for every lag,
    threshold and window searched. ``at`` says where the search landed ("13 weeks"). A kind whose
    four numbers need words of their own gives them in ``numbers``, and in ``would_change`` what
    would overturn what it found.
    """

    kind: str
    revision: int
    settings: dict[str, Any]
    status: Literal["ok", "infeasible"]
    summary: str
    null: str
    start: str | None = None
    stop: str | None = None
    statistic: Number | None = None
    p_value: Number | None = None
    p_error: Number | None = None
    p_against: Number | None = None
    at: str = ""
    holds: bool | None = None
    estimate: Estimate | None = None
    n_obs: int = 0
    n_episodes: int | None = None
    n_resamples: int = 0
    components: dict[str, Number] = Field(default_factory=dict)
    power: Power | None = None
    forks: Forks | None = None
    placebos: Placebos | None = None
    stability: Stability | None = None
    skill: Skill | None = None
    interaction: Interaction | None = None
    wording: Wording | None = None
    numbers: tuple[NumberShown, ...] = ()
    would_change: str = ""
    flags: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()

    def __repr__(self) -> str:
        """Give one line."""
        return f"<{type(self).__name__} {self.kind}: {self.summary}>"

    __str__ = __repr__

    def exhibit(self, name: str) -> Exhibit | None:
        """Give the exhibit called ``name``, if this kind made one."""
        return next((shown for shown in self.exhibits if shown.name == name), None)


class HypothesisTest(Frozen):
    """A kind of test: frozen settings, and ``find``, a pure function of panel and stream."""

    null: ClassVar[str]
    revision: ClassVar[int] = 1
    kind: str

    def series(self) -> tuple[str, ...]:
        """Name every series this test reads, forks and placebos included."""
        raise NotImplementedError

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Put the panel on trial; the stream alone decides the resamples."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Give every setting in JSON form, defaults included."""
        return self.model_dump(mode="json")

    def stream(self, seed: str) -> Generator:
        """Give the random stream of this test under a claim's seed.

        The stream depends on nothing but the seed and the settings, so neither order, nor
        worker, nor what else runs can change a digit.
        """
        text = seed + json.dumps(self.settings(), sort_keys=True, separators=(",", ":"))
        words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint32)
        return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(words.tolist())))

    def infeasible(self, reason: str, *, n_obs: int = 0) -> Evidence:
        """Say why the data cannot answer; thin data are a finding, not an error."""
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="infeasible",
            summary=reason,
            null=self.null,
            n_obs=n_obs,
        )
