"""Would the rule that was best here also have been good there?"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CHUNK = 2048
"""Divisions at a time; what they take then stays in the cache."""


class Overfitting(NamedTuple):
    """How the rule that was best in one half of the blocks did in the other half.

    ``probability`` is the share of divisions in which it came out below the median; noise alone
    gives about a half, so a large value is no proof of the absence of an effect. ``logits``,
    shape (n_divisions,), are positive where it came out above the median. Over all divisions its
    Sharpe ratio there is about ``intercept + slope`` times that here; ``loss`` is the share of
    divisions in which it was negative there.
    """

    probability: float
    logits: Floats
    chosen: NDArray[np.intp]
    here: Floats
    there: Floats
    intercept: float
    slope: float
    loss: float


def overfitting(values: Floats, *, n_blocks: int = 16) -> Overfitting:
    """Cross-validate the choice of the best rule over all ways to halve the blocks.

    Combinatorially symmetric cross-validation (Bailey, Borwein, Lopez de Prado and Zhu 2017,
    section 2). Sharpe ratios come from sums and sums of squares by block, so that no half is
    ever put together. A rank is out of ``n_rules + 1``, so no logit is infinite; rules that tie
    share their rank.

    Parameters
    ----------
    values : ndarray of float64, shape (n_obs, n_rules)
        Returns of each rule, at least two rules.
    n_blocks : int
        Even; the last observations that do not fill a block are left out.

    Raises
    ------
    ValueError
        For an odd number of blocks, fewer than two rules, or blocks of under two observations.
    """
    length = values.shape[0] // n_blocks
    if n_blocks % 2 or values.shape[1] < 2 or length < 2:
        msg = (
            f"{values.shape[0]} observations of {values.shape[1]} rules in {n_blocks} blocks: "
            "needs an even number of blocks of two observations or more, and two rules."
        )
        raise ValueError(msg)
    n_rules = values.shape[1]
    blocks = (values[: length * n_blocks] - values.mean(axis=0)).reshape(n_blocks, length, n_rules)
    # About the mean, so that the variance loses nothing to cancellation.
    sums = np.hstack((blocks.sum(axis=1), (blocks**2).sum(axis=1)))
    members = np.array(list(combinations(range(n_blocks), n_blocks // 2)))
    inside = np.zeros((members.shape[0], n_blocks))
    np.put_along_axis(inside, members, 1.0, axis=1)
    n_half = length * n_blocks // 2
    # In this order the division with the halves exchanged stands at the mirrored place.
    sharpe = np.empty((members.shape[0], n_rules))
    for start in range(0, sharpe.shape[0], CHUNK):
        rows = slice(start, start + CHUNK)
        total = inside[rows] @ sums
        mean = total[:, :n_rules] / n_half
        variance = total[:, n_rules:] / n_half - mean**2
        mean += values.mean(axis=0)
        sharpe[rows] = mean / np.sqrt(np.maximum(variance, 1e-300))
    chosen = np.argmax(sharpe, axis=1)
    every = np.arange(chosen.size)
    here = sharpe[every, chosen]
    other = sharpe[::-1]
    there = other[every, chosen]
    below = np.count_nonzero(other < there[:, None], axis=1)
    tied = np.count_nonzero(other == there[:, None], axis=1)
    rank = (below + (tied + 1) / 2) / (n_rules + 1)
    logits = np.log(rank / (1 - rank))
    spread = float(np.var(here))
    slope = float(np.mean((here - here.mean()) * (there - there.mean()))) / max(spread, 1e-300)
    return Overfitting(
        probability=float(np.mean(logits <= 0)),
        logits=logits,
        chosen=chosen,
        here=here,
        there=there,
        intercept=float(there.mean() - slope * here.mean()),
        slope=slope,
        loss=float(np.mean(there < 0)),
    )
