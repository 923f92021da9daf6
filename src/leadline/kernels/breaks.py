"""Whether a mean changed, and when."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.kernels.cross_correlation import p_value
from leadline.kernels.resample import signs

Floats = NDArray[np.float64]


class Break(NamedTuple):
    """The likeliest break: its position, both means, and the p that pays for the search."""

    position: int
    before: float
    after: float
    statistic: float
    p_value: float


def sup_t(x: Floats, *, trim: float, n_resamples: int, rng: Generator, sign: int = 1) -> Break:
    """Test for a change in mean at an unknown time.

    The largest studentised difference of means over all splits that leave ``trim`` on either
    side, the signed root of the sup-F of Andrews (1993); its null keeps the volatility path by
    giving deviations random signs (wild bootstrap, Hansen 2000).

    Parameters
    ----------
    sign : {1, -1}
        +1 for a rise.
    """
    n = x.size
    splits = np.arange(max(int(trim * n), 2), n - max(int(trim * n), 2) + 1)
    centred = x - x.mean()

    def statistics(values: Floats) -> Floats:
        total = np.cumsum(values, axis=-1)
        first = total[..., splits - 1]
        whole = total[..., -1:]
        difference = (whole - first) / (n - splits) - first / splits
        squares = np.cumsum(values**2, axis=-1)
        a, b = squares[..., splits - 1], squares[..., -1:] - squares[..., splits - 1]
        error = np.sqrt(a / splits**2 + b / (n - splits) ** 2)
        return np.asarray(sign * difference / np.maximum(error, 1e-300))

    found = statistics(centred)
    best = int(np.argmax(found))
    at = int(splits[best])
    null = statistics(signs(n_resamples, n, rng) * centred).max(axis=1)
    return Break(
        position=at,
        before=float(x[:at].mean()),
        after=float(x[at:].mean()),
        statistic=float(found[best]),
        p_value=p_value(float(found[best]), null),
    )
