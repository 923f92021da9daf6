"""The compiled loop over all leaders of one follower."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LANES = 64
"""Leaders side by side, so that every step is one over a row of numbers."""


@njit(cache=True, nogil=True, error_model="numpy")
def explained(  # noqa: C901, PLR0912, PLR0917  (one loop nest over small matrices)
    cross: Floats,
    own: Floats,
    factor: Floats,
    target: Floats,
    tested: int,
    least: float,
    out: Floats,
    rest: Floats,
) -> None:
    """Split what all leaders' lags add for one follower into the tested lags' part and the others'.

    Parameters
    ----------
    cross : ndarray, shape (order + 1, order + 1, n)
        Moments of the follower's columns with each leader's; column 0 is the value to be explained.
    own : ndarray, shape (order + 1, order + 1, n)
        Moments of each leader's columns with one another.
    factor : ndarray, shape (order, order)
        Lower Cholesky factor of the moments of the follower's lags.
    target : ndarray, shape (order,)
        The value to be explained on those lags, once they are orthonormal.
    out, rest : ndarray, shape (n,)
        Sums of squares explained by the tested lags after all others, and by those others; NaN
        where a lag's share of its own that is left is below ``least``.
    """
    order = factor.shape[0]
    n = out.size
    g = np.empty((order, order, LANES))
    s = np.empty((order, order, LANES))
    r = np.empty((order, LANES))
    for start in range(0, n, LANES):
        width = min(LANES, n - start)
        for b in range(order):
            for a in range(order):
                one = cross[a + 1, b + 1, start : start + width]
                row = g[a, b]
                for x in range(width):
                    row[x] = one[x]
                for c in range(a):
                    f = factor[a, c]
                    for x in range(width):
                        row[x] -= f * g[c, b, x]
                f = 1 / factor[a, a]
                for x in range(width):
                    row[x] *= f
        # Untested lags come first, so that the tested ones are what is left after them.
        for a in range(order):
            i = order - 1 - a
            row = r[a]
            for x in range(width):
                row[x] = cross[0, i + 1, start + x]
            for c in range(order):
                f = target[c]
                for x in range(width):
                    row[x] -= f * g[c, i, x]
            for b in range(a + 1):
                j = order - 1 - b
                row = s[a, b]
                for x in range(width):
                    row[x] = own[i + 1, j + 1, start + x]
                for c in range(order):
                    for x in range(width):
                        row[x] -= g[c, i, x] * g[c, j, x]
        for x in range(width):
            out[start + x] = 0.0
            rest[start + x] = 0.0
        for a in range(order):
            i = order - 1 - a
            for b in range(a):
                for c in range(b):
                    for x in range(width):
                        s[a, b, x] -= s[a, c, x] * s[b, c, x]
                for x in range(width):
                    s[a, b, x] *= s[b, b, x]
                for x in range(width):
                    s[a, a, x] -= s[a, b, x] * s[a, b, x]
                for x in range(width):
                    r[a, x] -= s[a, b, x] * r[b, x]
            into = out if i < tested else rest
            for x in range(width):
                left = s[a, a, x]
                whole = own[i + 1, i + 1, start + x]
                # From here on the diagonal holds the inverse of the factor's.
                s[a, a, x] = 1 / np.sqrt(left) if left > least * whole else np.nan
            for x in range(width):
                r[a, x] *= s[a, a, x]
                into[start + x] += r[a, x] * r[a, x]
