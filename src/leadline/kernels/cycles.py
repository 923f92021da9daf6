"""Slow cycles: movement that goes round a few times in all that is known."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLOW, QUICKER = 10, 40
"""Fourier frequencies that are looked at, and those after them that they are compared with."""


class SlowCycle(NamedTuple):
    """The strongest slow cycle of a series.

    ``turns`` is how often it goes round in the sample, ``ratio`` its power over the mean power of
    the quicker frequencies, ``p_value`` how often chance makes one of the slow ones as strong.
    """

    turns: int
    ratio: float
    p_value: float


def slow_cycle(moves: Floats) -> SlowCycle | None:
    """Find the strongest cycle that goes round at most ten times, and test it.

    The test of Fisher (1929) for a hidden periodicity, kept to the slow end: the power there is
    compared with that of the forty next frequencies alone, so that a spectrum which is not flat
    elsewhere does not matter. Without a cycle each ratio follows F(2, 80), whose tail is
    ``(1 + ratio / 40) ** -40``; the largest of ten pays for the choice (Sidak 1967).

    Parameters
    ----------
    moves : ndarray of float64, shape (n_obs,)
        Returns at even steps. None comes of fewer than 102, or of a constant.
    """
    power = np.abs(np.fft.rfft(moves - moves.mean())[1 : SLOW + QUICKER + 1]) ** 2
    if power.size < SLOW + QUICKER or moves.size < 2 * (SLOW + QUICKER) + 2:
        return None
    usual = float(power[SLOW:].mean())
    if usual <= 0.0:
        return None
    at = int(np.argmax(power[:SLOW]))
    ratio = float(power[at] / usual)
    # By logarithms, as one less a tiny tail would lose it.
    tail = -QUICKER * np.log1p(ratio / QUICKER)
    return SlowCycle(at + 1, ratio, float(-np.expm1(SLOW * np.log1p(-np.exp(tail)))))
