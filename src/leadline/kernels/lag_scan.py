"""Which series' past goes with the present of which other, and at what lag, for all pairs."""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.kernels import cross_spectra as cs

Method = Literal["auto", "spectra", "gemm"]
GUARD = 1
"""Lags this near to the peak belong to it."""
FLOOR = 64 * float(np.finfo(np.float32).eps)
"""Least sum of squares, in norms of squares: below, single precision may see its own rounding."""
ROWS_AT_A_TIME = 5
"""Tiles of rows whose spectra stay in the cache that cores share."""
GEMM_COST = 0.65
"""A multiplication of a product a lag, in those of the product over hops (benchmarks/scan.py)."""


class Block:
    """Innovations of some series on one calendar, with what their scan computes only once.

    Parameters
    ----------
    values : array of NumPy, PyTorch or CuPy, shape (n_series, n_obs)
        Prewhitened, of mean zero; NaN where there is none. Kept in float32 with unit root mean
        square and zeros where missing: as products vanish where either is missing, every sum over
        them takes the days that both have, whatever the gaps.
    """

    def __init__(self, values: Any) -> None:
        module = cs.module_of(values)
        finite = module.isfinite(values)
        known = values if bool(finite.all()) else module.where(finite, values, 0.0)
        count = module.count_nonzero(known, 1)
        power = module.sum(known**2, 1)
        # A series without a single move stays at zero.
        scale = module.sqrt(module.where(power > 0, power, 1.0) / module.where(power > 0, count, 1))
        self.values = cs.zeros(tuple(values.shape), values)
        self.values[:] = known / scale[:, None]
        self.squares = self.values**2
        self.norms = module.sqrt(module.sum(self.squares**2, 1))
        self.has_gaps = bool((count < values.shape[1]).any())
        self._kept: dict[tuple[str, cs.Window], tuple[list[Any], list[Any]]] = {}
        self._lock = Lock()

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of series and of observations."""
        n_series, n_obs = self.values.shape
        return int(n_series), int(n_obs)

    def spectra(
        self, role: Literal["leading", "following"], given: cs.Window
    ) -> tuple[list[Any], list[Any]]:
        """Give the spectra of values and squares in tiles; they stay for the next call."""
        with self._lock:
            if (role, given) not in self._kept:
                made = cs.leading if role == "leading" else cs.following
                self._kept[role, given] = made(self.values, given), made(self.squares, given)
            return self._kept[role, given]


class Best(NamedTuple):
    """The best lag of every pair in one direction; each field has shape (n_rows, n_columns).

    Attributes
    ----------
    t : ndarray of float32
        The self-normalised statistic that is largest in size, with its sign; 0 where no lag counts.
    lag : ndarray of int16
        Observations by which the one moved before the other; 0 where no lag counts.
    r : ndarray of float32
        Correlation at that lag; where series have gaps it is taken over as many days as both have
        at lag 0, and so an approximation.
    second : ndarray of float32
        The largest |t| at the lags farther than ``GUARD`` from that one.
    """

    t: NDArray[np.float32]
    lag: NDArray[np.int16]
    r: NDArray[np.float32]
    second: NDArray[np.float32]


class Tile(NamedTuple):
    """A rectangle of pairs in both directions, rows by columns.

    ``forward`` holds the rows' series moving before the columns', ``backward`` the columns' before
    the rows'; ``t0`` and ``r0`` are statistic and correlation on the same day, and ``n_obs`` the
    number of days that both have.
    """

    forward: Best
    backward: Best
    t0: NDArray[np.float32]
    r0: NDArray[np.float32]
    n_obs: NDArray[np.int32]


def best_lags(
    rows: Block,
    columns: Block,
    *,
    max_lag: int,
    min_lag: Any = 1,
    min_lag_back: Any = 1,
    method: Method = "auto",
) -> Tile:
    """Find for every pair of a row's and a column's series the lag with the largest |t|.

    ``t_k = sum z / sqrt(sum z^2)`` with ``z = u_t v_{t+k}`` (Dalla, Giraitis and Phillips 2022,
    eq. 2.6), over the days that both series have, in single precision: off by less than
    ``1e-3 (1 + |t|)``. A lag at which the squares' sum is below ``FLOOR`` times the product of
    their norms, as where no day is shared, does not count.

    Parameters
    ----------
    max_lag : int
        Largest lag searched, in either direction; fewer than the observations.
    min_lag, min_lag_back : int or array of int, shape (n_rows, n_columns)
        Smallest lag searched where the row leads, and where the column does. Where ``rows`` is
        ``columns`` itself, the latter is the former's transpose and not asked for.
    method : {"auto", "spectra", "gemm"}
        By cross-spectra of blocks, or by a matrix product a lag; "auto" takes the cheaper.

    Raises
    ------
    ValueError
        Where blocks differ in their days, or ``max_lag`` is no lag of theirs.
    """
    check(rows, columns, max_lag)
    sums = _sums(rows, columns, max_lag, method)
    same = rows is columns
    out = _empty(rows.shape[0], columns.shape[0], same=same)
    least = of_pairs(min_lag, out.t0.shape)
    least_back = least.T if same else of_pairs(min_lag_back, out.t0.shape)
    for i, j in _places(rows, columns):
        if same and j.start < i.start:
            continue
        pairs = _Pairs(rows, columns, i, j)
        found = _tile(pairs, sums, (least[i, j], least_back[i, j]), max_lag)
        _put(out, found, i, j)
        if same:
            for whole, part in zip(out[2:], found[2:], strict=True):
                whole[j, i] = part.T
    return out


def check(rows: Block, columns: Block, max_lag: int) -> None:
    """Raise ValueError where two blocks cannot be searched together at such a lag."""
    if rows.shape[1] != columns.shape[1]:
        msg = f"Blocks of {rows.shape[1]} and {columns.shape[1]} days have no common calendar."
        raise ValueError(msg)
    if not 0 <= max_lag < rows.shape[1]:
        msg = f"Lag {max_lag} of {rows.shape[1]} days: expected 0 to {rows.shape[1] - 1}."
        raise ValueError(msg)


Sums = Callable[[int, int], tuple[Any, Any, Any, Any]]
"""Even and odd part of the sums of a tile about lag 0, then those of their squares."""


def _sums(rows: Block, columns: Block, max_lag: int, method: Method) -> Sums:
    n_obs = rows.shape[1]
    given = cs.window(-max_lag, max_lag, n_obs)
    if method == "auto":
        by_lag = GEMM_COST * (2 * max_lag + 1) * n_obs
        method = "spectra" if given.cost < by_lag else "gemm"
    if method == "gemm":
        return _by_lag(rows, columns, max_lag)
    leaders, followers = rows.spectra("leading", given), columns.spectra("following", given)
    back = cs.Back(given, rows.values)

    def sums(i: int, j: int) -> tuple[Any, Any, Any, Any]:
        return (
            *back.sums(leaders[0][i], followers[0][j], 0),
            *back.sums(leaders[1][i], followers[1][j], 1),
        )

    return sums


def _by_lag(rows: Block, columns: Block, max_lag: int) -> Sums:
    step = cs.tile_size(rows.values)
    n_obs = rows.shape[1]

    def parts(u: Any, v: Any) -> tuple[Any, Any]:
        even = cs.zeros((max_lag + 1, u.shape[0], v.shape[0]), u)
        odd = cs.zeros((max_lag + 1, u.shape[0], v.shape[0]), u)
        for k in range(max_lag + 1):
            ahead = u[:, : n_obs - k] @ v[:, k:].T
            behind = u[:, k:] @ v[:, : n_obs - k].T if k else ahead
            even[k] = (ahead + behind) / 2
            odd[k] = (ahead - behind) / 2
        return even.reshape(max_lag + 1, -1), odd.reshape(max_lag + 1, -1)

    def sums(i: int, j: int) -> tuple[Any, Any, Any, Any]:
        row, column = slice(i * step, (i + 1) * step), slice(j * step, (j + 1) * step)
        return (
            *parts(rows.values[row], columns.values[column]),
            *parts(rows.squares[row], columns.squares[column]),
        )

    return sums


def _places(rows: Block, columns: Block) -> Iterator[tuple[slice, slice]]:
    """Give the tiles of a rectangle, so that a column's spectra serve several rows at a time."""
    step = cs.tile_size(rows.values)
    (n_rows, _), (n_columns, _) = rows.shape, columns.shape
    for group in range(0, n_rows, ROWS_AT_A_TIME * step):
        for j in range(0, n_columns, step):
            for i in range(group, min(group + ROWS_AT_A_TIME * step, n_rows), step):
                yield slice(i, min(i + step, n_rows)), slice(j, min(j + step, n_columns))


