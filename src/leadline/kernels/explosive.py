"""Explosiveness: recursive right-tailed unit-root tests, their nulls, and dates."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
Count = Literal["levels", "differences"]
WILD_CHUNK = 20


class Statistics(NamedTuple):
    """The t of the whole path, and its suprema over ends, and over starts and ends."""

    adf: float
    sadf: float
    gsadf: float


class Spell(NamedTuple):
    """A stretch above a critical value: first and last position, and whether it goes on."""

    start: int
    stop: int
    ongoing: bool


class Growth(NamedTuple):
    """The root of an explosive stretch with its interval, and the window it comes from."""

    root: float
    low: float
    high: float
    start: int
    stop: int


def smallest_window(n_levels: int) -> int:
    """Give the smallest window, the whole part of (0.01 + 1.8 / sqrt T) T.

    Phillips, Shi and Yu (2015), section 3.
    """
    return int((0.01 + 1.8 / np.sqrt(n_levels)) * n_levels)


def shortest_rows(n_levels: int, *, lags: int = 0, count: Count = "levels") -> int:
    """Give the fewest rows of a regression for a path of ``n_levels``.

    Phillips, Shi and Yu count the levels of a window, of which 1 + ``lags`` serve as its past;
    exuber counts the rows themselves. The statistic differs, so every number names its count.
    """
    window = smallest_window(n_levels)
    return window if count == "differences" else window - 1 - lags


def bsadf(
    paths: Floats,
    *,
    shortest: int,
    lags: int = 0,
    first_end: int = 0,
    one_start: bool = False,
) -> Floats:
    """Give the backward supremum ADF sequence of each path.

    For every end the largest t of b over all starts in
    dy[t] = a + b y[t-1] + sum_j phi_j dy[t-j] + e[t]; Phillips, Shi and Yu (2015), equation 8.

    Parameters
    ----------
    paths : ndarray of float64, shape (n_paths, n_levels)
        No NaN.
    shortest : int
        Fewest rows of a regression, more than ``lags`` + 2; see ``shortest_rows``.
    first_end : int
        Windows that end earlier are left out, where only later ones are asked about.
    one_start : bool
        Only windows that start with the path, the forward recursion of Phillips, Wu and Yu (2011).

    Returns
    -------
    ndarray of float64, shape (n_paths, n_levels)
        Minus infinity at ends with no window, or with flat ones only. A value depends on no
        later level.
    """
    from leadline.kernels import compiled_explosive as compiled

    n_levels = paths.shape[1]
    if not lags + 2 < shortest < n_levels - lags:
        msg = f"Windows of {shortest} rows with {lags} lags do not fit {n_levels} levels."
        raise ValueError(msg)
    paths = np.ascontiguousarray(paths, dtype=np.float64)
    out = np.full(paths.shape, -np.inf)
    n_starts = 1 if one_start else n_levels
    if lags == 0:
        compiled.plain(paths, shortest, n_starts, first_end, out)
    else:
        compiled.with_lags(paths, lags, shortest, n_starts, first_end, out)
    return np.asarray(np.copysign(np.sqrt(np.abs(out)), out))


def statistics(path: Floats, *, shortest: int, lags: int = 0) -> Statistics:
    """Give ADF, SADF and GSADF of one path, shape (n_levels,)."""
    forward = bsadf(path[None, :], shortest=shortest, lags=lags, one_start=True)[0]
    every = bsadf(path[None, :], shortest=shortest, lags=lags)[0]
    return Statistics(float(forward[-1]), float(forward.max()), float(every.max()))


def random_walks(n: int, n_levels: int, rng: Generator) -> Floats:
    """Draw random walks with normal steps and drift 1 / T, shape (n, n_levels).

    The null of Phillips, Shi and Yu (2015), equation 2 with d = eta = 1.
    """
    return np.asarray(np.cumsum(rng.standard_normal((n, n_levels)) + 1.0 / n_levels, axis=1))


def wild(path: Floats, n: int, rng: Generator) -> Floats:
    """Draw paths that move as ``path`` does, each difference times a normal; (n, n_levels).

    Harvey, Leybourne, Sollis and Taylor (2016): the volatility path stays, any root goes.
    """
    steps = np.zeros((n, path.size))
    rng.standard_normal(out=steps)
    steps[:, 0] = 0.0
    steps[:, 1:] *= np.diff(path)
    return np.asarray(np.cumsum(steps, axis=1, out=steps))


def cumulated_signs(paths: Floats) -> Floats:
    """Cumulate the signs of the differences about their median, along the last axis.

    Harvey, Leybourne and Zu (2020): whatever the volatility does, the result does not. They
    leave the drift in and regress without intercept; then a drift of a tenth of a standard
    deviation a step rejects in 28 % of random walks at a nominal 5 %. About the median and with
    the intercept of the other statistics it is 7 %, and power is no less.
    """
    steps = np.diff(paths, axis=-1)
    out = np.zeros(paths.shape)
    np.cumsum(np.sign(steps - np.median(steps, axis=-1, keepdims=True)), axis=-1, out=out[..., 1:])
    return out


def standardised(path: Floats, *, window: int) -> Floats:
    """Cumulate the differences in units of their past volatility, shape (n_levels,).

    The volatility is that of a one-sided uniform kernel over ``window`` differences before.
    """
    steps = np.diff(path)
    return np.concatenate(([0.0], np.cumsum(steps / past_scale(steps, window=window))))


def spells(above: NDArray[np.bool_], *, at_least: int, gap: int) -> list[Spell]:
    """Find stretches of at least ``at_least`` positions that end with ``gap`` of them below.

    Phillips, Shi and Yu (2015) ask for ln T; shorter dips do not end a stretch, nor count as
    its end.
    """
    hits = np.flatnonzero(above)
    if hits.size == 0:
        return []
    cut = np.flatnonzero(np.diff(hits) > gap) + 1
    out = []
    for part in np.split(hits, cut):
        start, stop = int(part[0]), int(part[-1])
        if stop - start + 1 >= at_least:
            out.append(Spell(start, stop, above.size - 1 - stop < gap))
    return out


def growth(path: Floats, stop: int, *, shortest: int, level: float = 0.90) -> Growth:
    """Estimate the root of the window that ends at ``stop`` and has the largest t, without lags.

    With delta = 1 + b, delta^m / (delta^2 - 1) (estimate - delta) tends to a standard Cauchy
    variable (Phillips and Magdalinos 2007, theorem 4.3), whence the interval; a root of at most
    one has none, and its bounds are NaN.
    """
    ends = path[: stop + 1]
    best, root, since = -np.inf, 1.0, 0
    for start in range(stop - shortest + 1):
        x, d = ends[start:-1], np.diff(ends[start:])
        x, d = x - x.mean(), d - d.mean()
        xx, xd = float(x @ x), float(x @ d)
        if xx == 0.0:
            continue
        error = max(float(d @ d) - xd * xd / xx, 0.0) / (d.size - 2) / xx
        t = xd / xx / np.sqrt(error) if error > 0 else np.copysign(np.inf, xd)
        if t > best:
            best, root, since = t, 1.0 + xd / xx, start
    if root <= 1.0:
        return Growth(root, np.nan, np.nan, since, stop)
    spread = float(np.tan(np.pi * level / 2) * (root**2 - 1.0) * root ** (since - stop))
    return Growth(root, root - spread, root + spread, since, stop)


class Values(NamedTuple):
    """Family-wise critical values: of random walks, of the wild bootstrap, and of signs."""

    walks: float
    wild: float
    signs: float


class Frame(NamedTuple):
    """What is fixed before the path is looked at, in positions and counts of levels.

    Windows have at least ``shortest`` rows and ``lags`` lagged differences; ends from
    ``monitored`` on are searched and dated, and the question is about those from ``asked`` on. An
    episode lasts ``at_least`` and ends with ``gap`` below.
    """

    shortest: int
    lags: int
    monitored: int
    asked: int
    at_least: int
    gap: int

    def sequence(self, paths: Floats) -> Floats:
        """Give the BSADF sequence of each path over the monitored ends."""
        return bsadf(paths, shortest=self.shortest, lags=self.lags, first_end=self.monitored)

    def suprema(self, paths: Floats) -> Floats:
        """Give the largest value of each over the monitored ends, GSADF where all are."""
        return np.asarray(self.sequence(paths).max(axis=1))

    def rallies(self, paths: Floats, sequences: Floats) -> Floats:
        """Leave out ends no higher than a smallest window before: a fall may be explosive too."""
        rising = np.zeros(paths.shape, dtype=bool)
        rising[:, self.shortest :] = paths[:, self.shortest :] > paths[:, : -self.shortest]
        return np.where(rising, sequences, -np.inf)

    def episodes(self, sequence: Floats, values: Values) -> list[Spell]:
        """Find the stretches of one sequence above the walks' value that also pass the wild one.

        The wild value is raised by the very rally it judges; dated by it, a rally would begin
        when it is nearly over.
        """
        found = spells(sequence > values.walks, at_least=self.at_least, gap=self.gap)
        return [s for s in found if sequence[s.start : s.stop + 1].max() > values.wild]

    def passes(self, sequence: Floats, values: Values) -> bool:
        """Say whether an episode reaches into what is asked about."""
        return any(spell.stop >= self.asked for spell in self.episodes(sequence, values))


def critical_value(null: Floats, alpha: float) -> float:
    """Give the value above which p = (1 + #{null >= value}) / (1 + n) is at most ``alpha``."""
    rank = int(alpha * (null.size + 1) + 1e-9)
    if rank == 0:
        msg = f"{null.size} draws have no critical value at {alpha:g}; take {1 / alpha - 1:.0f}."
        raise ValueError(msg)
    return float(np.partition(null, null.size - rank)[null.size - rank])


def verdict(sequence: Floats, sign: float, frame: Frame, values: Values) -> int:
    """Apply the rule to one sequence: 1 explosive, 0 explosive or volatile, -1 neither.

    The sequence is that of ``Frame.rallies`` where only a rise counts; ``sign`` is the largest
    statistic of the cumulated signs.
    """
    if sign > values.signs and frame.passes(sequence, values):
        return 1
    return 0 if sequence[frame.asked :].max() > min(values.walks, values.wild) else -1


def found_explosive(
    paths: Floats,
    sequences: Floats,
    frame: Frame,
    values: Values,
    *,
    alpha: float,
    n_wild: int,
    rng: Generator,
) -> NDArray[np.bool_]:
    """Apply the rule to many paths, each with ``n_wild`` draws of its own; shape (n_paths,).

    ``sequences`` are theirs by ``Frame.sequence``; only rises count. Of ``values`` those of random
    walks and signs are used. The wild bootstrap is the costly part: it comes last, and stops once
    the draws at hand deny every episode, which changes no answer.
    """
    sequences = frame.rallies(paths, sequences)
    none = values._replace(wild=-np.inf)
    out = np.array([frame.passes(sequence, none) for sequence in sequences])
    left = np.flatnonzero(out)
    if left.size:
        out[left] = frame.suprema(cumulated_signs(paths[left])) > values.signs
    for at in np.flatnonzero(out):
        drawn = np.full(n_wild, -np.inf)
        for done in range(0, n_wild, WILD_CHUNK):
            few = min(WILD_CHUNK, n_wild - done)
            drawn[done : done + few] = frame.suprema(wild(paths[at], few, rng))
            # What is still to be drawn can only raise the value.
            out[at] = frame.passes(
                sequences[at], values._replace(wild=critical_value(drawn, alpha))
            )
            if not out[at]:
                break
    return out


def planted(steps: Floats, *, root: float, length: int, rise: float) -> Floats:
    """Add to random walks with these steps a rise at the end that grows by ``root`` a step.

    Parameters
    ----------
    steps : ndarray of float64, shape (n, n_levels - 1)
    root : float
        More than one.
    length : int
        Steps that the rise takes, less than n_levels.
    rise : float
        What they sum to.

    Returns
    -------
    ndarray of float64, shape (n, n_levels)
    """
    out = np.cumsum(np.pad(steps, ((0, 0), (1, 0))), axis=1)
    k = np.arange(1, length + 1)
    out[:, -length:] += rise * (root**k - 1.0) / (root**length - 1.0)
    return out
