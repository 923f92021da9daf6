"""Where one source of a series ends and another goes on."""

import numpy as np
from numpy.typing import NDArray

from leadline.data.series import Remark

MAX_DISAGREEMENT = 0.01
"""Largest median relative difference at which a second source may continue the first."""
OVERLAP = 250
MIN_OVERLAP = 20

Points = tuple[NDArray[np.datetime64], NDArray[np.float64]]
"""Periods, strictly increasing, and the value of each."""


class Disagreement(Exception):  # noqa: N818  (a finding, which whoever asks puts into words)
    """Two sources are not one series; the text goes after "both hold it but"."""


def agreement(first: Points, second: Points, *, names: tuple[str, str]) -> str:
    """Say that the second source agrees with the first on the last days that both have.

    Raises
    ------
    Disagreement
        Where the last days that both have are too few, or differ by too much.
    """
    _, left, right = np.intersect1d(first[0], second[0], assume_unique=True, return_indices=True)
    a, b = first[1][left][-OVERLAP:], second[1][right][-OVERLAP:]
    if a.size < MIN_OVERLAP:
        raise Disagreement(
            f"share only {a.size} days; it takes {MIN_OVERLAP} to see that one may continue the "
            "other"
        )
    gap = float(np.median(np.abs(b - a) / np.maximum(np.abs(a), np.finfo(float).tiny)))
    if gap > MAX_DISAGREEMENT:
        raise Disagreement(
            f"differ by {gap:.1%} (median of the last {a.size} common days; at most "
            f"{MAX_DISAGREEMENT:.0%} expected)"
        )
    return (
        f"{names[1]}, which agreed with {names[0]} within {gap:.2%} (median of the last {a.size} "
        "common days)"
    )


def goes_on(start: np.datetime64, agreed: str) -> Remark:
    """Say that from ``start`` on the values are those of a source that agrees, as it is told."""
    return Remark(start, f"from {start} on the values come from {agreed}.")
