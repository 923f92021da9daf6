"""What the search for the best lags finds where no series follows another."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.kernels import cross_spectra as cs
from leadline.kernels import lag_scan

Listed = tuple[Any, Any]


class Resampled(NamedTuple):
    """The largest |t| that chance reaches, one row a resample.

    Attributes
    ----------
    forward, backward : ndarray of float32, shape (n_resamples, n_listed)
        Over the lags of each listed pair of that direction.
    rest : ndarray of float32, shape (n_resamples,)
        Over the lags of all pairs of both directions that are neither listed nor skipped.
    """

    forward: NDArray[np.float32]
    backward: NDArray[np.float32]
    rest: NDArray[np.float32]


def best_lags_resampled(  # noqa: PLR0913  (two directions with a search and a list each)
    rows: lag_scan.Block,
    columns: lag_scan.Block,
    signs: NDArray[np.int8],
    *,
    max_lag: int,
    min_lag: Any = 1,
    min_lag_back: Any = 1,
    listed: Listed = ((), ()),
    listed_back: Listed = ((), ()),
    skip: NDArray[np.bool_] | None = None,
) -> Resampled:
    """Draw what the search of ``lag_scan.best_lags`` finds where no series follows another.

    The followers' innovations get random signs, the same for all series of the cross-section, so
    that their sizes, and all that series have in common on a day, stay where they were (Shao
    2010; Chernozhukov, Chetverikov and Kato 2013).

    Parameters
    ----------
    signs : ndarray of int8, shape (n_resamples, n_obs)
        +1 and -1, the same for every rectangle of one scan.
    listed, listed_back : pairs of index arrays (row, column)
        Pairs whose own maxima are wanted, where the row leads and where the column does.
    skip : ndarray of bool, shape (n_rows, n_columns), optional
        Pairs that are not to count in ``rest``, such as a series with itself.

    Notes
    -----
    Where ``rows`` is ``columns`` itself, one direction holds all ordered pairs: only ``listed``
    is looked at, and ``backward`` is empty.
    """
    lag_scan.check(rows, columns, max_lag)
    shape = (rows.shape[0], columns.shape[0])
    out = np.zeros(shape, dtype=bool) if skip is None else skip
    least = lag_scan.of_pairs(min_lag, shape)
    forward, rest = _drawn(rows, columns, signs, max_lag, least=least, listed=listed, skip=out)
    if rows is columns:
        return Resampled(forward, np.empty((signs.shape[0], 0), np.float32), rest)
    least = lag_scan.of_pairs(min_lag_back, shape).T
    backward, other = _drawn(
        columns, rows, signs, max_lag, least=least, listed=listed_back[::-1], skip=out.T
    )
    return Resampled(forward, backward, np.maximum(rest, other))


def _drawn(
    leaders: lag_scan.Block,
    followers: lag_scan.Block,
    signs: NDArray[np.int8],
    max_lag: int,
    *,
    least: NDArray[np.int32],
    listed: Listed,
    skip: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    given = cs.window(0, -(-max_lag // 2), leaders.shape[1])
    leading, leading_squares = leaders.spectra("leading", given)
    following_squares = followers.spectra("following", given)[1]
    back, forward = cs.Back(given, leaders.values), cs.Forward(given, leaders.values)
    row, column = (np.asarray(index, dtype=np.intp) for index in listed)
    apart = skip.copy()
    apart[row, column] = True
    own = np.zeros((signs.shape[0], row.size), dtype=np.float32)
    rest = np.zeros(signs.shape[0], dtype=np.float32)
    step = cs.tile_size(leaders.values)
    for j in range(0, followers.shape[0], step):
        place = slice(j, j + step)
        values = followers.values[place]
        weights = []
        for n, squares in enumerate(leading_squares):
            i = slice(n * step, (n + 1) * step)
            parts = back.sums(squares, following_squares[j // step])
            floor = lag_scan.floor(leaders, followers, i, place)
            weights.append(_weight(*parts, floor, least[i, place], max_lag))
        here = np.flatnonzero((column >= j) & (column < j + step))
        counted = ~apart[:, place]
        for b, sign in enumerate(signs):
            drawn = forward.signed(values, cs.like_of(sign.astype(np.float32), values))
            tops = [
                _largest(*back.sums(one, drawn), weight)
                for one, weight in zip(leading, weights, strict=True)
            ]
            top = np.concatenate(tops).reshape(leaders.shape[0], -1)
            own[b, here] = top[row[here], column[here] - j]
            rest[b] = max(rest[b], float(np.max(top, initial=0.0, where=counted)))
    return own, rest


def _weight(even: Any, odd: Any, floor: Any, least: NDArray[np.int32], max_lag: int) -> Any:
    """Give what turns sums into statistics, a row a lag; 0 where the lag does not count."""
    module = cs.module_of(even)
    half = even.shape[0] - 1
    total = cs.zeros((2 * half + 1, even.shape[1]), even)
    total[half:] = even + odd
    total[:half] = module.flip(even[1:] - odd[1:], (0,))
    lags = np.arange(2 * half + 1)[:, None]
    counts = (lags >= np.ascontiguousarray(least).reshape(-1)) & (lags <= max_lag)
    return module.where(cs.like_of(counts, even), lag_scan.root(total, floor), 0.0)


def _largest(even: Any, odd: Any, weight: Any) -> NDArray[np.float32]:
    """Give every pair's largest |t|."""
    module = cs.module_of(even)
    if module is np:
        from leadline.kernels import compiled_lag_scan

        return compiled_lag_scan.largest(even, odd, weight)
    half = even.shape[0] - 1
    after = abs((even + odd) * weight[half:])
    before = abs((even - odd) * module.flip(weight[: half + 1], (0,)))
    return np.asarray(lag_scan.host(module.amax(module.maximum(after, before), 0)))
