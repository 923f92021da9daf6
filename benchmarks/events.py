"""Coincidence of events with what follows, over every rotation of their dates."""

from typing import Any

import numpy as np
from clock import Row, cpu, line

from leadline.kernels import events

PEERS = ()
DAYS, EVENTS = 5000, 100


def rolled(flags: Any, hits: Any) -> Any:
    """Count coincidences with a loop of np.roll."""
    return np.array([np.count_nonzero(np.roll(flags, s) & hits) for s in range(flags.size)])


def rows() -> list[Row]:
    """Give all rotations at once beside the loop."""
    rng = np.random.default_rng(3)
    flags, rallies = np.zeros((2, DAYS), dtype=bool)
    for each in (flags, rallies):
        each[rng.choice(DAYS, EVENTS, replace=False)] = True

    def all_rotations() -> Any:
        return events.rotation_hits(flags, events.any_within(rallies, 1, 90))

    hits = events.any_within(rallies, 1, 90)
    if not np.array_equal(all_rotations(), rolled(flags, hits)):
        raise AssertionError("rotation_hits and np.roll disagree")
    return [
        line(
            f"event coincidence over all {DAYS:,} rotations, {EVENTS} events",
            cpu(all_rotations, 50),
            "a loop of `np.roll`",
            lambda: cpu(lambda: rolled(flags, hits), 3),
            at_most=0.002,
        )
    ]
