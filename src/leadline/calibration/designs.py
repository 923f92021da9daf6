"""What is measured: for each kind its settings, the truth it must see, and what it may say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.panel import Column, Panel
from leadline.data.series import SeriesInfo
from leadline.evidence import kinds
from leadline.evidence.base import HypothesisTest
from leadline.evidence.relation import RelationTest
from leadline.kernels import events
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS, World
from leadline.worlds.calibration import N_OBS
from leadline.worlds.known import FOLLOWER, LEADER, SLOW_CYCLES, trading_days

SEED = 2026
N_RESAMPLES = 99


def _kind(name: str, **settings: Any) -> HypothesisTest:
    return kinds()[name].model_validate(settings)


def _relation(name: str, **settings: Any) -> RelationTest:
    found = _kind(name, **{"leader": LEADER, "follower": FOLLOWER, **settings})
    if not isinstance(found, RelationTest):
        raise TypeError(name)
    return found


# What some kinds read besides the two prices: conditions, and a series that responds first.
FRESH, UP, DOUBLED, FIRST = "fresh_high", "up", "doubled", "first"
# A panel has a row for every day of the calendar.
QUARTER, YEAR = 91, 365


def beside(panel: Panel, rng: Generator) -> Panel:
    """Add what follows from the two prices of a world, day by day, and draws on nothing later.

    ``fresh_high`` holds for a quarter after a one-year high of the leader that followed a quarter
    without one, ``up`` where the follower gained 35 % over the past quarter, ``doubled`` where it
    doubled. ``first`` owes half of its variance to the leader's move of the same day.
    """
    leader, follower = (_since_known(np.log(panel[name].value)) for name in (LEADER, FOLLOWER))
    highs = events.record_highs(leader, quiet=QUARTER, memory=YEAR)
    gain = np.zeros(follower.size)
    gain[QUARTER:] = follower[QUARTER:] - follower[:-QUARTER]
    conditions = {
        FRESH: events.any_within(highs, 1 - QUARTER, 0),
        UP: gain > 0.3,
        DOUBLED: gain > np.log(2.0),
    }
    traded = panel[LEADER].fresh
    moves = np.diff(leader, prepend=leader[0])
    own = moves[traded].std() * traded * rng.standard_normal(moves.size)
    first = np.exp(np.cumsum(moves + own) / np.sqrt(2.0))
    columns = {name: _condition(panel, name, on) for name, on in conditions.items()}
    columns[FIRST] = replace(panel[LEADER], value=first)
    return replace(panel, columns={**panel.columns, **columns})


def _since_known(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let a path that is known later stand still until then."""
    first = int(np.argmax(np.isfinite(path)))
    return np.where(np.arange(path.size) < first, path[first], path)


def _condition(panel: Panel, name: str, on: NDArray[np.bool_]) -> Column:
    info = SeriesInfo(id=name, title=name, unit="yes or no", kind="flag")
    every_day = np.ones(on.size, dtype=bool)
    return Column(info, on.astype(np.float64), panel.days, every_day, "derived")


def read_by(test: HypothesisTest, panel: Panel, rng: Generator) -> Panel:
    """Give the panel with everything that a test reads."""
    if set(test.series()) <= {LEADER, FOLLOWER}:
        return panel
    return beside(panel, rng.spawn(1)[0])


