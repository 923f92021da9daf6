"""Bunches: large moves that follow one another in the same direction."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGE, NEAR = 2.5, 10
"""Robust standard deviations from which on a move is large, and observations that are near."""
AT_LEAST = 10
"""Large moves without which nothing is said."""
NORMAL = 1.4826
"""Standard deviation over the median absolute deviation of a normal distribution."""


class Bunches(NamedTuple):
    """How large moves lie together: their number, near pairs, and how far these agree."""

    moves: int
    pairs: int
    z: float


def bunches(moves: Floats) -> Bunches | None:
    """Compare the signs of large moves that lie near each other.

    Volatility that clusters brings large moves together, but either way; drifts and skewness make
    signs agree, but anywhere. With signs ``s`` of the ``m`` large moves, of mean ``a``, and ``P``
    near pairs of them, of which ``E`` would be near had they been strewn over the sample,

        z = (sum of s_i s_j over near pairs - a^2 E) / sqrt(P)

    which for independent symmetric signs has mean zero and variance one, as their products are
    uncorrelated (the join count of Moran 1948, on a line).

    Parameters
    ----------
    moves : ndarray of float64, shape (n_obs,)
        Returns at even steps. None comes of fewer than ten large ones, or of none that are near.
    """
    centred = moves - np.median(moves)
    scale = NORMAL * float(np.median(np.abs(centred)))
    at = np.flatnonzero(np.abs(centred) > LARGE * scale)
    if scale <= 0.0 or at.size < AT_LEAST:
        return None
    signs = np.sign(centred[at])
    pairs, agreed = 0, 0.0
    for apart in range(1, at.size):
        near = at[apart:] - at[:-apart] <= NEAR
        if not near.any():
            break
        pairs += int(near.sum())
        agreed += float((signs[apart:] * signs[:-apart])[near].sum())
    if pairs == 0:
        return None
    strewn = at.size * (at.size - 1) / 2 * min(1.0, 2 * NEAR / moves.size)
    return Bunches(int(at.size), pairs, (agreed - float(signs.mean()) ** 2 * strewn) / pairs**0.5)
