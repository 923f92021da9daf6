"""How much a Sharpe ratio is worth after its length, its tails and the search for it."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.integrate import quad
from scipy.spatial.distance import squareform
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
Variant = Literal["2012", "2025"]
"""Which error a Sharpe ratio is divided by: that at its own value, over ``n_obs - 1`` (Bailey and
Lopez de Prado 2012, 2014), or that at the value it is compared with, over ``n_obs`` (Lopez de
Prado, Lipton and Zoonekynd 2025). The two can differ by seven points of probability."""


class Track(NamedTuple):
    """A track record in four numbers: Sharpe ratio by observation, length, and shape.

    ``kurtosis`` is 3 for the normal distribution.
    """

    sharpe: float
    n_obs: int
    skew: float = 0.0
    kurtosis: float = 3.0


class EffectiveTrials(NamedTuple):
    """How many independent trials a set of related ones amounts to, three ways.

    By the average correlation (Bailey and Lopez de Prado 2014, appendix 3), by the spread of the
    eigenvalues (participation ratio), and by clusters of trials correlated above one half.
    """

    by_correlation: float
    by_eigenvalues: float
    by_clusters: float


def track(values: Floats) -> Track:
    """Sum up returns, shape (n_obs,); moments divide by ``n_obs``."""
    centred = values - values.mean()
    deviation = float(np.sqrt(np.mean(centred**2)))
    if deviation <= 1e-300:
        return Track(0.0, values.size)
    z = centred / deviation
    return Track(
        float(values.mean()) / deviation, values.size, float(np.mean(z**3)), float(np.mean(z**4))
    )


def sharpe_ratios(values: Floats) -> Floats:
    """Give the Sharpe ratio by observation of each column; 0 where nothing moves."""
    deviation = values.std(axis=0)
    moves = deviation > 1e-300
    return np.asarray(np.where(moves, values.mean(axis=0) / np.where(moves, deviation, 1.0), 0.0))


def _variance(sharpe: float, skew: float, kurtosis: float) -> float:
    """Variance of ``sqrt(n_obs)`` times an estimated Sharpe ratio (Mertens 2002)."""
    return max(1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2, 1e-12)


def probabilistic(record: Track, *, benchmark: float = 0.0, variant: Variant = "2012") -> float:
    """Give the probability that the true Sharpe ratio exceeds ``benchmark`` (by observation).

    Bailey and Lopez de Prado (2012), section 3; for ``variant`` see ``Variant``.
    """
    at, n = (record.sharpe, record.n_obs - 1) if variant == "2012" else (benchmark, record.n_obs)
    error = np.sqrt(_variance(at, record.skew, record.kurtosis) / n)
    return float(ndtr((record.sharpe - benchmark) / error))


def expected_maximum(n_trials: float, deviation: float) -> float:
    """Give what the best of ``n_trials`` Sharpe ratios reaches where none is worth anything.

    ``deviation`` is theirs across trials (Bailey and Lopez de Prado 2014, eq. 1).
    """
    if n_trials <= 1:
        return 0.0
    gamma = np.euler_gamma
    return float(
        deviation
        * ((1 - gamma) * ndtri(1 - 1 / n_trials) + gamma * ndtri(1 - 1 / (n_trials * np.e)))
    )


def deflated(
    record: Track, *, n_trials: float, deviation: float, variant: Variant = "2012"
) -> float:
    """Give the probability that the best of ``n_trials`` is worth more than luck.

    Bailey and Lopez de Prado (2014), eq. 2. The variant of 2025 also shrinks the error to that
    of a maximum of so many.

    Parameters
    ----------
    deviation : float
        Standard deviation of the Sharpe ratios by observation across the trials.
    """
    luck = expected_maximum(n_trials, deviation)
    if variant == "2012":
        return probabilistic(record, benchmark=luck)
    error = np.sqrt(_variance(luck, record.skew, record.kurtosis) / record.n_obs)
    return float(ndtr((record.sharpe - luck) / (error * _spread_of_maximum(n_trials))))


def _spread_of_maximum(n_trials: float) -> float:
    """Standard deviation of the largest of ``n_trials`` standard normal values."""

    def moment(power: int) -> float:
        def integrand(x: float) -> float:
            density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
            return float(x**power * n_trials * ndtr(x) ** (n_trials - 1) * density)

        return float(quad(integrand, -12, 12, points=[0.0], limit=200)[0])

    return float(np.sqrt(moment(2) - moment(1) ** 2))


def shortest_track(record: Track, *, benchmark: float = 0.0, level: float = 0.95) -> float:
    """Give the observations after which the Sharpe ratio would exceed ``benchmark`` at ``level``.

    Bailey and Lopez de Prado (2012), section 4; infinite where it does not exceed it at all.
    """
    if record.sharpe <= benchmark:
        return float("inf")
    needed = (float(ndtri(level)) / (record.sharpe - benchmark)) ** 2
    return 1 + _variance(record.sharpe, record.skew, record.kurtosis) * needed


def shortest_backtest(n_trials: float, sharpe: float) -> float:
    """Give the years below which luck alone is expected to show a yearly ``sharpe``.

    Bailey, Borwein, Lopez de Prado and Zhu (2014), "Pseudo-Mathematics and Financial
    Charlatanism", Notices of the AMS 61, 458-471. Infinite for a ratio of zero or less.
    """
    if sharpe <= 0:
        return float("inf")
    return (expected_maximum(n_trials, 1.0) / sharpe) ** 2


def effective_trials(values: Floats) -> EffectiveTrials:
    """Count independent trials among the columns of ``values``, shape (n_obs, n_trials).

    Columns that do not move are left out; at least one trial remains.
    """
    moving = values[:, values.std(axis=0) > 1e-300]
    n = moving.shape[1]
    if n <= 1:
        return EffectiveTrials(1.0, 1.0, 1.0)
    r = np.corrcoef(moving, rowvar=False)
    average = float((r.sum() - n) / (n * (n - 1)))
    apart = np.sqrt(np.maximum(1 - r, 0) / 2)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), method="average")
    clusters = fcluster(tree, t=0.5, criterion="distance")
    return EffectiveTrials(
        by_correlation=min(max(average + (1 - average) * n, 1.0), float(n)),
        # The squares of the eigenvalues sum up to those of the correlations.
        by_eigenvalues=float(n**2 / np.sum(r**2)),
        by_clusters=float(clusters.max()),
    )
