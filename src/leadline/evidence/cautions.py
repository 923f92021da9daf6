"""Warn of what shows in the data and p-values do not pay for: cycles, bunches, bad ticks."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leadline.kernels.bunches import NEAR, bunches
from leadline.kernels.cycles import SlowCycle, slow_cycle
from leadline.kernels.quality import reversed_spikes

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

CYCLE_P = 0.01
"""A cycle that chance makes oftener than this is not spoken of."""
BUNCH_Z = 3.0
"""Standard errors beyond chance from which on bunches are spoken of."""


def slow_cycles(moves: Mapping[str, Floats]) -> Mapping[str, SlowCycle]:
    """Give the slow cycle of all moves, shape (n_obs,) each, that have one beyond chance."""
    found = {name: slow_cycle(each) for name, each in moves.items()}
    return {
        name: cycle
        for name, cycle in found.items()
        if cycle is not None and cycle.p_value <= CYCLE_P
    }


def cautions(moves: Mapping[str, Floats], first: object) -> tuple[str, ...]:
    """Warn of slow cycles and bunches in moves, shape (n_obs,) each, from a first day on."""
    return (*_of_cycles(slow_cycles(moves), first), *_of_bunches(moves))


def bad_ticks(name: str, days: Days, path: Floats) -> tuple[str, ...]:
    """Name the days on which a path of log prices leaps away and is back the day after."""
    return tuple(
        f"{name} moves {float(np.expm1(path[at] - path[at - 1])):+.0%} on {days[at]} and back the "
        "day after, as a bad tick does; correct or drop that row"
        for at in reversed_spikes(path)
    )


def _of_cycles(cycles: Mapping[str, SlowCycle], first: object) -> tuple[str, ...]:
    return tuple(
        f"{name} moves in slow cycles, which carry {cycle.ratio:.0f} times the power of its "
        f"quicker movements: it went round {_times(cycle.turns)} since {first} "
        f"(p {_p(cycle.p_value)}). Few cycles are few observations, however many days they take, "
        "and whatever swings as slowly goes with them by chance more often than the p-values say."
        for name, cycle in cycles.items()
    )


def _of_bunches(moves: Mapping[str, Floats]) -> tuple[str, ...]:
    found = {name: bunches(each) for name, each in moves.items()}
    return tuple(
        f"{name} makes its large moves in bunches that go one way: {held.pairs} pairs of them lie "
        f"within {NEAR} observations of each other, and they agree {held.z:.0f} standard errors "
        "more than by chance. A bunch is one event, however many moves it has, and chance does as "
        "well somewhat more often than the p-values say."
        for name, held in found.items()
        if held is not None and held.z > BUNCH_Z
    )


def _times(turns: int) -> str:
    return {1: "once", 2: "twice"}.get(turns, f"{turns} times")


def _p(value: float) -> str:
    return f"= {value:.3f}" if value >= 0.001 else "< 0.001"
