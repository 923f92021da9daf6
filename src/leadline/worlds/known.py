"""The worlds by name: what is true in each, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.frame import simulated_panel
from leadline.data.panel import Panel
from leadline.data.series import Series, SeriesInfo, series_of
from leadline.worlds.links import AfterHighs, Answer, Faster, HeldDown, Link
from leadline.worlds.markets import (
    FOLLOWER_DRIFT,
    FOLLOWER_VOLATILITY,
    LEADER_DRIFT,
    LEADER_VOLATILITY,
    Market,
    log_price,
)
from leadline.worlds.shocks import WARM_UP

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

FIRST_DAY = np.datetime64("2014-01-01", "D")
LEADER, FOLLOWER = "leader", "follower"
CALM = Market()
NOON, MIDNIGHT = "12:00 UTC", "24:00 UTC"


@dataclass(frozen=True, slots=True)
class World:
    """A market and what is true in it.

    ``link`` is None where the leader's past says nothing about the follower.
    """

    name: str
    truth: str
    market: Market = CALM
    link: Link | None = None

    def simulate(self, n_obs: int, rng: Generator) -> dict[str, Floats]:
        """Give both prices on ``n_obs`` trading days, by series id."""
        moves = self.market.moves(n_obs - 1, rng)
        leader = log_price(moves[0], volatility=LEADER_VOLATILITY, drift=LEADER_DRIFT)
        follower = log_price(moves[1], volatility=FOLLOWER_VOLATILITY, drift=FOLLOWER_DRIFT)
        if self.link is not None:
            follower = self.link.apply(leader, follower, rng)
        # Prices start at 100 on the first day that is shown.
        return {
            name: 100.0 * np.exp(path[WARM_UP:] - path[WARM_UP])
            for name, path in ((LEADER, leader), (FOLLOWER, follower))
        }

    def infos(self) -> dict[str, SeriesInfo]:
        """Say what the two series are, and when each market closes."""
        closes = (MIDNIGHT, MIDNIGHT)
        if self.market.later:
            closes = (NOON, MIDNIGHT) if self.market.later > 0 else (MIDNIGHT, NOON)
        return {
            name: SeriesInfo(id=name, title=title, unit="index", kind="price", close=close)
            for name, title, close in zip(
                (LEADER, FOLLOWER), ("the leader", "the follower"), closes, strict=True
            )
        }

    def panel(self, n_obs: int, rng: Generator) -> Panel:
        """Simulate a panel on business days."""
        return simulated_panel(trading_days(n_obs), self.simulate(n_obs, rng), self.infos())

    def series(self, n_obs: int, rng: Generator) -> dict[str, Series]:
        """Simulate both series, for a store."""
        days, infos = trading_days(n_obs), self.infos()
        prices = self.simulate(n_obs, rng)
        return {name: series_of(infos[name], days, price) for name, price in prices.items()}


def trading_days(n_obs: int) -> Days:
    """Give the first ``n_obs`` business days from 2014 on."""
    return np.busday_offset(FIRST_DAY, np.arange(n_obs), roll="forward")


def _by_name(*worlds: World) -> Mapping[str, World]:
    return MappingProxyType({world.name: world for world in worlds})


_REAL = Market(tails="garch_t", shared_volatility=0.7, same_day=0.3, later=0.5)

NULL_WORLDS = _by_name(
    World("iid", "Two random walks with normal steps that have nothing in common."),
    World(
        "momentum",
        "Both daily returns are AR(1) with coefficient 0.9; nothing in common.",
        Market(momentum=0.9),
    ),
    World(
        "shared volatility",
        "Both are calm and wild at the same times; directions have nothing in common.",
        Market(shared_volatility=1.0),
    ),
    World(
        "GARCH-t",
        "Each has heavy tails and clustering volatility of its own; nothing in common.",
        Market(tails="garch_t"),
    ),
    World(
        "same day",
        "Both answer the same news on the same day (correlation 0.6), and nothing later.",
        Market(same_day=0.6),
    ),
    World(
        "follower closes later",
        "The same news, but the follower closes half a day later, so it seems to lead by a day.",
        Market(same_day=0.6, later=0.5),
    ),
    World(
        "leader closes later",
        "The same news, but the leader closes half a day later, so it seems to lead by a day.",
        Market(same_day=0.6, later=-0.5),
    ),
    World(
        "no lead",
        "Heavy tails, shared volatility, common news, closes half a day apart, and no lead.",
        _REAL,
    ),
)
"""Worlds in which the leader's past says nothing about the follower, by name."""

PLANTED_WORLDS = _by_name(
    World(
        "lead of 45 days",
        "The follower repeats a quarter of the leader's variation 45 days later.",
        _REAL,
        Answer(lag=32, strength=0.5),
    ),
    World(
        "lead of 45 days, ended",
        "The follower repeated half of the leader's variation 45 days later until half-way.",
        _REAL,
        Answer(lag=32, strength=0.7, until=0.5),
    ),
    World(
        "follower in the leader's track",
        "The follower's price runs in the leader's track 65 days later.",
        _REAL,
        Answer(lag=46, strength=0.97, spread=1),
    ),
    World(
        "rallies after highs",
        "After a one-year high of the leader the follower mostly rallies by two thirds.",
        _REAL,
        AfterHighs(by=0.5, share=0.9),
    ),
    World(
        "doubles after highs",
        "After a one-year high of the leader the follower mostly more than doubles.",
        _REAL,
        AfterHighs(by=1.2, share=0.9, length=40),
    ),
    World(
        "held down",
        "While the leader is strong the follower mostly stands at half its price.",
        _REAL,
        HeldDown(by=0.7, share=0.9),
    ),
    World(
        "faster",
        "In the last half year the follower's drift is higher by 6 (in logs) a year.",
        _REAL,
        Faster(by=6.0, days=130),
    ),
)
"""Worlds with a truth that some kind of test must see, by name."""
