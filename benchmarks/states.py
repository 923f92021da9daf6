"""A follower in and out of a state, judged by every rotation of its days at once.

SciPy shuffles the days, as if each were independent, which is quicker to write than to believe.
"""

from typing import Any

import numpy as np
from clock import Row, cpu, line
from scipy.signal import lfilter
from scipy.stats import permutation_test

from leadline.kernels import states

PEERS = ()
DAYS = 4711
HISTORIES = 200
SHUFFLES = 999


def market(rng: np.random.Generator) -> tuple[Any, Any]:
    """Give the days of a slow state, and returns that know nothing of it."""
    wandering = lfilter([1.0], [1.0, -0.98], rng.standard_normal(DAYS))
    return wandering > np.quantile(wandering, 0.7), 0.03 * rng.standard_t(5, DAYS)


def by_hand(weights: Any, values: Any) -> float:
    """Roll the days one by one."""
    centred = values - values.mean()
    squares = centred * centred

    def t(w: Any) -> float:
        return float(w @ centred / np.sqrt((w * w) @ squares))

    own = t(weights)
    return sum(t(np.roll(weights, k)) >= own for k in range(DAYS)) / DAYS


def shuffled(on: Any, values: Any) -> float:
    """Shuffle the days with SciPy."""
    found = permutation_test(
        (values[on], values[~on]),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        n_resamples=SHUFFLES,
        vectorized=True,
        alternative="greater",
        rng=np.random.default_rng(1),
    )
    return float(found.pvalue)


def rows() -> list[Row]:
    """Give one follower, and many histories of it."""
    rng = np.random.default_rng(0)
    on, values = market(rng)
    weights = states.contrast(on, np.ones(DAYS, dtype=bool))
    drawn = values * rng.choice([-1.0, 1.0], (HISTORIES, DAYS))

    def ours(of: Any) -> Any:
        return states.rotation_p(weights[None], of, sign=1, normalised=True)

    return [
        line(
            f"state against other days, all {DAYS:,} rotations",
            cpu(lambda: ours(values[None]), 7),
            "`np.roll` in a loop",
            lambda: cpu(lambda: by_hand(weights, values), 3),
        ),
        line(
            f"… of {HISTORIES} histories, each",
            cpu(lambda: ours(drawn), 3) / HISTORIES,
            f"scipy `permutation_test`, {SHUFFLES} shuffles of days",
            lambda: cpu(lambda: shuffled(on, values), 3),
        ),
    ]
