"""How an effect differs between the days on which a condition holds and all others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]
LEAST = 0.05
"""Share of days, and of what the weights vary, below which a side cannot be measured."""


class Sides(NamedTuple):
    """Weights of returns that give the effect on each side of a condition, (n_obs, k) each.

    ``on`` and ``off`` give the slope of returns on the given weights, each side with a mean of
    its own, in the unit of the effect. ``on_scaled`` and ``off_scaled`` give the same in each
    side's own volatilities: where the effect is a correlation, each side's correlation.
    """

    on: Floats
    off: Floats
    on_scaled: Floats
    off_scaled: Floats


class Difference(NamedTuple):
    """The effect of each side at the weights that do best while on, and the odds of chance.

    ``p_on`` and ``p_off`` are those of an effect on each side, ``p_difference`` of one that is
    larger while on; each pays for the search over the weights.
    """

    on: float
    off: float
    on_scaled: float
    off_scaled: float
    p_on: float
    p_off: float
    p_difference: float


def sides(weights: Floats, on: NDArray[np.bool_], returns: Floats) -> Sides | None:
    """Split the weights of an effect by a condition; None where a side is too thin.

    A side's slope is that of a regression of returns on the weights and a constant over its days
    alone, so that a drift that goes with the condition drops out. Days on which all weights are
    zero are left out, and so are weights that hardly vary on one side.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_obs, k)
        ``returns @ weights`` is the effect over all days.
    on : ndarray of bool, shape (n_obs,)
        Whether the condition held when each return began.
    returns : ndarray of float64, shape (n_obs,)
    """
    used = np.any(weights != 0, axis=1)
    parts = [used & on, used & ~on]
    if not used.any() or min(part.sum() for part in parts) < LEAST * used.sum():
        return None
    centred = [np.where(p[:, None], weights - weights[p].mean(axis=0), 0.0) for p in parts]
    sizes = [np.sum(each**2, axis=0) for each in centred]
    size = np.sum((weights[used] - weights[used].mean(axis=0)) ** 2, axis=0)
    kept = np.minimum(*sizes) > LEAST * size
    spreads = [float(returns[part].std()) for part in parts]
    if not kept.any() or min(spreads) == 0:
        return None
    slopes, scaled = [], []
    for part, each, own, spread in zip(parts, centred, sizes, spreads, strict=True):
        slope = (each * (size / np.maximum(own, 1e-300)))[:, kept]
        volatility = np.sqrt(own[kept] / size[kept] * used.sum() / part.sum())
        slopes.append(slope)
        scaled.append(slope * volatility * float(returns[used].std()) / spread)
    return Sides(*slopes, *scaled)


def compare(split: Sides, returns: Floats, drawn: Floats, *, sign: int) -> Difference:
    """Compare both sides with histories without the effect.

    Each side and the difference are studentised by the histories, weight by weight, and the
    largest over the weights is compared with the largest in each history (Romano and Wolf 2005).
    The difference must be there twice, between slopes and between slopes in each side's own
    volatilities, an intersection-union test (Berger 1982): where only the volatility differs, one
    of the two is the same on both sides, whichever way the effect goes with volatility.

    Parameters
    ----------
    returns : ndarray of float64, shape (n_obs,)
    drawn : ndarray of float64, shape (n_resamples, n_obs)
    sign : {1, -1}
        Direction claimed.
    """
    p_on, best = largest(split.on, returns, drawn, sign=sign)
    p_off, _ = largest(split.off, returns, drawn, sign=sign)
    p_plain, _ = largest(split.on - split.off, returns, drawn, sign=sign)
    p_scaled, _ = largest(split.on_scaled - split.off_scaled, returns, drawn, sign=sign)
    on, off, on_scaled, off_scaled = (float(returns @ weights[:, best]) for weights in split)
    return Difference(on, off, on_scaled, off_scaled, p_on, p_off, max(p_plain, p_scaled))


def largest(weights: Floats, returns: Floats, drawn: Floats, *, sign: int) -> tuple[float, int]:
    """Give the p of the largest effect over the columns, studentised by ``drawn``, and its column.

    ``weights`` has shape (n_obs, k), ``returns`` (n_obs,) and ``drawn`` (n_resamples, n_obs).
    """
    null = sign * (drawn @ weights)
    centre, spread = null.mean(axis=0), np.maximum(null.std(axis=0), 1e-300)
    z = (sign * (returns @ weights) - centre) / spread
    best = int(np.argmax(z))
    return p_value(float(z[best]), ((null - centre) / spread).max(axis=1)), best
