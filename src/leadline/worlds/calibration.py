"""How often a test rejects in a world, with an interval; any executor, the same digits."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.random import Generator
from scipy.special import bdtr, bdtrc, betaincinv

from leadline.data.panel import Panel
from leadline.worlds.known import World

Found = TypeVar("Found")
Look = Callable[[Panel, Generator], Found]
"""Looks at one panel; top-level or a dataclass instance, so that it travels to other processes."""

N_OBS = 2610
"""Ten years of business days."""
CHUNK = 20


@dataclass(frozen=True, slots=True)
class Rate:
    """``k`` of ``n`` worlds rejected at ``alpha``, with an interval of 99 %."""

    k: int
    n: int
    alpha: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of worlds that rejected."""
        return self.k / self.n

    @property
    def keeps_its_level(self) -> bool:
        """Whether ``k`` lies within the 99 % binomial bounds of a test of exactly ``alpha``."""
        fewest, most = bounds(self.n, self.alpha)
        return fewest <= self.k <= most

    @property
    def is_not_above(self) -> bool:
        """Whether ``k`` lies below the upper of those bounds, as a conservative test's must."""
        return self.k <= bounds(self.n, self.alpha)[1]


def rate(p_values: Sequence[float], *, alpha: float = 0.05) -> Rate:
    """Count p-values of at most ``alpha``; the interval is that of Clopper and Pearson (1934)."""
    # A p of 10/200 must count at 0.05 whatever the last bit says.
    k, n = int(np.count_nonzero(np.asarray(p_values) <= alpha + 1e-12)), len(p_values)
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, 0.005))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 0.995))
    return Rate(k, n, alpha, low, high)


def bounds(n: int, share: float) -> tuple[int, int]:
    """Give the fewest and the most of ``n`` that 99 % of draws at probability ``share`` show."""
    k = np.arange(n + 1)
    return int(np.argmax(bdtr(k, n, share) > 0.005)), int(np.argmax(bdtrc(k, n, share) <= 0.005))


def rejection_rate(
    p_value_of: Look[float],
    world: World,
    *,
    n_worlds: int,
    seed: int,
    n_obs: int = N_OBS,
    alpha: float = 0.05,
    executor: Executor | None = None,
) -> Rate:
    """Give the share of histories of ``world`` in which the test rejects at ``alpha``."""
    found = look_at_each(
        p_value_of, world, range(n_worlds), seed=seed, n_obs=n_obs, executor=executor
    )
    return rate(found, alpha=alpha)


def look_at_each(
    look: Look[Found],
    world: World,
    numbers: range,
    *,
    seed: int,
    n_obs: int = N_OBS,
    executor: Executor | None = None,
) -> list[Found]:
    """Give what ``look`` finds in each of the numbered histories of ``world``, in their order.

    A history follows from ``seed``, the world's name and its number alone, so the executor
    cannot change a digit, and a run can go on where it stopped.
    """
    chunks = [numbers[i : i + CHUNK] for i in range(0, len(numbers), CHUNK)]
    if executor is None:
        return [each for part in chunks for each in _some(look, world, part, seed, n_obs)]
    waiting = [executor.submit(_some, look, world, part, seed, n_obs) for part in chunks]
    return [each for future in waiting for each in future.result()]


def _some(look: Look[Found], world: World, numbers: range, seed: int, n_obs: int) -> list[Found]:
    return [
        look(world.panel(n_obs, market), test) for market, test in streams(world, numbers, seed)
    ]


def streams(world: World, numbers: range, seed: int) -> Iterator[tuple[Generator, Generator]]:
    """Give two independent streams for each history: one for the market, one for the test."""
    for number in numbers:
        sequence = np.random.SeedSequence([seed, number, *world.name.encode()])
        market, test = sequence.spawn(2)
        yield np.random.default_rng(market), np.random.default_rng(test)
