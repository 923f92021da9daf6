"""The loops behind ``explosive``, compiled; imported only by the functions that run them."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLAT = 1e-12
"""A window with less than this share of the sum of squares up to its end is flat: what is left of
it are rounding errors."""
PERFECT = 1e-14
"""A fit that leaves less than this share of the variance is taken to leave as much."""
BLOCK = 256


@njit(cache=True, nogil=True, error_model="numpy")
def plain(paths: Floats, shortest: int, n_starts: int, first_end: int, out: Floats) -> None:
    """Put signed squares of the largest t of each window end into ``out``; no lagged differences.

    Row t holds x = y[t - 1] and d = y[t] - y[t - 1]. For m rows with A = m Sxd - Sx Sd,
    B = m Sxx - Sx^2 and C = m Sdd - Sd^2, t |t| = (m - 2) A |A| / (B C - A^2): no root, one
    division. Sd telescopes and so does 2 Sxd = y[j]^2 - y[i]^2 - Sdd, so three running sums do.
    The windows that begin at i update the best of all their ends side by side; without a
    reduction the loop runs on vectors, and in the same order on every machine.
    """
    n_paths, n = paths.shape
    rows = np.arange(n).astype(np.float64)
    y, squares = np.empty(n), np.empty(n)
    sum_x, sum_xx, sum_dd = np.zeros(n), np.zeros(n), np.zeros(n)
    for p in range(n_paths):
        centre = paths[p].mean()
        for t in range(n):
            y[t] = paths[p, t] - centre
            squares[t] = y[t] * y[t]
        for t in range(1, n):
            step = y[t] - y[t - 1]
            sum_x[t] = sum_x[t - 1] + y[t - 1]
            sum_xx[t] = sum_xx[t - 1] + squares[t - 1]
            sum_dd[t] = sum_dd[t - 1] + step * step
        for i in range(min(n_starts, n - shortest)):
            first = max(i + shortest, first_end)
            y_i, squares_i, x_i, xx_i, dd_i = y[i], squares[i], sum_x[i], sum_xx[i], sum_dd[i]
            # Views from zero on: with an offset in the index the loop would not run on vectors.
            y_j, squares_j, x_j = y[first:], squares[first:], sum_x[first:]
            xx_j, dd_j = sum_xx[first:], sum_dd[first:]
            m_j, best = rows[first - i :], out[p, first:]
            for k in range(n - first):
                m = m_j[k]
                dd = dd_j[k] - dd_i
                x = x_j[k] - x_i
                d = y_j[k] - y_i
                a = m * (0.5 * (squares_j[k] - squares_i - dd)) - x * d
                b = m * (xx_j[k] - xx_i) - x * x
                c = m * dd - d * d
                whole = b * c
                signed = (m - 2.0) * a * abs(a) / max(whole - a * a, PERFECT * whole)
                sound = (b > FLAT * m * xx_j[k]) & (c > FLAT * m * dd_j[k])
                signed = signed if sound else -np.inf
                best[k] = max(signed, best[k])


@njit(cache=True, nogil=True, error_model="numpy")
def with_lags(
    paths: Floats, lags: int, shortest: int, n_starts: int, first_end: int, out: Floats
) -> None:
    """Do the same with ``lags`` lagged differences, swept out of x and d window by window.

    The columns are x, the lagged differences, d; sweeping a column from the centred
    cross-products leaves those of the residuals (Frisch and Waugh 1933), from which t follows as
    without lags. Windows are taken BLOCK ends at a time, so that each step runs on vectors.
    """
    n_paths, n = paths.shape
    size = lags + 2
    n_rows = n - 1 - lags
    rows = np.arange(n).astype(np.float64)
    sums = np.zeros((size, n_rows + 1))
    products = np.zeros((size, size, n_rows + 1))
    centred = np.empty((size, size, BLOCK))
    for p in range(n_paths):
        _running_sums(paths[p], lags, sums, products)
        for i in range(min(n_starts, n_rows - shortest + 1)):
            # A window's rows end at ``end`` (exclusive); its last level is end + lags.
            for end in range(max(i + shortest, first_end - lags), n_rows + 1, BLOCK):
                width = min(BLOCK, n_rows + 1 - end)
                m_j = rows[end - i :]
                _cross_products(sums, products, i, end, width, centred)
                for s in range(1, size - 1):
                    _sweep(centred, s, width, m_j, products[size - 1, size - 1, end:])
                _keep_the_best(centred, products, end, width, m_j, out[p, end + lags :])


@njit(cache=True, nogil=True, error_model="numpy")
def _running_sums(path: Floats, lags: int, sums: Floats, products: Floats) -> None:
    """Sum the columns and their products over the rows so far; lower triangle."""
    n = path.size
    size = lags + 2
    n_rows = n - 1 - lags
    y = path - path.mean()
    steps = y[1:] - y[:-1]
    values = np.empty((size, n_rows))
    values[0] = y[lags : n - 1]
    for s in range(1, size):
        # The differences of 1 to ``lags`` ago, and last the row's own.
        ago = s if s <= lags else 0
        values[s] = steps[lags - ago : n - 1 - ago]
    for k in range(size):
        for r in range(n_rows):
            sums[k, r + 1] = sums[k, r] + values[k, r]
        for h in range(k + 1):
            for r in range(n_rows):
                products[k, h, r + 1] = products[k, h, r] + values[k, r] * values[h, r]


@njit(cache=True, nogil=True, error_model="numpy")
def _cross_products(
    sums: Floats, products: Floats, i: int, end: int, width: int, centred: Floats
) -> None:
    """Centre the products of the windows that begin at ``i``, times their rows."""
    for k in range(sums.shape[0]):
        for h in range(k + 1):
            sum_k, sum_h, product = sums[k, end:], sums[h, end:], products[k, h, end:]
            before_k, before_h, before = sums[k, i], sums[h, i], products[k, h, i]
            cell = centred[k, h]
            for j in range(width):
                whole = (end - i + j) * (product[j] - before)
                cell[j] = whole - (sum_k[j] - before_k) * (sum_h[j] - before_h)


@njit(cache=True, nogil=True, error_model="numpy")
def _sweep(centred: Floats, s: int, width: int, m_j: Floats, dd_j: Floats) -> None:
    """Take column ``s`` out of x, of the later columns and of d."""
    pivot = centred[s, s]
    for k in range(centred.shape[0]):
        for h in range(k + 1):
            # Columns 1 to s are done with; only x stands before them.
            if 0 < k <= s or 0 < h <= s:
                continue
            left = centred[k, s] if k > s else centred[s, k]
            right = centred[h, s] if h > s else centred[s, h]
            cell = centred[k, h]
            for j in range(width):
                # A difference that hardly moves in the window explains nothing in it.
                moves = pivot[j] > FLAT * m_j[j] * dd_j[j]
                cell[j] -= left[j] * right[j] / pivot[j] if moves else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_the_best(
    centred: Floats, products: Floats, end: int, width: int, m_j: Floats, best: Floats
) -> None:
    """Turn what is left of x and d into signed squares of t."""
    last = centred.shape[0] - 1
    lags = last - 1
    xx, dx, dd = centred[0, 0], centred[last, 0], centred[last, last]
    xx_j, dd_j = products[0, 0, end:], products[last, last, end:]
    for j in range(width):
        whole = xx[j] * dd[j]
        left = max(whole - dx[j] * dx[j], PERFECT * whole)
        signed = (m_j[j] - 2.0 - lags) * dx[j] * abs(dx[j]) / left
        sound = (xx[j] > FLAT * m_j[j] * xx_j[j]) & (dd[j] > FLAT * m_j[j] * dd_j[j])
        signed = signed if sound else -np.inf
        best[j] = max(signed, best[j])
