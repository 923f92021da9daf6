"""The worlds by name: what is true in each, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.gather import assemble
from leadline.data.panel import Panel
from leadline.data.series import Series, SeriesInfo, series_of
from leadline.worlds.links import (
    AfterHighs,
    Answer,
    AnswerWhile,
    Bond,
    Faster,
    HeldDown,
    Link,
    Linked,
    Regimes,
    Reversed,
)
from leadline.worlds.markets import (
    FOLLOWER_DRIFT,
    FOLLOWER_VOLATILITY,
    LEADER_DRIFT,
    LEADER_VOLATILITY,
    Market,
    Moves,
    log_price,
)
from leadline.worlds.observed import Averaged, BadTicks, Hindsight, Layer, Stale, Vintages, seen
from leadline.worlds.shocks import WARM_UP

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

FIRST_DAY = np.datetime64("2014-01-01", "D")
LEADER, FOLLOWER = "leader", "follower"
CALM = Market()
NOON, MIDNIGHT = "12:00 UTC", "24:00 UTC"


@dataclass(frozen=True, slots=True)
class World:
    """Follower, leader, what links them, and how they are seen; each part states its truth.

    Attributes
    ----------
    name, truth : str
        What it is called, and what is true in it, in a sentence.
    market : Moves
        What moves both, a lead apart.
    link : Link or Bond, optional
        What one owes to the other's past; None where the leader's past says nothing about the
        follower.
    layers : tuple of Layer
        What stands between prices and who sees them, in order.
    published : Vintages, optional
        How a series comes out that is revised later.
    """

    name: str
    truth: str
    market: Moves = CALM
    link: Link | Bond | None = None
    layers: tuple[Layer, ...] = ()
    published: Vintages | None = None

    @property
    def leads(self) -> bool:
        """Whether the leader's past says something about the follower."""
        if self.link is None or self.link.truth.lag is None:
            return False
        return self.link.truth.lag[1] > 0

    def simulate(self, n_obs: int, rng: Generator) -> dict[str, Floats]:
        """Give both prices on ``n_obs`` trading days, by series id, and conditions beside them."""
        moves = self.market.moves(n_obs - 1, rng)
        leader = log_price(moves[0], volatility=LEADER_VOLATILITY, drift=LEADER_DRIFT)
        follower = log_price(moves[1], volatility=FOLLOWER_VOLATILITY, drift=FOLLOWER_DRIFT)
        linked = self._linked(leader, follower, rng)
        # Prices start at 100 on the first day that is shown.
        prices = {
            name: 100.0 * np.exp(path[WARM_UP:] - path[WARM_UP])
            for name, path in ((LEADER, linked.leader), (FOLLOWER, linked.follower))
        }
        conditions = {name: state[WARM_UP:] for name, state in linked.conditions.items()}
        return seen(self.layers, prices, rng) | conditions

    def _linked(self, leader: Floats, follower: Floats, rng: Generator) -> Linked:
        if self.link is None:
            return Linked(leader, follower)
        if hasattr(self.link, "tie"):
            return self.link.tie(leader, follower, rng)
        return Linked(leader, self.link.apply(leader, follower, rng))

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
        as_of: date = trading_days(n_obs)[-1].astype(object)
        return assemble(self.series(n_obs, rng), as_of=as_of, revised_data="allow")

    def series(self, n_obs: int, rng: Generator) -> dict[str, Series]:
        """Simulate all series, for a store."""
        days, infos = trading_days(n_obs), self.infos()
        made = {}
        for name, values in self.simulate(n_obs, rng).items():
            info = infos.get(name) or _flag(name)
            if self.published is not None and self.published.series == name:
                made[name] = self.published.publish(info, days, values)
            else:
                made[name] = series_of(info, days, values)
        return made


def _flag(name: str) -> SeriesInfo:
    return SeriesInfo(id=name, title=name, unit="yes or no", kind="flag")


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

FURTHER_NULL_WORLDS = _by_name(
    World(
        "leverage and jumps",
        "Falls raise the volatility that follows, each jumps four times a year by itself; nothing "
        "in common.",
        Market(tails="gjr_t", jumps=4.0),
    ),
    World(
        "bunched events",
        "Each rises by leaps that come in bunches, two bunches a year; nothing in common.",
        Market(bunches=2.0),
    ),
    World(
        "few cycles",
        "Each goes through four slow cycles of its own; nothing in common.",
        Market(own_cycles=4),
    ),
    World(
        "trends",
        "Each trends up or down for years at a time by itself; nothing in common.",
        Market(trends=0.7),
    ),
    World(
        "survivor",
        "The follower is the one of twenty that gained most; nothing in common.",
        Market(tails="student_t", survivors=20),
    ),
    World(
        "leader averaged",
        "The leader is published as the mean of its last 20 closes; nothing in common.",
        Market(tails="garch_t"),
        layers=(Averaged(LEADER, days=20),),
    ),
    World(
        "stale closes",
        "Both answer the same news on the same day, but a tenth of the follower's closes are "
        "those of the day before.",
        Market(same_day=0.6),
        layers=(Stale(FOLLOWER),),
    ),
    World(
        "bad ticks",
        "Two random walks with nothing in common, and two closes a year that are wrong by a third.",
        layers=(BadTicks(LEADER), BadTicks(FOLLOWER)),
    ),
    World(
        "reversed lead",
        "The leader repeats a quarter of the follower's variation 45 days later.",
        Market(tails="garch_t", shared_volatility=0.7),
        Reversed(Answer(lag=32, strength=0.5)),
    ),
    World(
        "first releases",
        "Nothing in common; the leader comes out ten days late with an error that is corrected "
        "sixty days later.",
        published=Vintages(LEADER),
    ),
)
"""More worlds in which the leader's past says nothing about the follower, by name."""

SLOW_CYCLES = World(
    "three slow cycles",
    "Both ride the same three slow cycles, one each three years and a half, and share nothing "
    "else: three episodes, however many days.",
    Market(tails="garch_t", shared_cycles=3),
)

TRIAL_WORLDS = _by_name(
    World(
        "modest lead",
        "The follower repeats a hundredth of the leader's variation 45 days later.",
        _REAL,
        Answer(lag=32, strength=0.10),
    ),
    World(
        "lead while liquidity holds",
        "While liquidity holds, half of the time, the follower repeats half of the leader's "
        "variation 45 days later; else nothing.",
        _REAL,
        AnswerWhile(Answer(lag=32, strength=0.7)),
    ),
    World(
        "opposite answer",
        "The follower does the opposite of a quarter of the leader's variation 45 days later.",
        _REAL,
        Answer(lag=32, strength=-0.5),
    ),
    World(
        "leader revised in hindsight",
        "Nothing leads; the leader's values were revised by what the follower did later, and "
        "only the last vintage is left.",
        _REAL,
        layers=(Hindsight(LEADER, FOLLOWER),),
        published=Vintages(LEADER, kept=False),
    ),
    World(
        "fear, debasement, liquidity",
        "Three phases take turns; after each beginning of debasement the follower rises about "
        "three months later, after the leader.",
        _REAL,
        Regimes(),
    ),
)
"""Worlds for whole trials, by name."""

WORLDS: Mapping[str, World] = MappingProxyType(
    {
        **NULL_WORLDS,
        **FURTHER_NULL_WORLDS,
        SLOW_CYCLES.name: SLOW_CYCLES,
        **PLANTED_WORLDS,
        **TRIAL_WORLDS,
    }
)
"""Every world by its name."""
