"""Warn where a series moves in a few slow cycles: they are the sample, not the days."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leadline.kernels.cycles import SlowCycle, slow_cycle

Floats = NDArray[np.float64]

CYCLE_P = 0.01
"""A cycle that chance makes oftener than this is not spoken of."""


def slow_cycles(moves: Mapping[str, Floats]) -> Mapping[str, SlowCycle]:
    """Give the slow cycle of all moves, shape (n_obs,) each, that have one beyond chance."""
    found = {name: slow_cycle(each) for name, each in moves.items()}
    return {
        name: cycle
        for name, cycle in found.items()
        if cycle is not None and cycle.p_value <= CYCLE_P
    }


def warnings(cycles: Mapping[str, SlowCycle], first: object) -> tuple[str, ...]:
    """Warn of each, by the day from which the series are looked at."""
    return tuple(
        f"{name} moves in slow cycles, which carry {cycle.ratio:.0f} times the power of its "
        f"quicker movements: it went round {_times(cycle.turns)} since {first} "
        f"(p {_p(cycle.p_value)}). Few cycles are few observations, however many days they take, "
        "and whatever swings as slowly goes with them by chance more often than the p-values say."
        for name, cycle in cycles.items()
    )


def _times(turns: int) -> str:
    return {1: "once", 2: "twice"}.get(turns, f"{turns} times")


def _p(value: float) -> str:
    return f"= {value:.3f}" if value >= 0.001 else "< 0.001"
