"""Do things happen as often as forecast: reliability diagrams, and what makes up a score."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit

from leadline.kernels.superior import long_run_deviation

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]

EDGE = 1e-3
"""Odds are kept this far from nought and one, where their logarithm ends."""
MOST_STEPS = 100
Score = Callable[[Floats, Floats], Floats]


class Curve(NamedTuple):
    """For each distinct forecast: how often it happened, made monotone, and how many there were."""

    forecast: Floats
    happened: Floats
    counts: Index


class Decomposition(NamedTuple):
    """``score = miscalibration - discrimination + uncertainty``, by the Brier score."""

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


class Consistency(NamedTuple):
    """What calibrated forecasts would show in a sample of this size and overlap.

    ``low`` to ``high`` is the band of the curve at each distinct forecast. ``miscalibration`` is
    its mean where the forecasts are calibrated, ``discrimination`` its mean where they tell
    nothing, and ``p_value`` the chance of as much miscalibration from calibrated forecasts.
    """

    low: Floats
    high: Floats
    miscalibration: float
    discrimination: float
    p_value: float


def corp(forecast: Floats, outcome: Flags | Floats) -> Curve:
    """Give the reliability curve by isotonic regression (pool adjacent violators).

    Dimitriadis, Gneiting and Jordan (2021), "Stable reliability diagrams for probabilistic
    classifiers", PNAS 118 (8), e2016191118. There are no bins to choose.

    Parameters
    ----------
    forecast : ndarray of float64, shape (n_obs,)
    outcome : ndarray of bool or of 0 and 1, shape (n_obs,)
    """
    groups = _Groups.of(forecast)
    means = groups.means(np.asarray(outcome, dtype=np.float64)[None, :])[0]
    return Curve(groups.value, groups.monotone(means), groups.counts)


def decompose(forecast: Floats, outcome: Flags | Floats) -> Decomposition:
    """Split the Brier score into miscalibration, discrimination and uncertainty, exactly.

    Each part is a difference of Brier scores: the forecasts against the curve's, the average
    against the curve's, and the average's own (Dimitriadis, Gneiting and Jordan 2021, eq. 3).
    """
    y = np.asarray(outcome, dtype=np.float64)
    groups = _Groups.of(forecast)
    means = groups.means(y[None, :])[0]
    miscalibration, discrimination = groups.parts(means)
    share = float(y.mean())
    return Decomposition(
        float(np.mean((forecast - y) ** 2)), miscalibration, discrimination, share * (1 - share)
    )


def consistency(
    forecast: Floats,
    outcome: Flags | Floats,
    *,
    block: int,
    level: float,
    n_resamples: int,
    rng: Generator,
) -> Consistency:
    """Redraw the outcomes in blocks, as often as forecast, and see what the curve then shows.

    Outcomes of forecasts that overlap are not independent, so a band that redraws each by itself
    is far too narrow. Here the forecasts of a block share one uniform draw and come true where
    the draw is below them: every forecast then comes true as often as it says, and two outcomes
    k apart share their fate with probability ``1 - k / block``, as those of windows of that
    length do.

    Parameters
    ----------
    forecast : ndarray of float64, shape (n_obs,)
        In order of time.
    block : int
        How many observations one outcome spans; 1 where outcomes do not overlap.
    level : float
        Of the band, at each forecast by itself.
    """
    groups = _Groups.of(forecast)
    y = np.asarray(outcome, dtype=np.float64)
    drawn = shared_draws(n_resamples, y.size, block, rng)
    calibrated = groups.means((drawn < forecast).astype(np.float64))
    curves = np.stack([groups.monotone(means) for means in calibrated])
    spoiled = np.array([groups.parts(means)[0] for means in calibrated])
    blind = groups.means((drawn < y.mean()).astype(np.float64))
    told = np.array([groups.parts(means)[1] for means in blind])
    tail = (1 - level) / 2
    low, high = np.quantile(curves, [tail, 1 - tail], axis=0)
    found = groups.parts(groups.means(y[None, :])[0])[0]
    # Sums of the same terms in another order differ in their last digits.
    as_much = np.count_nonzero(spoiled >= found - 1e-12)
    return Consistency(
        low,
        high,
        float(spoiled.mean()),
        float(told.mean()),
        float((1 + as_much) / (1 + n_resamples)),
    )


def shared_draws(n: int, n_obs: int, block: int, rng: Generator) -> Floats:
    """Draw uniform numbers that are the same within blocks, which begin anywhere, (n, n_obs)."""
    offset = rng.integers(0, block, (n, 1))
    place = (np.arange(n_obs) + offset) // block
    draws = rng.random((n, (n_obs + block - 1) // block + 1))
    return np.take_along_axis(draws, place, axis=1)


class _Groups(NamedTuple):
    """Observations with the same forecast, in order of forecast."""

    value: Floats
    counts: Index
    order: Index
    first: Index

    @classmethod
    def of(cls, forecast: Floats) -> "_Groups":
        value, first, counts = np.unique(
            np.sort(forecast, kind="stable"), return_index=True, return_counts=True
        )
        return cls(value, counts, np.argsort(forecast, kind="stable"), first)

    def means(self, outcome: Floats) -> Floats:
        """Average each group of each history, shape (n, n_groups)."""
        return np.asarray(np.add.reduceat(outcome[:, self.order], self.first, axis=1) / self.counts)

    def monotone(self, means: Floats) -> Floats:
        fitted = isotonic_regression(means, weights=self.counts.astype(np.float64))
        return np.asarray(fitted.x, dtype=np.float64)

    def parts(self, means: Floats) -> tuple[float, float]:
        """Give miscalibration and discrimination; what varies within groups drops out of both."""
        curve = self.monotone(means)
        total = self.counts.sum()
        share = self.counts @ means / total
        rest = self.counts @ (curve - means) ** 2
        miscalibration = (self.counts @ (self.value - means) ** 2 - rest) / total
        discrimination = (self.counts @ (share - means) ** 2 - rest) / total
        return float(miscalibration), float(discrimination)


class Recalibration(NamedTuple):
    """A logistic line that corrects odds: ``logit = intercept + slope * logit(forecast)``."""

    intercept: float
    slope: float

    def __call__(self, forecast: Floats) -> Floats:
        """Give the corrected odds."""
        kept = np.clip(forecast, EDGE, 1 - EDGE)
        return np.asarray(expit(self.intercept + self.slope * logit(kept)))


def recalibrate(
    forecast: Floats, outcome: Flags | Floats, *, overlap: float = 1.0, prior: float = np.inf
) -> Recalibration:
    """Fit the line of Cox (1958, "Two further applications of a model for binary regression").

    The likelihood counts each outcome as ``1 / overlap`` of one. ``prior`` is the standard
    deviation of the intercept around 0 and of the slope around 1 before any outcome; without it
    the fit is that of plain logistic regression, which needs outcomes of both kinds.
    """
    y = np.asarray(outcome, dtype=np.float64)
    line = logit(np.clip(forecast, EDGE, 1 - EDGE))
    x = np.column_stack((np.ones(line.size), line))
    start = np.array([0.0, 1.0])
    pull = 1.0 / prior**2
    found = start.copy()

    def loss(at: Floats) -> float:
        eta = x @ at
        fit = float(np.sum(np.logaddexp(0.0, eta) - y * eta)) / overlap
        return fit + pull * float(np.sum((at - start) ** 2)) / 2

    now = loss(found)
    for _ in range(MOST_STEPS):
        rate = expit(x @ found)
        gradient = x.T @ (y - rate) / overlap - pull * (found - start)
        information = (x * (rate * (1 - rate))[:, None]).T @ x / overlap + pull * np.eye(2)
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        for _half in range(30):
            after = loss(found + step)
            if after <= now + 1e-13 * (1 + abs(now)):
                break
            step = step / 2
        found, now = found + step, after
        if np.max(np.abs(step)) < 1e-10:
            break
    return Recalibration(float(found[0]), float(found[1]))


def earned_weight(base: Floats, model: Floats, outcome: Floats, *, block: float) -> float:
    """Give the share of the model's departure from the base rate that its past forecasts earned.

    The slope of what came on the departure, less what its error explains: ``slope (1 - 1 / t^2)``
    where t, its ratio to a long-run standard error, is above 1, and 0 otherwise (the positive
    part of James and Stein 1961, for one slope), at most 1. A model that tells nothing mostly
    earns 0, where a least-squares weight would be above it half the time.

    Parameters
    ----------
    block : float
        Mean block of the long-run variance, as outcomes overlap.
    """
    departure = model - base
    power = float(departure @ departure)
    if power <= 1e-12 * base.size:
        return 0.0
    slope = float(departure @ (outcome - base)) / power
    if slope <= 0:
        return 0.0
    score = departure * (outcome - base - slope * departure)
    deviation = float(long_run_deviation(score[:, None], block)[0])
    error = np.sqrt(base.size) * deviation / power
    return float(np.clip(slope * (1 - min((error / slope) ** 2, 1.0)), 0.0, 1.0))


class Skill(NamedTuple):
    """Share by which one score is lower than another, with its interval; above 0 is better."""

    value: float
    low: float
    high: float


def brier(forecast: Floats, outcome: Floats) -> Floats:
    """Give the squared error of each forecast."""
    return np.asarray((forecast - outcome) ** 2)


def log_score(forecast: Floats, outcome: Floats) -> Floats:
    """Give the negative log of the odds given to what came; odds of 0 and 1 count as .001, .999."""
    kept = np.clip(forecast, EDGE, 1 - EDGE)
    return np.asarray(-np.log(np.where(outcome > 0.5, kept, 1 - kept)))


def skill(ours: Floats, theirs: Floats, *, resampled: Index, level: float) -> Skill:
    """Give ``1 - mean(ours) / mean(theirs)`` of two scores, low and high by resampling both.

    The interval is that of the mean difference (Diebold and Mariano 1995) by the basic bootstrap,
    as a share of the mean of ``theirs``; forecasts that agree
    throughout have the interval from 0 to 0.

    Parameters
    ----------
    resampled : ndarray of intp, shape (n_resamples, n_obs)
        Rows drawn in blocks, as by ``stationary_indices``.
    """
    scale = max(float(theirs.mean()), 1e-12)
    difference = theirs - ours
    mean = float(difference.mean())
    drawn = difference[resampled].mean(axis=1)
    tail = (1 - level) / 2
    below, above = (float(q) for q in np.quantile(drawn, [tail, 1 - tail]))
    return Skill(mean / scale, (2 * mean - above) / scale, (2 * mean - below) / scale)
