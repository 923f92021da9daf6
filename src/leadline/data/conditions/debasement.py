"""Debasement: whether markets price a dollar that buys less."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.rules import (
    above,
    both,
    from_weeks,
    in_weeks,
    most_of,
    move,
    rank,
    z_score,
)

Floats = NDArray[np.float64]

GROUP = "Debasement"
OVER = 26
WARM_UP = 104
QUANTILE = 0.80
HOLD, OF = 8, 13
_WEEKS = "Read on Fridays; the Friday's answer stands for a week."
_HELD = f"on at least {HOLD} of the last {OF} Fridays"


def _z(path: Floats) -> Floats:
    return z_score(move(path, OVER), WARM_UP)


def _score(inputs: Inputs) -> Floats:
    breakeven = in_weeks(inputs, "t10yie")
    dollar = np.log(in_weeks(inputs, "dtwexbgs"))
    # Gold times the dollar's index is gold in the currencies of the basket.
    gold = np.log(in_weeks(inputs, "gold")) + dollar
    return (_z(breakeven) + _z(gold) + _z(-dollar)) / 3


def _held(flags: Floats) -> Floats:
    return most_of(flags, OF, HOLD / OF)


def _high(path: Callable[[Inputs], Floats]) -> Callable[[Inputs], Floats]:
    def compute(inputs: Inputs) -> Floats:
        weekly = inputs.once(("debasement", path), lambda: path(inputs))
        return from_weeks(inputs, _held(above(rank(weekly, WARM_UP), QUANTILE)))

    return compute


def _shown(inputs: Inputs) -> Floats:
    return from_weeks(inputs, inputs.once(("debasement", _score), lambda: _score(inputs)))


def _breakeven(inputs: Inputs) -> Floats:
    return move(in_weeks(inputs, "t10yie"), OVER)


def _real_yield(inputs: Inputs) -> Floats:
    lower = above(-move(in_weeks(inputs, "dfii10"), OF), 0.0)
    dearer = above(move(np.log(in_weeks(inputs, "gold")), OF), 0.0)
    return from_weeks(inputs, _held(both(lower, dearer)))


_NEEDS = ("t10yie", "gold", "dtwexbgs")
_PARTS = (
    f"the mean of three z-scores of changes over {OVER} weeks: of 10-year breakeven inflation, of "
    "the log of gold in the currencies of the broad dollar basket, and of the log of the dollar "
    "with its sign turned. Each z is against the mean and deviation of all such changes before, "
    f"at least {WARM_UP} of them"
)
_SOURCE = (
    "The debasement trigger of a two-phase nowcast: expected inflation, gold that rises in every "
    "currency and a falling dollar together. A term premium, the fourth part, is not in the data. "
    "Changes, because levels that trend would always be high."
)

DEFINITIONS = (
    Definition(
        id="debasement_score",
        title="Debasement score",
        kind="index",
        unit="standard deviations",
        needs=_NEEDS,
        rule=f"{_PARTS[0].upper()}{_PARTS[1:]}. {_WEEKS}",
        source=_SOURCE,
        compute=_shown,
        group=GROUP,
    ),
    Definition(
        id="debasement",
        title="Debasement",
        kind="flag",
        needs=_NEEDS,
        rule=(
            f"The score ranks above {QUANTILE:.0%} of all scores before it {_HELD}. The score is "
            f"{_PARTS}. {_WEEKS}"
        ),
        source=_SOURCE,
        compute=_high(_score),
        group=GROUP,
    ),
    Definition(
        id="debasement_breakeven",
        title="Debasement, by expected inflation alone",
        kind="flag",
        needs=("t10yie",),
        rule=(
            f"The change of 10-year breakeven inflation over {OVER} weeks ranks above "
            f"{QUANTILE:.0%} of all such changes before it {_HELD}. {_WEEKS}"
        ),
        source="The narrowest reading: debasement is inflation that is expected.",
        compute=_high(_breakeven),
        group=GROUP,
    ),
    Definition(
        id="debasement_real_yield",
        title="Debasement, by real yields and gold",
        kind="flag",
        needs=("dfii10", "gold"),
        rule=(
            f"The 10-year real yield is lower and gold dearer than {OF} weeks before {_HELD}. "
            f"{_WEEKS}"
        ),
        source=(
            "Erb and Harvey (2013), FAJ 69, 10-42, on gold and real yields: what holding dollars "
            "pays falls, and gold answers."
        ),
        compute=_real_yield,
        group=GROUP,
    ),
)
