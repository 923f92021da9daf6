"""What the odds of a rally claim for themselves in worlds whose truth is known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from leadline.data.duration import DurationText
from leadline.data.panel import Panel
from leadline.evidence.events import Rise, Strength
from leadline.evidence.starts import Antecedent
from leadline.live.odds import Target, odds_path
from leadline.live.rallies import Lead
from leadline.worlds import NULL_WORLDS
from leadline.worlds.known import FOLLOWER, LEADER
from leadline.worlds.rallies import OTHER, REGIME, rallies_by_chance

SEED = 2026
N_NULL, N_SEEN = 200, 25
TARGET = Target(
    claim="the claim",
    follower=FOLLOWER,
    rally=Rise(by=0.5, within=DurationText("6m"), quiet=DurationText("1d")),
    leads=(Lead(LEADER, Strength(), DurationText("6m")),),
    conditions=(REGIME, OTHER),
    antecedents=(Antecedent(series=LEADER, over=DurationText("63d")),),
)


class Found(NamedTuple):
    """What the last refit of one history says of one horizon."""

    weeks: int
    skilled: bool
    added: bool
    weight: float
    brier: float
    p_value: float


class Design(NamedTuple):
    """A world, and how many histories of it."""

    name: str
    world: Callable[[np.random.Generator], Panel]
    n: int


def by_chance(years: int, strength: float, rng: np.random.Generator) -> Panel:
    """Simulate rallies of one day, which the condition brings or does not."""
    return rallies_by_chance(round(365.25 * years), strength, rng)


def prices(name: str, years: int, rng: np.random.Generator) -> Panel:
    """Simulate two prices without a lead."""
    return NULL_WORLDS[name].panel(261 * years, rng)


DESIGNS = (
    Design("rallies by chance, 15 years", partial(by_chance, 15, 0.0), N_NULL),
    Design("rallies while a condition holds, 15 years", partial(by_chance, 15, 1.0), N_SEEN),
    Design("rallies while a condition holds, 30 years", partial(by_chance, 30, 1.0), N_SEEN),
    Design("two random walks, 15 years", partial(prices, "iid", 15), N_SEEN),
    Design("no lead, 15 years", partial(prices, "no lead", 15), N_SEEN),
)


def look(design: Design, number: int) -> list[Found]:
    """Give what the odds of the last refit in one history say of themselves."""
    rng = np.random.default_rng([SEED, number, *design.name.encode()])
    with threadpool_limits(1, "blas"):
        panel = design.world(rng)
        last: date = panel.days[-1].astype("datetime64[M]").astype("datetime64[D]").astype(object)
        daily = odds_path(panel, TARGET, [last])[last]
    return [
        Found(
            said.weeks,
            said.skilled,
            (said.added_low or 0.0) > 0,
            said.weight,
            said.brier,
            diagram.p_value,
        )
        for said, diagram in zip(daily.odds.horizons, daily.reliability, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class OddsOf:
    """The last refit of the histories of a design, by its place."""

    place: int

    def __call__(self, number: int) -> list[Found]:
        """Look at one history."""
        return look(DESIGNS[self.place], number)
