"""Conditions as leaders: where they hold, in which spells, and how that is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leadline.errors import DataError
from leadline.evidence.exhibits import Mark, Span, Timeline
from leadline.evidence.sample import Sample
from leadline.kernels.states import spells

Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]
LEAST = 30
"""Days that a state must hold, and days on which it must not."""
MIN_SPELLS = 3


def holds(sample: Sample, name: str) -> Flags:
    """Say on which of the sample's days a condition was known to hold, shape (n_obs + 1,)."""
    return np.asarray(sample.leaders[name] > 0.5)


def checked(sample: Sample, kind: str, names: Iterable[str]) -> Sample:
    """Give the sample; raise DataError where one of ``names`` is a price and not a condition."""
    for name in names:
        if name not in sample.states:
            msg = (
                f"{kind}: {name} is not a condition (a flag or a probability), so it cannot hold. "
                "Name a condition, or a kind of test that works on prices."
            )
            raise DataError(msg)
    return sample


def joined(sample: Sample, names: Iterable[str], any_of: Iterable[str]) -> Sample:
    """Let each of ``names`` hold wherever it or any of ``any_of`` does.

    One path for all of them, so that leaders made up from it scramble all of them.
    """
    others = [sample.leaders[other] for other in any_of]
    for name in names if others else ():
        path = np.maximum.reduce([sample.leaders[name], *others])
        sample = replace(sample.with_path(name, path), memo={})
    return sample


def words(names: Iterable[str], link: str = "or") -> str:
    """Name conditions in a row: ``debasement or liquidity``."""
    return f" {link} ".join(names)


def too_few(on: Flags, usable: Flags, apart: int, name: str) -> str | None:
    """Say why a condition cannot be compared with its absence, if it cannot."""
    n_on, n_off = int(np.sum(on & usable)), int(np.sum(usable & ~on))
    if min(n_on, n_off) < LEAST:
        return f"{name} held on {n_on} days and not on {n_off}; each needs {LEAST}."
    count = spells(on & usable, apart=apart)[0].size
    if count < MIN_SPELLS:
        return f"{name} held in {count} separate spells; needs {MIN_SPELLS}."
    return None


def in_time(
    days: Days, lanes: Mapping[str, Flags], *, finding: str, marks: tuple[Mark, ...] = ()
) -> Timeline:
    """Lay the spells of each condition along the calendar."""
    spans = []
    for lane, on in lanes.items():
        first, last = spells(on)
        spans += [
            Span(lane=lane, start=str(days[i]), stop=str(days[j]))
            for i, j in zip(first, last, strict=True)
        ]
    return Timeline(
        name="spells_in_time",
        title="When it held",
        finding=finding,
        note="Each day shows what was known then.",
        spans=tuple(spans),
        marks=marks,
    )
