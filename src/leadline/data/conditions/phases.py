"""The phases of the two-phase story by pre-set rules; exactly one holds wherever all are known."""

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.rules import both, either, opposite

Floats = NDArray[np.float64]

GROUP = "Phases by pre-set rules"
NEEDS = ("fear", "debasement", "liquidity_expansion")
_SOURCE = (
    "The two phases as the founding article tells them: fear first, then debasement or liquidity; "
    "frozen beforehand, so that the labels cannot be chosen by what came after."
)


def _read(inputs: Inputs) -> tuple[Floats, Floats]:
    # The definitions say themselves where they are unknown.
    fear, debased, liquid = (inputs.column(name).value for name in NEEDS)
    second = either(debased, liquid)
    # A phase is told only where all three are, so that it cannot turn on what is missing.
    known = np.isfinite(fear + second)
    return np.where(known, fear, np.nan), np.where(known, second, np.nan)


def _fear(inputs: Inputs) -> Floats:
    return _read(inputs)[0]


def _debasement(inputs: Inputs) -> Floats:
    fear, second = _read(inputs)
    return both(second, opposite(fear))


def _neutral(inputs: Inputs) -> Floats:
    fear, second = _read(inputs)
    return both(opposite(second), opposite(fear))


DEFINITIONS = (
    Definition(
        id="phase_fear",
        title="Phase of fear",
        kind="flag",
        needs=NEEDS,
        rule="fear holds, whatever else does.",
        source=_SOURCE,
        compute=_fear,
        group=GROUP,
    ),
    Definition(
        id="phase_debasement",
        title="Phase of debasement or liquidity",
        kind="flag",
        needs=NEEDS,
        rule="debasement or liquidity_expansion holds, and fear does not.",
        source=_SOURCE,
        compute=_debasement,
        group=GROUP,
    ),
    Definition(
        id="phase_neutral",
        title="Neither phase",
        kind="flag",
        needs=NEEDS,
        rule="None of fear, debasement and liquidity_expansion holds.",
        source=_SOURCE,
        compute=_neutral,
        group=GROUP,
    ),
)
