"""The compiled passes over a scan's tile: one before its way back to lags, one after."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats32 = NDArray[np.float32]
Lags = NDArray[np.int32]


@njit(cache=True, nogil=True)
def fold(rows: Floats32) -> None:
    """Put sum and difference of each row and the one mirrored about the middle in their place."""
    for f in range(rows.shape[0] // 2):
        one, other = rows[f], rows[rows.shape[0] - 1 - f]
        for p in range(one.size):
            a, b = one[p], other[p]
            one[p] = a + b
            other[p] = a - b


@njit(cache=True, nogil=True, error_model="numpy")
def tops(  # noqa: PLR0913, PLR0917  (one loop over arrays of one shape)
    even: Floats32,
    odd: Floats32,
    even_squares: Floats32,
    odd_squares: Floats32,
    floor: Floats32,
    least: Lags,
    least_back: Lags,
    most: int,
    guard: int,
) -> tuple[Floats32, Lags, Floats32, Floats32, Floats32, Lags, Floats32, Floats32]:
    """Give statistic, lag, sum and the largest |statistic| beyond ``guard``, forth and back.

    Every array holds a row a lag from 0 and a column a pair; even plus odd part is lag k, even
    less odd lag -k. A lag below ``least`` does not count, nor one whose squares stay below
    ``floor``. The squares are overwritten.
    """
    n_pairs = floor.size
    zero = np.float32(0)
    top, top_back = np.zeros(n_pairs, np.float32), np.zeros(n_pairs, np.float32)
    lag, lag_back = np.zeros(n_pairs, np.int32), np.zeros(n_pairs, np.int32)
    second, second_back = np.zeros(n_pairs, np.float32), np.zeros(n_pairs, np.float32)
    for row in range(most + 1):
        k = np.int32(row)
        e, o, ee, oo = even[row], odd[row], even_squares[row], odd_squares[row]
        for p in range(n_pairs):
            ahead, behind = e[p] + o[p], e[p] - o[p]
            squares, squares_back = ee[p] + oo[p], ee[p] - oo[p]
            ratio = ahead * ahead / max(squares, floor[p])
            ratio_back = behind * behind / max(squares_back, floor[p])
            ratio = ratio if (k >= least[p]) & (squares > floor[p]) else zero
            counts = (k >= least_back[p]) & (squares_back > floor[p])
            ratio_back = ratio_back if counts else zero
            lag[p] = k if ratio > top[p] else lag[p]
            lag_back[p] = k if ratio_back > top_back[p] else lag_back[p]
            top[p] = max(ratio, top[p])
            top_back[p] = max(ratio_back, top_back[p])
            ee[p] = ratio
            oo[p] = ratio_back
    for row in range(most + 1):
        k = np.int32(row)
        ee, oo = even_squares[row], odd_squares[row]
        for p in range(n_pairs):
            far = ee[p] if abs(k - lag[p]) > guard else zero
            far_back = oo[p] if abs(k - lag_back[p]) > guard else zero
            second[p] = max(far, second[p])
            second_back[p] = max(far_back, second_back[p])
    total, total_back = np.empty(n_pairs, np.float32), np.empty(n_pairs, np.float32)
    for p in range(n_pairs):
        ahead = even[lag[p], p] + odd[lag[p], p]
        behind = even[lag_back[p], p] - odd[lag_back[p], p]
        total[p] = ahead if top[p] > zero else zero
        total_back[p] = behind if top_back[p] > zero else zero
        top[p] = np.copysign(np.sqrt(top[p]), ahead)
        top_back[p] = np.copysign(np.sqrt(top_back[p]), behind)
        second[p] = np.sqrt(second[p])
        second_back[p] = np.sqrt(second_back[p])
    return top, lag, total, second, top_back, lag_back, total_back, second_back


@njit(cache=True, nogil=True)
def largest(even: Floats32, odd: Floats32, weight: Floats32) -> Floats32:
    """Give the largest |sum times weight| of every pair over a window of lags.

    Row m of even plus odd part is the lag m after the window's middle, even less odd that before
    it; row i of ``weight`` is the window's i-th lag.
    """
    half = even.shape[0] - 1
    n_pairs = even.shape[1]
    top = np.zeros(n_pairs, np.float32)
    for m in range(half + 1):
        e, o, after, before = even[m], odd[m], weight[half + m], weight[half - m]
        for p in range(n_pairs):
            one = abs((e[p] + o[p]) * after[p])
            other = abs((e[p] - o[p]) * before[p])
            top[p] = max(one, other, top[p])
    return top
