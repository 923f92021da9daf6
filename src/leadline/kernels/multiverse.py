"""Many defensible specifications under the same resamples: one joint answer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]


class Joint(NamedTuple):
    """Joint evidence of a specification curve (Simonsohn, Simmons and Nelson 2020)."""

    z: Floats
    median: float
    p: float
    share_significant: float
    p_share: float
    null_low: Floats
    null_high: Floats


def joint(observed: Floats, null: Floats, *, band: float = 0.90) -> Joint:
    """Judge all specifications at once by the median of their studentised statistics.

    Parameters
    ----------
    observed : ndarray of float64, shape (n_specifications,)
    null : ndarray of float64, shape (n_resamples, n_specifications)
        Row b holds every specification's statistic on the same resampled history.

    Returns
    -------
    Joint
        ``null_low`` and ``null_high`` bound the sorted z of ``band`` of the resamples.
    """
    mean = null.mean(axis=0)
    spread = np.maximum(null.std(axis=0), 1e-12)
    z = (observed - mean) / spread
    z_null = (null - mean) / spread
    median = float(np.median(z))
    own = np.quantile(z_null, 0.95, axis=0)
    share = float(np.mean(z > own))
    tail = (1 - band) / 2
    ordered = np.sort(z_null, axis=1)
    return Joint(
        z=z,
        median=median,
        p=p_value(median, np.median(z_null, axis=1)),
        share_significant=share,
        p_share=p_value(share, np.mean(z_null > own, axis=1)),
        null_low=np.quantile(ordered, tail, axis=0),
        null_high=np.quantile(ordered, 1 - tail, axis=0),
    )
