"""Unpredictable moves: normal, heavy-tailed, clustering; each with mean zero and variance one."""

from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
Tails = Literal["normal", "student_t", "garch_t"]

DEGREES = 5.0
ARCH, PERSISTENCE = 0.08, 0.98
WARM_UP = 300


def shocks(tails: Tails, n_obs: int, rng: Generator) -> Floats:
    """Draw moves of one kind, shape (n_obs,).

    ``garch_t`` is a GARCH(1,1) (Bollerslev 1986) with Student-t shocks of five degrees of
    freedom, persistence 0.98, as daily metals and Bitcoin show.
    """
    if tails == "normal":
        return rng.standard_normal(n_obs)
    if tails == "student_t":
        return _heavy(n_obs, rng)
    return _clustered(_heavy(n_obs + WARM_UP, rng))[WARM_UP:]


def _heavy(n_obs: int, rng: Generator) -> Floats:
    return np.asarray(rng.standard_t(DEGREES, n_obs) * np.sqrt((DEGREES - 2) / DEGREES))


def _clustered(shock: Floats) -> Floats:
    variance, path = 1.0, []
    for factor in ARCH * shock**2 + (PERSISTENCE - ARCH):
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