def of_pairs(value: Any, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """Give a bound for every pair where it may be one for all."""
    return np.broadcast_to(np.asarray(value, dtype=np.int32), shape)


def _empty(n_rows: int, n_columns: int, *, same: bool) -> Tile:
    """Make room for all pairs; where both sides are the same, one direction holds the other."""

    def of(kind: type) -> Any:
        return np.empty((n_rows, n_columns), dtype=kind)

    def best() -> Best:
        return Best(of(np.float32), of(np.int16), of(np.float32), of(np.float32))

    forward = best()
    t, lag, r, second = forward
    back = Best(t.T, lag.T, r.T, second.T) if same else best()
    return Tile(forward, back, of(np.float32), of(np.float32), of(np.int32))


def _fields(tile: Tile) -> tuple[Any, ...]:
    return (*tile.forward, *tile.backward, tile.t0, tile.r0, tile.n_obs)


def _put(whole: Tile, part: Tile, i: slice, j: slice) -> None:
    for into, found in zip(_fields(whole), _fields(part), strict=True):
        into[i, j] = found


def floor(rows: Block, columns: Block, i: slice, j: slice) -> Any:
    """Give the least sum of squares that single precision tells from nothing, a pair."""
    one, other = rows.norms[i], columns.norms[j]
    # Two silent series have a ratio of zero, not none.
    return (FLOOR * one[:, None] * other[None] + 1e-30).reshape(-1)


class _Pairs(NamedTuple):
    """The pairs of one tile."""

    rows: Block
    columns: Block
    i: slice
    j: slice

    @property
    def shape(self) -> tuple[int, int]:
        return self.i.stop - self.i.start, self.j.stop - self.j.start

    def n_obs(self) -> Any:
        """Count the days that both have."""
        if not (self.rows.has_gaps or self.columns.has_gaps):
            return np.full(self.shape, self.rows.shape[1]).reshape(-1)
        known = []
        for values in (self.rows.values[self.i], self.columns.values[self.j]):
            known.append(cs.zeros(tuple(values.shape), values))
            known[-1][:] = values != 0
        return host((known[0] @ known[1].T).reshape(-1))


def _tile(
    pairs: _Pairs,
    sums: Sums,
    least: tuple[NDArray[np.int32], NDArray[np.int32]],
    max_lag: int,
) -> Tile:
    step = cs.tile_size(pairs.rows.values)
    parts = sums(pairs.i.start // step, pairs.j.start // step)
    least_squares = floor(pairs.rows, pairs.columns, pairs.i, pairs.j)
    n_obs, shape = pairs.n_obs(), pairs.shape
    same_day = host(parts[0][0] + 0)
    t0 = host(parts[0][0] * root(parts[2][0], least_squares))
    find = _tops if cs.module_of(least_squares) is np else _tops_elsewhere
    found = find(parts, least_squares, least, max_lag)
    per_day = (1 / np.maximum(n_obs, 1)).astype(np.float32)

    def correlation(total: Any) -> Any:
        return np.clip(total * per_day, -1, 1).reshape(shape)

    def best(t: Any, lag: Any, total: Any, second: Any) -> Best:
        return Best(t.reshape(shape), lag.reshape(shape), correlation(total), second.reshape(shape))

    return Tile(
        best(*found[:4]),
        best(*found[4:]),
        t0.reshape(shape),
        correlation(same_day),
        n_obs.reshape(shape),
    )


def root(squares: Any, floor: Any) -> Any:
    """Give what turns sums into statistics; 0 where squares cannot be told from nothing."""
    module = cs.module_of(squares)
    return module.where(squares > floor, module.maximum(squares, floor) ** -0.5, 0.0)


def host(array: Any) -> Any:
    """Bring an array of any module to NumPy."""
    if hasattr(array, "cpu"):
        return array.cpu().numpy()
    return array.get() if hasattr(array, "get") else np.asarray(array)


def _tops(
    parts: tuple[Any, Any, Any, Any],
    floor: Any,
    least: tuple[NDArray[np.int32], NDArray[np.int32]],
    max_lag: int,
) -> tuple[Any, ...]:
    """Give statistic, lag, sum and second statistic at the best lag, forward and backward."""
    from leadline.kernels import compiled_lag_scan

    forth, back = (np.ascontiguousarray(one).reshape(-1) for one in least)
    found: tuple[Any, ...] = compiled_lag_scan.tops(*parts, floor, forth, back, max_lag, GUARD)
    return found


def _tops_elsewhere(
    parts: tuple[Any, Any, Any, Any],
    floor: Any,
    least: tuple[NDArray[np.int32], NDArray[np.int32]],
    max_lag: int,
) -> tuple[Any, ...]:
    """Do the same with what every array module has."""
    even, odd, even_squares, odd_squares = (part[: max_lag + 1] for part in parts)
    module = cs.module_of(even)
    lags = cs.like_of(np.arange(max_lag + 1)[:, None], even)
    pairs = cs.like_of(np.arange(floor.shape[0]), even)
    out = []
    for total, squares, smallest in (
        (even + odd, even_squares + odd_squares, least[0]),
        (even - odd, even_squares - odd_squares, least[1]),
    ):
        counts = lags >= cs.like_of(np.ascontiguousarray(smallest).reshape(-1), even)
        counts &= squares > floor
        ratio = module.where(counts, total**2 / module.maximum(squares, floor), 0.0)
        lag = module.argmax(ratio, 0)
        far = abs(lags - lag) > GUARD
        second = module.sqrt(module.amax(module.where(far, ratio, 0.0), 0))
        top, at_best = ratio[lag, pairs], total[lag, pairs]
        t = module.sign(at_best) * module.sqrt(top)
        out += [t, lag, module.where(top > 0, at_best, 0.0), second]
    return tuple(host(field) for field in out)
