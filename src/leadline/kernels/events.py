"""When something happened, told from the past alone, and what happened near it."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]


def past_minimum(level: Floats, window: int) -> Floats:
    """Lowest of the ``window`` values before each position, along the last axis; inf at first."""
    shifted = np.concatenate((np.full((*level.shape[:-1], 1), np.inf), level[..., :-1]), axis=-1)
    return np.asarray(
        minimum_filter1d(
            shifted, window, axis=-1, mode="constant", cval=np.inf, origin=(window - 1) // 2
        )
    )


def past_maximum(level: Floats, window: int | None) -> Floats:
    """Highest of the ``window`` values before each position; of all where None; -inf at first."""
    shifted = np.concatenate((np.full((*level.shape[:-1], 1), -np.inf), level[..., :-1]), axis=-1)
    if window is None:
        return np.maximum.accumulate(shifted, axis=-1)
    return np.asarray(
        maximum_filter1d(
            shifted, window, axis=-1, mode="constant", cval=-np.inf, origin=(window - 1) // 2
        )
    )


def first_after_quiet(happening: Flags, quiet: int) -> Flags:
    """Keep what happens after ``quiet`` positions without, so that windows do not pile up.

    The first ``quiet`` positions cannot know and are never kept.
    """
    kept = np.zeros_like(happening)
    n_obs = happening.shape[-1]
    if quiet < n_obs:
        total = _running_count(happening)
        kept[..., quiet:] = happening[..., quiet:] & (
            total[..., quiet:n_obs] == total[..., : n_obs - quiet]
        )
    return kept


def _running_count(flags: Flags) -> NDArray[np.int32]:
    """Count the flags before each position, along the last axis, one longer than it."""
    total = np.zeros((*flags.shape[:-1], flags.shape[-1] + 1), dtype=np.int32)
    np.cumsum(flags, axis=-1, out=total[..., 1:])
    return total


def record_highs(level: Floats, *, quiet: int, memory: int | None = None) -> Flags:
    """Where ``level`` passes its past maximum after ``quiet`` positions without.

    Parameters
    ----------
    level : ndarray of float64, shape (..., n_obs)
        Log price, no NaN.
    quiet : int
        Positions since the last record, so that windows do not pile up.
    memory : int, optional
        How far back the maximum looks; all the past where omitted.
    """
    high = past_maximum(level, memory)
    return first_after_quiet((level > high) & np.isfinite(high), quiet)


def rises(level: Floats, *, by: float, within: int, quiet: int) -> Flags:
    """Where ``level`` first stands ``by`` (in logs) above its low of the ``within`` before."""
    low = past_minimum(level, within)
    return first_after_quiet((level - low >= by) & np.isfinite(low), quiet)


def rises_after(level: Floats, *, by: float, start: int, stop: int) -> Flags:
    """Whether ``level`` gains ``by`` (in logs) between ``start`` and ``stop`` positions later.

    The gain is counted from the level at ``start``, so that nothing that moved before counts.
    Positions whose window leaves the sample get what the sample shows of it.
    """
    width = stop - start
    padded = np.concatenate((level, np.full((*level.shape[:-1], stop), -np.inf)), axis=-1)
    highest = maximum_filter1d(
        padded, width, axis=-1, mode="constant", cval=-np.inf, origin=-(width // 2)
    )
    n_obs = level.shape[-1]
    out = np.zeros(level.shape, dtype=bool)
    kept = n_obs - start
    out[..., :kept] = highest[..., start + 1 : start + 1 + kept] - level[..., start:] >= by
    return out


def expanding_rank(x: Floats, *, at_least: int) -> Floats:
    """Share of past values below each value, ties half; NaN before ``at_least`` of them.

    Parameters
    ----------
    x : ndarray of float64, shape (n_obs,)
        NaN is passed over and gets NaN.
    """
    out = np.full(x.size, np.nan)
    past = np.empty(x.size)
    n = 0
    for position, value in enumerate(x):
        if np.isnan(value):
            continue
        left = int(past[:n].searchsorted(value, "left"))
        right = int(past[:n].searchsorted(value, "right"))
        if n >= at_least:
            out[position] = (left + right) / (2 * n)
        past[right + 1 : n + 1] = past[right:n]
        past[right] = value
        n += 1
    return out


def any_within(flags: Flags, start: int, stop: int) -> Flags:
    """Whether any flag stands ``start`` to ``stop`` positions later, along the last axis.

    Positive is later; both ends belong. Outside the sample there is nothing.
    """
    n_obs = flags.shape[-1]
    total = _running_count(flags)
    # Pad both ends so that the two window edges are plain slices.
    before, after = max(-start, 0), max(stop + 1, 0)
    padded = np.concatenate(
        (
            np.zeros((*flags.shape[:-1], before), dtype=np.int32),
            total,
            np.repeat(total[..., -1:], after, axis=-1),
        ),
        axis=-1,
    )
    low = padded[..., before + start : before + start + n_obs]
    high = padded[..., before + stop + 1 : before + stop + 1 + n_obs]
    return high > low


def rotation_hits(events: Flags, hits: Flags) -> NDArray[np.int64]:
    """Count the events that fall on a hit, for every rotation of the event dates.

    Element ``s`` moves all events ``s`` positions later, around the end; element 0 is what was
    observed. One FFT gives all ``n_obs`` of them.
    """
    return np.rint(rotated_sums(events.astype(float), hits.astype(float))).astype(np.int64)


def rotated_sums(weights: Floats, values: Floats) -> Floats:
    """Sum ``weights[t - s] * values[t]`` over t for every rotation s, along the last axis."""
    n = weights.shape[-1]
    return np.asarray(np.fft.irfft(np.conj(np.fft.rfft(weights)) * np.fft.rfft(values), n))


def rotation_p(weights: Floats, values: Floats, *, keep_off: int, sign: int) -> Floats:
    """Compare what was observed with every rotation of ``weights`` beyond ``keep_off``.

    Either argument may hold many histories, shape (n, n_obs); gives shape (n,). With a short
    sample the distance kept shrinks, so that half of the rotations remain.
    """
    sums = sign * rotated_sums(weights, values)
    n = sums.shape[-1]
    off = min(keep_off, n // 4)
    others = sums[..., off : n - off]
    # The transform leaves errors of 1e-12 where sums tie.
    as_much = np.count_nonzero(others >= sums[..., :1] - 1e-9, axis=-1)
    return np.asarray((1 + as_much) / (1 + others.shape[-1]))
