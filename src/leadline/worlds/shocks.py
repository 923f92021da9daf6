"""Unpredictable moves: normal, heavy-tailed, clustering; each with mean zero and variance one."""

from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
Tails = Literal["normal", "student_t", "garch_t", "gjr_t"]

DEGREES = 5.0
ARCH, PERSISTENCE = 0.08, 0.98
LEVERAGE = 0.12
"""By how much more a fall than a rise raises the variance that follows it."""
JUMP = 6.0
"""Size of a jump, in daily standard deviations."""
WARM_UP = 300
DAYS_A_YEAR = 261.0


def shocks(tails: Tails, n_obs: int, rng: Generator) -> Floats:
    """Draw moves of one kind, shape (n_obs,).

    ``garch_t`` is a GARCH(1,1) (Bollerslev 1986) with Student-t shocks of five degrees of
    freedom, persistence 0.98, as daily metals and Bitcoin show. ``gjr_t`` adds leverage: falls
    raise the variance, rises do not (Glosten, Jagannathan and Runkle 1993).
    """
    if tails == "normal":
        return rng.standard_normal(n_obs)
    if tails == "student_t":
        return _heavy(n_obs, rng)
    leverage = LEVERAGE if tails == "gjr_t" else 0.0
    return _clustered(_heavy(n_obs + WARM_UP, rng), leverage)[WARM_UP:]


def _heavy(n_obs: int, rng: Generator) -> Floats:
    return np.asarray(rng.standard_t(DEGREES, n_obs) * np.sqrt((DEGREES - 2) / DEGREES))


def _clustered(shock: Floats, leverage: float = 0.0) -> Floats:
    # Falls take over half of the leverage from rises, so that the mean variance stays one.
    arch = ARCH + leverage / 2 * np.where(shock < 0, 1.0, -1.0)
    variance, path = 1.0, []
    for factor in arch * shock**2 + (PERSISTENCE - ARCH):
        path.append(variance)
        variance = (1.0 - PERSISTENCE) + factor * variance
    return np.asarray(np.sqrt(path) * shock)


def volatility(spread: float, n_obs: int, rng: Generator, *, persistence: float = 0.985) -> Floats:
    """Draw a volatility path of mean square one: the log variance is an AR(1) (Taylor 1986).

    ``spread`` is the standard deviation of the log variance; at 1, the calm and the wild tenth
    of days differ by a factor of 3.6 in volatility.
    """
    steps = rng.standard_normal(n_obs + WARM_UP) * spread * np.sqrt(1 - persistence**2)
    log_variance = lfilter([1.0], [1.0, -persistence], steps)[WARM_UP:]
    return np.asarray(np.exp(log_variance / 2 - spread**2 / 4))


def with_momentum(shock: Floats, phi: float) -> Floats:
    """Give AR(1) returns with coefficient ``phi``, scaled so that prices spread as before."""
    return np.asarray(lfilter([1.0 - phi], [1.0, -phi], shock))


def jumps(a_year: float, n_obs: int, rng: Generator) -> Floats:
    """Draw jumps up or down, ``a_year`` of them, zero on all other days (Merton 1976)."""
    happens = rng.random(n_obs) < a_year / DAYS_A_YEAR
    return np.asarray(JUMP * happens * rng.choice((-1.0, 1.0), n_obs))


def bunches(a_year: float, n_obs: int, rng: Generator, *, mean: float = 4.0) -> Floats:
    """Draw jumps up that come in bunches, zero on all other days.

    Bunches begin at random, ``a_year`` of them; each has one jump and on average ``mean`` - 1
    more, each a few days after the last (a Neyman-Scott process; Neyman and Scott 1958).
    """
    events = np.zeros(n_obs)
    for first in np.flatnonzero(rng.random(n_obs) < a_year / DAYS_A_YEAR):
        steps = rng.geometric(1 / 5, rng.geometric(1 / mean))
        days = first + np.concatenate(([0], np.cumsum(steps[1:])))
        np.add.at(events, days[days < n_obs], JUMP / 2)
    return events


def cycles(n: int, n_obs: int, rng: Generator) -> Floats:
    """Draw a slow cycle of mean square one that goes round ``n`` times, from a random point."""
    return np.asarray(
        np.sqrt(2.0) * np.cos(2 * np.pi * (n * np.arange(n_obs) / n_obs + rng.random()))
    )


def turning(half_life: float, n_obs: int, rng: Generator) -> Floats:
    """Draw a drift of mean square one that turns slowly: an AR(1) with that half-life in days."""
    phi = 0.5 ** (1 / half_life)
    steps = rng.standard_normal(n_obs) * np.sqrt(1 - phi**2)
    return np.asarray(lfilter([1.0], [1.0, -phi], steps, zi=[phi * rng.standard_normal()])[0])