HIGH = {"rule": "record_high", "memory": "1y", "quiet": "3m"}
RALLY = {"rule": "rise", "by": 0.5, "within": "2m"}
LAST_DAY = str(trading_days(N_OBS)[-1])
RELATIONS: Mapping[str, RelationTest] = {
    "lag_profile, weeks 2-26": _relation("lag_profile", window={"min": "2w", "max": "26w"}),
    "lag_profile, weeks 2-26, sum": _relation(
        "lag_profile", window={"min": "2w", "max": "26w"}, statistic="sum"
    ),
    "lag_profile, days 3-30": _relation(
        "lag_profile", window={"min": "3d", "max": "30d"}, every="day"
    ),
    "lag_profile, days 1-30": _relation(
        "lag_profile", window={"min": "1d", "max": "30d"}, every="day"
    ),
    "level_correlation, days 0-120": _relation(
        "level_correlation", window={"min": "0d", "max": "120d"}
    ),
    "event_coincidence, trigger": _relation("event_coincidence"),
    "event_coincidence, precursor": _relation("event_coincidence", rate="precursor"),
    "event_coincidence, doublings after highs": _relation(
        "event_coincidence",
        event=HIGH,
        horizon="3m",
        rally={"rule": "rise", "by": 1.0, "within": "3m"},
    ),
    "event_study": _relation("event_study", event=HIGH),
    "gap_frequency": _relation("gap_frequency"),
    "driver_loading": _relation("driver_loading"),
    "granger": _relation("granger"),
    "granger, 8 weeks": _relation("granger", lags=8),
    "necessary_condition": _relation("necessary_condition", leader=FRESH, rally=RALLY, within="2w"),
    "predictive_skill, 8 weeks": _relation("predictive_skill", over="9w", horizon="8w"),
    "regime_means": _relation("regime_means", leader=FRESH),
    "response_order, 13 weeks": _relation("response_order", first=FIRST, horizon="13w"),
    "shock_response, 13 weeks": _relation("shock_response", horizon="13w"),
    "state_transition": _relation("state_transition", leader=FRESH, follower=UP, horizon="3m"),
    "stress_behaviour": _relation("stress_behaviour"),
    "tradable, 17 days later": _relation("tradable", over="1m", lag="17d", hold="4w"),
}
FACTS: Mapping[str, HypothesisTest] = {
    "market_fact, acceleration": _kind(
        "market_fact",
        fact="acceleration",
        of=FOLLOWER,
        day=LAST_DAY,
        windows=("1y",),
        n_resamples=N_RESAMPLES,
    ),
    "driver_share, residual": _kind(
        "driver_share",
        of=FOLLOWER,
        drivers={"the leader": (LEADER,)},
        question="residual",
        stop=LAST_DAY,
        n_resamples=N_RESAMPLES,
    ),
    "explosive": _kind("explosive", of=FOLLOWER, day=LAST_DAY, n_resamples=N_RESAMPLES),
    "forecast": _kind(
        "forecast",
        follower=FOLLOWER,
        from_day=LAST_DAY,
        horizon="2m",
        antecedent={"series": LEADER, "over": "6w", "above": 0.0},
    ),
}
# Kinds that read what stood on a day, with a base rate and without a p of chance.
READINGS = ("pace", "published_figure", "regime_now", "standing")
# For each kind a test, the world whose truth it must see, and the days that it takes.
MUST_SEE: Mapping[str, tuple[HypothesisTest, World, int]] = {
    "lag_profile": (RELATIONS["lag_profile, weeks 2-26"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
    "level_correlation": (
        _relation("level_correlation", window={"min": "0d", "max": "120d"}, levels="log"),
        PLANTED_WORLDS["follower in the leader's track"],
        N_OBS,
    ),
    "event_coincidence": (
        RELATIONS["event_coincidence, doublings after highs"],
        PLANTED_WORLDS["doubles after highs"],
        2 * N_OBS,
    ),
    "event_study": (RELATIONS["event_study"], PLANTED_WORLDS["rallies after highs"], N_OBS),
    "gap_frequency": (RELATIONS["gap_frequency"], PLANTED_WORLDS["held down"], N_OBS),
    "market_fact": (FACTS["market_fact, acceleration"], PLANTED_WORLDS["faster"], N_OBS),
    "driver_loading": (RELATIONS["driver_loading"], NULL_WORLDS["same day"], N_OBS),
    "driver_share": (FACTS["driver_share, residual"], PLANTED_WORLDS["faster"], N_OBS),
    "explosive": (FACTS["explosive"], PLANTED_WORLDS["faster"], N_OBS),
    "forecast": (FACTS["forecast"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
    "granger": (RELATIONS["granger, 8 weeks"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
    "necessary_condition": (
        _relation("necessary_condition", leader=FRESH, rally=RALLY | {"by": 1.0}, within="2w"),
        PLANTED_WORLDS["doubles after highs"],
        2 * N_OBS,
    ),
    "predictive_skill": (
        RELATIONS["predictive_skill, 8 weeks"],
        PLANTED_WORLDS["lead of 45 days"],
        N_OBS,
    ),
    "regime_means": (RELATIONS["regime_means"], PLANTED_WORLDS["doubles after highs"], N_OBS),
    "response_order": (
        RELATIONS["response_order, 13 weeks"],
        PLANTED_WORLDS["follower in the leader's track"],
        N_OBS,
    ),
    "shock_response": (
        RELATIONS["shock_response, 13 weeks"],
        PLANTED_WORLDS["lead of 45 days"],
        N_OBS,
    ),
    "state_transition": (
        _relation("state_transition", leader=FRESH, follower=DOUBLED, horizon="3m"),
        PLANTED_WORLDS["doubles after highs"],
        N_OBS,
    ),
    "stress_behaviour": (RELATIONS["stress_behaviour"], NULL_WORLDS["same day"], N_OBS),
    "tradable": (RELATIONS["tradable, 17 days later"], PLANTED_WORLDS["lead of 45 days"], N_OBS),
}
# The largest of several p-values, or a null that keeps the link within the guard gap, which the
# window overlaps: at most the level, and usually below it.
CONSERVATIVE = (
    "event_coincidence",
    "event_study",
    "explosive",
    "gap_frequency",
    "lag_profile, days 1-30",
    "necessary_condition",
    "regime_means",
    "response_order",
    "state_transition",
    "tradable",
)
# Worlds in which what a kind asks for is true, so that a rejection is right.
ON_THE_DAY = (
    "same day",
    "follower closes later",
    "leader closes later",
    "no lead",
    "stale closes",
)
TRUE_IN: Mapping[str, tuple[str, ...]] = {
    # The drift does change, up and down a cycle.
    "market_fact": ("few cycles",),
    "driver_loading": ON_THE_DAY,
    "shock_response": ON_THE_DAY,
    "stress_behaviour": ON_THE_DAY,
}
# Rotations of an antecedent that lasts are few, so its level is a little more than the nominal.
LEVEL: Mapping[str, float] = {"forecast": 0.08}
# The size planted for the power table, as a multiple of the smallest effect that matters.
PLANTED: Mapping[str, float] = {
    "lag_profile, weeks 2-26": 1.25,
    "lag_profile, days 3-30": 0.6,
    "level_correlation, days 0-120": 1.15,
    "event_coincidence, doublings after highs": 3.0,
    "event_study": 1.5,
    "gap_frequency": 2.0,
}


def designs() -> Mapping[str, HypothesisTest]:
    """Give every test whose size is measured, by the name of its row."""
    return {**RELATIONS, **FACTS}


def is_true(name: str, world: str) -> bool:
    """Say whether what a kind asks for is true in a world without a lead.

    Where both ride the same slow cycles, the leader's past does foretell the follower for as long
    as they last; that it is three episodes and no more is for the verdict to see.
    """
    return world == SLOW_CYCLES.name or world in TRUE_IN.get(name.split(",", maxsplit=1)[0], ())
