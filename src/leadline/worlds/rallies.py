"""A follower whose rallies come by chance, at a rate that a condition may raise."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.frame import simulated_panel
from leadline.data.panel import Panel
from leadline.data.series import SeriesInfo
from leadline.worlds.known import FIRST_DAY, FOLLOWER, LEADER

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REGIME, OTHER = "regime", "other"
A_YEAR = 2.0
"""Rallies a year, whatever the strength."""
SIZE = 0.6
CALM = 0.005
SPELL = 365.25
"""Mean length of a condition's spells, and of the days between them."""


def rallies_by_chance(n_days: int, strength: float, rng: Generator) -> Panel:
    """Simulate prices, and two conditions of which one may bring rallies, on calendar days.

    The follower stays near 100, but for rallies of one day, by more than half, that nothing in its
    own past foretells. Without ``strength`` they come at the same rate every day; with 1 all of
    them come while the condition ``regime`` holds, half of the time. ``other`` and the leader have
    nothing to do with it.
    """
    regime, other = _condition(n_days, rng), _condition(n_days, rng)
    rate = A_YEAR / 365.25 * np.where(regime, 1 + strength, 1 - strength)
    rally = rng.random(n_days) < np.concatenate(([0.0], rate[:-1]))
    follower = CALM * rng.standard_normal(n_days) + SIZE * rally
    leader = np.cumsum(0.016 * rng.standard_normal(n_days))
    return simulated_panel(
        FIRST_DAY + np.arange(n_days),
        {
            FOLLOWER: 100.0 * np.exp(follower),
            LEADER: 100.0 * np.exp(leader),
            REGIME: regime,
            OTHER: other,
        },
        {
            name: SeriesInfo(id=name, title=name, unit="yes or no", kind="flag")
            for name in (REGIME, OTHER)
        },
    )


def _condition(n_days: int, rng: Generator) -> Flags:
    """Draw spells of geometric length; it begins holding or not by the toss of a coin."""
    turns = rng.random(n_days) < 1.0 / SPELL
    turns[0] = rng.random() < 0.5
    return np.asarray(np.cumsum(turns) % 2 == 1)
