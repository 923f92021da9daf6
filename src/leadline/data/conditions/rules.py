"""Rules that definitions are made of: arrays of one series' past in, what holds on each row out.

Truth is 1.0, falsehood 0.0 and NaN what cannot be known yet. Every rule reads the past alone.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from leadline.data.conditions.base import Inputs
from leadline.data.duration import DurationText
from leadline.kernels.events import expanding_rank

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Rows = NDArray[np.intp]
Compute = Callable[[Inputs], Floats]

WEEKLY = 365.25 / 7


def on_own(name: str, rule: Callable[[Floats, float], Floats]) -> Compute:
    """Apply a rule of (values, observations a year) to a series' own observations."""

    def compute(inputs: Inputs) -> Floats:
        _, values = inputs.own(name)
        return inputs.held(name, rule(values, inputs.per_year(name)))

    return compute


def move(path: Floats, n: int) -> Floats:
    """Change over ``n`` observations; NaN for the first ``n``."""
    out = np.full(path.size, np.nan)
    # Rounded, so that equal moves are ties whatever the unit of the price.
    out[n:] = np.round(path[n:] - path[:-n], 12) if n < path.size else 0.0
    return out


def rank(x: Floats, at_least: int, memory: int | None = None) -> Floats:
    """Share of past values below each value, ties half; NaN before ``at_least`` of them.

    The past is all of it, or the last ``memory`` values.
    """
    if memory is None:
        return expanding_rank(x, at_least=at_least)
    padded = np.concatenate((np.full(memory, np.nan), x))
    past = sliding_window_view(padded, memory)[:-1]
    n_known = np.isfinite(past).sum(axis=1)
    below = (past < x[:, None]).sum(axis=1) + 0.5 * (past == x[:, None]).sum(axis=1)
    known = (n_known >= max(at_least, 1)) & np.isfinite(x)
    return np.where(known, below / np.maximum(n_known, 1), np.nan)


def z_score(x: Floats, at_least: int) -> Floats:
    """Deviation from the mean of all values before, in their standard deviations."""
    known = np.isfinite(x)
    n = np.cumsum(known) - known
    # Sums about the first value: they lose nothing where values are far from zero.
    first = x[known][0] if known.any() else 0.0
    off = np.where(known, x - first, 0.0)
    total = np.cumsum(off) - off
    squares = np.cumsum(off**2) - off**2
    enough = known & (n >= max(at_least, 2))
    safe = np.maximum(n, 2)
    mean = total / safe
    variance = np.maximum(squares / safe - mean**2, 0.0) * safe / (safe - 1)
    usable = enough & (variance > 1e-24)
    return np.where(usable, (off - mean) / np.sqrt(np.where(usable, variance, 1.0)), np.nan)


def above(x: Floats, threshold: float) -> Floats:
    """Whether each value is above a threshold; NaN stays NaN."""
    return np.where(np.isnan(x), np.nan, (x > threshold).astype(float))


def windows(x: Floats, n: int, statistic: Callable[..., Floats]) -> Floats:
    """Give a statistic of the last ``n`` values, the present one included; NaN until all known."""
    out = np.full(x.size, np.nan)
    if x.size >= n:
        out[n - 1 :] = statistic(sliding_window_view(x, n), axis=1)
    return out


def most_of(flags: Floats, n: int, share: float) -> Floats:
    """Whether at least ``share`` of the last ``n`` flags were true; NaN until all are known."""
    return above(windows(flags, n, np.sum), np.ceil(share * n - 1e-9) - 0.5)


def lasting(x: Floats, *, enter: float, leave: float) -> Floats:
    """Whether a state that begins above ``enter`` lasts; it ends below ``leave``.

    Unknown values (NaN) end nothing and are unknown themselves.
    """
    entered, left = x > enter, x < leave
    decided = np.where(entered | left, np.arange(x.size), -1)
    last = np.maximum.accumulate(decided)
    state = np.where(last >= 0, entered[np.maximum(last, 0)], 0)
    held: Floats = np.where(np.isnan(x), np.nan, state.astype(np.float64))
    return held


def both(*flags: Floats) -> Floats:
    """Whether all hold; unknown where any is."""
    found: Floats = np.minimum.reduce(flags)
    return found


def either(*flags: Floats) -> Floats:
    """Whether any holds; unknown where any is."""
    found: Floats = np.maximum.reduce(flags)
    return found


def opposite(flags: Floats) -> Floats:
    """Whether it does not hold."""
    return 1.0 - flags


def observations(over: str, per_year: float) -> int:
    """Give a span in observations, at least one."""
    return max(DurationText(over).observations(per_year), 1)


def fridays(days: Days) -> Rows:
    """Give the rows of Friday decisions, which know the week's trading and Thursday's H.4.1."""
    # 1970-01-01 was a Thursday.
    return np.flatnonzero(days.astype("datetime64[D]").astype(np.int64) % 7 == 1)


def from_weeks(inputs: Inputs, weekly: Floats) -> Floats:
    """Carry what was written each Friday to the days up to the next; shape (n_days,)."""
    rows = fridays(inputs.days)
    at = np.searchsorted(rows, np.arange(inputs.days.size), side="right") - 1
    if rows.size == 0:
        return np.full(inputs.days.size, np.nan)
    return np.where(at >= 0, weekly[np.maximum(at, 0)], np.nan)


def in_weeks(inputs: Inputs, name: str) -> Floats:
    """Give the value known on each Friday; NaN where stale."""
    return inputs.value(name)[fridays(inputs.days)]
