"""Two prices without a lead: what markets share, and what merely looks like one."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.worlds.shocks import WARM_UP, Tails, shocks, volatility, with_momentum

Floats = NDArray[np.float64]

DAYS_A_YEAR = 261.0
LEADER_VOLATILITY, LEADER_DRIFT = 0.30, 0.05
FOLLOWER_VOLATILITY, FOLLOWER_DRIFT = 0.60, 0.30


@dataclass(frozen=True, slots=True)
class Market:
    """What moves leader and follower, a lead apart.

    Attributes
    ----------
    tails : str
        The kind of daily shock: normal, student_t or garch_t.
    momentum : float
        AR(1) coefficient of both daily returns.
    shared_volatility : float
        Standard deviation of the log variance that both share; 0 for none.
    same_day : float
        Correlation of moves over one and the same day, by a common factor.
    later : float
        Share of a day by which the follower closes after the leader; negative, the leader after
        the follower. The later one then seems to lead by a day (Lo and MacKinlay 1990).
    """

    tails: Tails = "normal"
    momentum: float = 0.0
    shared_volatility: float = 0.0
    same_day: float = 0.0
    later: float = 0.0

    def shocks(self, n_obs: int, rng: Generator) -> tuple[Floats, Floats]:
        """Draw the leader's and the follower's daily shocks, each of variance one."""
        own = [shocks(self.tails, n_obs, rng) for _ in range(2)]
        factors = self._factor(n_obs, rng)
        weight, rest = np.sqrt(self.same_day), np.sqrt(1 - self.same_day)
        leader, follower = (weight * f + rest * x for f, x in zip(factors, own, strict=True))
        if self.shared_volatility > 0:
            scale = volatility(self.shared_volatility, n_obs, rng)
            leader, follower = scale * leader, scale * follower
        return leader, follower

    def _factor(self, n_obs: int, rng: Generator) -> tuple[Floats, Floats]:
        """Draw the common factor as each market's own day sees it."""
        gap = abs(self.later)
        first = np.sqrt(gap) * shocks(self.tails, n_obs + 1, rng)
        second = np.sqrt(1 - gap) * shocks(self.tails, n_obs + 1, rng)
        early = (first + second)[:-1]
        # The later market's day ends with the first piece of the earlier one's next day.
        late = second[:-1] + first[1:]
        return (early, late) if self.later >= 0 else (late, early)

    def moves(self, n_obs: int, rng: Generator) -> tuple[Floats, Floats]:
        """Draw returns whose sums have variance one a day, momentum and a warm-up included.

        Both have shape (WARM_UP + n_obs,); the first ``WARM_UP`` are the leader's past.
        """
        leader, follower = self.shocks(WARM_UP + n_obs, rng)
        return with_momentum(leader, self.momentum), with_momentum(follower, self.momentum)


def log_price(moves: Floats, *, volatility: float, drift: float) -> Floats:
    """Add up moves of variance one a day into a log price with yearly volatility and drift."""
    daily = moves * volatility / np.sqrt(DAYS_A_YEAR) + drift / DAYS_A_YEAR
    return np.asarray(np.log(100.0) + np.concatenate(([0.0], np.cumsum(daily))))
