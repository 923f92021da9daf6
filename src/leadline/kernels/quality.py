"""What in a series looks like a mistake."""

import numpy as np
from numpy.typing import NDArray

from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
WINDOW = 60


def reversed_spikes(path: Floats, *, size: float = 8.0, back: float = 0.8) -> Index:
    """Positions in ``path`` that leap away and are back the day after.

    A leap counts at ``size`` times the volatility of the sixty days before (the first sixty are
    not judged), and as reversed when
    the next move undoes at least ``back`` of it. In the daily history of gold, silver, copper,
    oil, the dollar, equities, the VIX and Bitcoin since 2000 no true move does both, while a
    misplaced decimal point always does.
    """
    moves = np.diff(path)
    if moves.size <= WINDOW:
        return np.empty(0, dtype=np.intp)
    leap = np.abs(moves[:-1]) > size * past_scale(moves, window=WINDOW)[:-1]
    leap[:WINDOW] = False
    undone = np.abs(moves[:-1] + moves[1:]) <= (1 - back) * np.abs(moves[:-1])
    return np.flatnonzero(leap & undone) + 1
