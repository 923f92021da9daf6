"""The odds that something happens in the next period, given that it has not yet."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit, xlogy

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
Link = Literal["logit", "cloglog"]

MOST_STEPS = 60
FINE = 1e-11
EDGE = 1e-12
"""A rate is kept this far from nought and one, where its logarithm ends."""


class Hazard(NamedTuple):
    """A fitted rate: ``link(rate) = intercept + design @ slopes``."""

    intercept: float
    slopes: Floats
    link: Link

    def rate(self, design: Floats) -> Floats:
        """Give the rate for each row of ``design``, shape (..., n_predictors)."""
        return _inverse(self.intercept + design @ self.slopes, self.link)


class Resampled(NamedTuple):
    """Fits of many histories, ``intercepts`` of shape (n,), ``slopes`` (n, n_predictors)."""

    intercepts: Floats
    slopes: Floats
    link: Link

    def rates(self, design: Floats) -> Floats:
        """Give the rate of each fit for each row of ``design``, shape (n, n_rows)."""
        return _inverse(self.intercepts[:, None] + self.slopes @ design.T, self.link)


class Periods(NamedTuple):
    """One row for each period that a start was still waiting.

    ``start`` says whose row it is, ``period`` counts from 0, ``happened`` ends the wait.
    """

    start: Index
    period: Index
    happened: Flags


def fit(
    design: Floats, happened: Flags | Floats, *, link: Link = "cloglog", ridge: float = 0.0
) -> Hazard:
    """Fit a discrete-time hazard by iteratively reweighted least squares.

    ``cloglog`` is the proportional hazard of continuous time seen in periods (Prentice and
    Gloeckler 1978), ``logit`` that of Cox (1972). ``ridge`` is added to the squared slopes of
    standardised predictors (le Cessie and van Houwelingen 1992), never to the intercept; without
    it the fit is that of any generalised linear model.

    Parameters
    ----------
    design : ndarray of float64, shape (n_rows, n_predictors)
        Without a column for the intercept.
    happened : ndarray, shape (n_rows,)

    Raises
    ------
    ValueError
        Where the fit has no end: every row the same, predictors that repeat one another or
        separate what happened from what did not, and no ridge.
    """
    y = np.asarray(happened, dtype=np.float64)
    centre, spread = design.mean(axis=0), design.std(axis=0)
    spread = np.where(spread > EDGE * (1 + np.abs(centre)), spread, 1.0)
    if not 0 < y.mean() < 1:
        msg = f"{int(y.sum())} of {y.size} rows happened; a rate needs some of each."
        raise ValueError(msg)
    x = np.column_stack((np.ones(y.size), (design - centre) / spread))
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 0.0
    found = np.zeros(x.shape[1])
    found[0] = _link(float(y.mean()), link)
    loss = _loss(x, y, found, penalty, link)
    for _ in range(MOST_STEPS):
        step = _step(x, y, found, penalty, link)
        if step is None:
            break
        # Halving keeps the step from overshooting where the curve bends.
        for _half in range(30):
            after = _loss(x, y, found + step, penalty, link)
            if after <= loss + 1e-13 * (1 + abs(loss)):
                break
            step = step / 2
        found = found + step
        settled = np.max(np.abs(step)) < FINE * (1 + np.max(np.abs(found)))
        loss = after
        if settled:
            slopes = found[1:] / spread
            return Hazard(float(found[0] - centre @ slopes), slopes, link)
    msg = (
        f"{int(y.sum())} of {y.size} rows happened, and the fit finds no end: predictors repeat "
        "one another or tell the two apart without error. Give a ridge above 0."
    )
    raise ValueError(msg)


def resampled(
    fitted: Hazard,
    design: Floats,
    happened: Flags | Floats,
    *,
    start: Index,
    counts: Floats,
    ridge: float = 0.0,
) -> Resampled:
    """Refit to resampled starts by one Newton step (score bootstrap, Kline and Santos 2012).

    Parameters
    ----------
    fitted : Hazard
        Fitted to ``design`` and ``happened`` with the same ``ridge``; a logit.
    start : ndarray of intp, shape (n_rows,)
        Whose row it is, from 0, as in ``Periods``.
    counts : ndarray of float64, shape (n, n_starts)
        How often each start is drawn in each history.

    Raises
    ------
    ValueError
        Where the fit is no logit, whose score this is.
    """
    if fitted.link != "logit":
        msg = f"Takes a logit, not {fitted.link!r}."
        raise ValueError(msg)
    # Centred, so that intercept and slopes part; the ridge is that of standardised predictors.
    centre, spread = design.mean(axis=0), design.std(axis=0)
    spread = np.where(spread > EDGE * (1 + np.abs(centre)), spread, 1.0)
    x = np.column_stack((np.ones(design.shape[0]), (design - centre) / spread))
    rate = fitted.rate(design)
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 0.0
    information = (x * (rate * (1 - rate))[:, None]).T @ x + np.diag(penalty)
    scores = np.zeros((counts.shape[1], x.shape[1]))
    np.add.at(scores, start, x * (np.asarray(happened, dtype=np.float64) - rate)[:, None])
    steps = np.linalg.solve(information, ((counts - 1.0) @ scores).T).T
    slopes = steps[:, 1:] / spread
    return Resampled(
        fitted.intercept + steps[:, 0] - slopes @ centre, fitted.slopes + slopes, fitted.link
    )


def _step(x: Floats, y: Floats, found: Floats, penalty: Floats, link: Link) -> Floats | None:
    """Give the Newton step by expected information; None where some direction is left open."""
    eta = x @ found
    rate = _inverse(eta, link)
    slope = rate * (1 - rate) if link == "logit" else (1 - rate) * np.exp(np.minimum(eta, 30.0))
    variance = rate * (1 - rate)
    gradient = x.T @ ((y - rate) * slope / variance) - penalty * found
    information = (x * (slope**2 / variance)[:, None]).T @ x + np.diag(penalty)
    try:
        return np.asarray(cho_solve(cho_factor(information), gradient))
    except LinAlgError:
        return None


def _loss(x: Floats, y: Floats, found: Floats, penalty: Floats, link: Link) -> float:
    rate = _inverse(x @ found, link)
    likelihood = xlogy(y, rate) + xlogy(1 - y, 1 - rate)
    return float(-likelihood.sum() + penalty @ found**2 / 2)


def _inverse(eta: Floats, link: Link) -> Floats:
    rate = expit(eta) if link == "logit" else -np.expm1(-np.exp(np.minimum(eta, 30.0)))
    return np.asarray(np.clip(rate, EDGE, 1 - EDGE))


def _link(rate: float, link: Link) -> float:
    return float(np.log(rate / (1 - rate)) if link == "logit" else np.log(-np.log1p(-rate)))


def periods(wait: Index, seen: Index) -> Periods:
    """Lay out one row for each period that each start waited.

    Parameters
    ----------
    wait : ndarray of intp, shape (n_starts,)
        In which period, from 0, it happened; -1 where it did not.
    seen : ndarray of intp, shape (n_starts,)
        How many periods could be watched; a wait beyond them counts as not happened.
    """
    came = (wait >= 0) & (wait < seen)
    length = np.where(came, wait + 1, seen)
    start = np.repeat(np.arange(wait.size), length)
    period = np.arange(start.size) - np.repeat(np.cumsum(length) - length, length)
    return Periods(start, period, came[start] & (period == wait[start]))


def within(rates: Floats) -> Floats:
    """Give the odds that it happens in any of the periods, along the last axis."""
    return np.asarray(-np.expm1(np.sum(np.log1p(-rates), axis=-1)))


def first_passage(level: Floats, starts: Index, *, by: float, horizon: int) -> Index:
    """Count observations until ``level`` first stands ``by`` above its start; 0 where never.

    A negative ``by`` is a fall. Only the ``horizon`` observations after each start count, and of
    those what the sample holds.

    Parameters
    ----------
    level : ndarray of float64, shape (n_obs,)
        Log price.
    starts : ndarray of intp, shape (n_starts,)
    """
    padded = np.concatenate((level, np.full(horizon, np.nan)))
    ahead = np.lib.stride_tricks.sliding_window_view(padded[1:], horizon)[starts]
    gain = ahead - level[starts, None]
    hit = gain >= by if by >= 0 else gain <= by
    return np.asarray(np.where(hit.any(axis=1), np.argmax(hit, axis=1) + 1, 0), dtype=np.intp)


def shrinkage(base: Floats, model: Floats, outcome: Floats) -> float:
    """Give the share of the model's departure from the base rate that its past forecasts earned.

    The weight in [0, 1] that would have made ``base + weight * (model - base)`` best by squared
    error; 0 where the model told nothing.
    """
    departure = model - base
    power = float(departure @ departure)
    if power <= 1e-300:
        return 0.0
    return float(np.clip(departure @ (outcome - base) / power, 0.0, 1.0))
