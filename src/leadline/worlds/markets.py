"""Two prices without a lead: what markets share, and what merely looks like one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.worlds.shocks import (
    DAYS_A_YEAR,
    WARM_UP,
    Tails,
    bunches,
    cycles,
    jumps,
    shocks,
    turning,
    volatility,
    with_momentum,
)

Floats = NDArray[np.float64]

LEADER_VOLATILITY, LEADER_DRIFT = 0.30, 0.05
FOLLOWER_VOLATILITY, FOLLOWER_DRIFT = 0.60, 0.30
CYCLE = 0.2
"""Standard deviation of the daily drift of a slow cycle, in daily standard deviations."""


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
    jumps : float
        Jumps of six daily standard deviations a year, up or down, in each by itself.
    bunches : float
        Bunches of rises a year, in each by itself.
    shared_cycles : int
        How many times a slow cycle goes round that both share, the leader's past included.
    own_cycles : int
        The same for a cycle of each one's own, from a point of its own.
    trends : float
        Standard deviation of a yearly drift of each one's own, in logs over the volatility of a
        year, that turns with a half-life of a year.
    survivors : int
        The follower is the one of so many that gained most.
    """

    tails: Tails = "normal"
    momentum: float = 0.0
    shared_volatility: float = 0.0
    same_day: float = 0.0
    later: float = 0.0
    jumps: float = 0.0
    bunches: float = 0.0
    shared_cycles: int = 0
    own_cycles: int = 0
    trends: float = 0.0
    survivors: int = 1

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
        moves = with_momentum(leader, self.momentum), with_momentum(follower, self.momentum)
        return self._beside(moves, rng) if self._has_more else moves

    @property
    def _has_more(self) -> bool:
        more = (self.jumps, self.bunches, self.shared_cycles, self.own_cycles, self.trends)
        return any(more) or self.survivors > 1

    def _beside(self, moves: tuple[Floats, Floats], rng: Generator) -> tuple[Floats, Floats]:
        """Add what only some markets have; the others draw nothing for it."""
        n = moves[0].size
        leader, follower = moves
        if self.survivors > 1:
            others = [shocks(self.tails, n, rng) for _ in range(self.survivors - 1)]
            follower = max((follower, *others), key=lambda one: float(one[WARM_UP:].sum()))
        shared = CYCLE * cycles(self.shared_cycles, n, rng) if self.shared_cycles else np.zeros(n)
        return self._own(leader + shared, rng), self._own(follower + shared, rng)

    def _own(self, moves: Floats, rng: Generator) -> Floats:
        n = moves.size
        if self.jumps:
            moves = moves + jumps(self.jumps, n, rng)
        if self.bunches:
            risen = bunches(self.bunches, n, rng)
            moves = moves + risen - risen.mean()
        if self.own_cycles:
            moves = moves + CYCLE * cycles(self.own_cycles, n, rng)
        if self.trends:
            daily = self.trends / np.sqrt(DAYS_A_YEAR)
            moves = moves + daily * turning(DAYS_A_YEAR, n, rng)
        return moves


@dataclass(frozen=True, slots=True, eq=False)
class Increments:
    """Two prices that walk by given daily log returns, drawn in blocks, each by itself.

    ``leader`` and ``follower`` are returns of real prices, for example; a block has ``block`` days
    on average (Politis and Romano 1994), so that each keeps its tails and its clustering. What
    the two had in common is lost.
    """

    leader: Floats
    follower: Floats
    block: float = 60.0
    later: float = 0.0
    momentum: float = 0.0

    def moves(self, n_obs: int, rng: Generator) -> tuple[Floats, Floats]:
        """Draw returns of mean zero and variance one a day, a warm-up included."""
        leader, follower = (
            own[stationary_path(own.size, WARM_UP + n_obs, self.block, rng)]
            for own in map(_standardised, (self.leader, self.follower))
        )
        return leader, follower


def _standardised(moves: Floats) -> Floats:
    return np.asarray((moves - moves.mean()) / moves.std())


def stationary_path(n: int, length: int, block: float, rng: Generator) -> NDArray[np.intp]:
    """Draw positions among ``n`` in a row, broken off with a chance of 1 / ``block`` a step."""
    starts = rng.random(length) < 1 / block
    starts[0] = True
    at = np.maximum.accumulate(np.where(starts, np.arange(length), 0))
    first = rng.integers(0, n, length)
    return np.asarray((first[at] + np.arange(length) - at) % n)


class Moves(Protocol):
    """What moves both prices, a lead apart: a `Market`, or the `Increments` of given prices."""

    @property
    def later(self) -> float:
        """Share of a day by which the follower closes after the leader."""
        ...

    @property
    def momentum(self) -> float:
        """AR(1) coefficient of both daily returns."""
        ...

    def moves(self, n_obs: int, rng: Generator) -> tuple[Floats, Floats]:
        """Draw returns of variance one a day, each of shape (WARM_UP + n_obs,)."""
        ...


def log_price(moves: Floats, *, volatility: float, drift: float) -> Floats:
    """Add up moves of variance one a day into a log price with yearly volatility and drift."""
    daily = moves * volatility / np.sqrt(DAYS_A_YEAR) + drift / DAYS_A_YEAR
    return np.asarray(np.log(100.0) + np.concatenate(([0.0], np.cumsum(daily))))
