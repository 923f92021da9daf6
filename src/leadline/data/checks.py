"""Whether what a provider sent can be true: ranges, units, and what other series say.

Each check gives the problem in words, without a capital and a full stop, or nothing.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from leadline.data.provider import Rows
from leadline.data.series import SeriesInfo

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Values = tuple[Days, Floats]
"""Periods in order, each once, and their values."""

UNIT_SWITCH = 50.0
"""Medians of the same periods that differ by this factor are of two units."""

IDENTITIES = (("t10yie", "dgs10", "dfii10"),)
"""The first is the second less the third, to the rounding of three values of two digits."""

TOLERANCE = 0.011
_MAY_DIFFER = 0.01
_LEAST_COMMON = 5


def implausible(info: SeriesInfo, rows: Rows) -> str:
    """Find values that the catalogue calls impossible."""
    value = rows.value
    outside = (value < info.low) | (value > info.high)
    if outside.any():
        what = f"outside {info.low:g} to {info.high:g} {info.unit}"
    else:
        outside = value <= 0 if info.must_be_positive else np.zeros(value.size, dtype=bool)
        what = "not positive"
    if not outside.any():
        return ""
    at = int(np.argmax(outside))
    return (
        f"{int(outside.sum())} of {len(rows)} values are {what}, the first {value[at]:g} "
        f"for {rows.period[at]}"
    )


def other_unit(rows: Values, held: Values) -> str:
    """Find that the values held of the same periods are many times as large, or as small."""
    _, here, there = np.intersect1d(rows[0], held[0], assume_unique=True, return_indices=True)
    here, there = np.abs(rows[1][here]), np.abs(held[1][there])
    both = np.isfinite(here) & np.isfinite(there) & (here > 0) & (there > 0)
    if not both.any():
        return ""
    ratio = float(np.median(here[both]) / np.median(there[both]))
    if 1 / UNIT_SWITCH < ratio < UNIT_SWITCH:
        return ""
    return (
        f"the values are {ratio:.3g} times those held of the same {int(both.sum())} periods: the "
        "unit seems to have changed"
    )


def broken_identity(name: str, rows: Values, held: Callable[[str], Values]) -> str:
    """Find that series which must add up do not; ``held`` gives the others by their id.

    A few days are let pass: when the source changes one of the three, the store has the others
    as they were.
    """
    for identity in IDENTITIES:
        if name not in identity:
            continue
        parts = [rows if each == name else held(each) for each in identity]
        common = parts[0][0]
        for period, _ in parts[1:]:
            common = np.intersect1d(common, period, assume_unique=True)
        whole, one, other = (value[np.searchsorted(period, common)] for period, value in parts)
        gap = np.abs(whole - (one - other))
        off = gap > TOLERANCE
        if off.sum() >= max(_LEAST_COMMON, _MAY_DIFFER * common.size):
            at = int(np.argmax(off))
            return (
                f"{identity[0]} is not {identity[1]} less {identity[2]} on {int(off.sum())} of "
                f"{common.size} days, the first {common[at]} by {gap[at]:.3g}"
            )
    return ""
