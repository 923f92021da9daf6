"""How far one price has run ahead of another."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.rules import move, observations
from leadline.data.duration import DurationText

Floats = NDArray[np.float64]

GROUP = "Gaps between prices"
HALF_LIFE = 63


def ahead(name: str, one: str, other: str, *, over: str) -> Definition:
    """Give the difference of two moves, each in units of its own past volatility."""

    def compute(inputs: Inputs) -> Floats:
        rows, first = inputs.own(one)
        second = inputs.value(other)[rows]
        both = np.isfinite(second)
        n = observations(over, inputs.per_year(one))
        gap = np.full(rows.size, np.nan)
        gap[both] = _scaled(first[both], n) - _scaled(second[both], n)
        return inputs.held(one, gap)

    span = DurationText(over).words
    return Definition(
        id=name,
        title=f"How far {one} has run ahead of {other}",
        kind="index",
        needs=(one, other),
        rule=(
            f"The log move of {one} over {span} less that of {other}, on the days on which {one} "
            f"has a price, each divided by its own volatility over {span}: the root of the mean "
            f"square of its daily moves so far, halved in weight every {HALF_LIFE} trading days."
        ),
        source="A difference of moves needs one unit; past volatility is the one known that day.",
        compute=compute,
        unit="standard deviations",
        group=GROUP,
    )


def _scaled(price: Floats, n: int) -> Floats:
    """Give the move over ``n`` observations in standard deviations known at its end."""
    path = np.log(price)
    squares = np.diff(path, prepend=path[:1]) ** 2
    keep = 0.5 ** (1 / HALF_LIFE)
    weight = lfilter([1 - keep], [1, -keep], np.ones(squares.size))
    variance = lfilter([1 - keep], [1, -keep], squares) / weight
    # Early on a handful of days would pass for the volatility of a price.
    variance[: 2 * HALF_LIFE] = np.nan
    return np.asarray(move(path, n) / np.sqrt(np.where(variance > 0, variance, np.nan) * n))


DEFINITIONS = (ahead("silver_ahead_of_bitcoin", "silver", "bitcoin", over="3m"),)
