"""One market on which every kind can be asked, and every kind with quick settings."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from evidence.quick import FACTS, SMALL, a_fact, a_test, beside, market, panel_of, prices

YEARS = market(1500, link=0.5, noise=0.015, seed=3)
TEA = prices(np.random.default_rng(0).standard_normal(1500) * 0.01, "tea")
SERIES = {**beside(*YEARS), "tea": TEA}
LAST: date = YEARS[0].index[-1].date()
# The calendar repeats itself after 28 years, weekdays and leap years included, until 2100.
CYCLE = 10_227
FAR, START = 150, 500
"""Days of a past that is taken away, and of one before the question."""
RANKED = {
    "gap_frequency": "a move ranks among all moves before it",
    "stress_behaviour": "thresholds come from all the past",
    "tradable": "a move ranks among all moves before it",
}
"""Kinds that learn from all the past there is, and so may change with it."""
ODD = {
    "driver_loading",
    "event_study",
    "granger",
    "lag_profile",
    "level_correlation",
    "predictive_skill",
    "regime_means",
    "shock_response",
    "stress_behaviour",
}
"""Kinds whose statistic turns with the sign of the follower's returns."""
RELATIONS = {name: a_test(name) for name in SMALL}
TESTS = {**RELATIONS, **{name: a_fact(name, str(LAST)) for name in FACTS}}


def asked(test, series, seed=7):
    """Find the evidence under a stream that does not hang on the settings."""
    return test.find(panel_of(series), np.random.default_rng(seed))


@cache
def as_it_is():
    """Give what every kind finds in the market to which nothing was done."""
    return {name: asked(test, SERIES) for name, test in TESTS.items()}


def moved(days, series):
    """Move series to other days of the calendar."""
    return {
        name: pd.Series(one.to_numpy(), one.index + pd.Timedelta(days=days).as_unit("s"), name=name)
        for name, one in series.items()
    }


ERROR = 2.0**-23
"""What rounding to 32 bits does to a move at most: each of its prices is off by 2^-24 of itself."""


def rounding():
    """Give by how many standard errors an estimate may move where prices lose their last bits.

    An estimate is a weighted sum of moves, its standard error the root of the sum of their squares.
    Errors of e at most in n moves of standard deviation s shift the sum by e times the sum of the
    weights' sizes, which is at most e sqrt(n) / s standard errors (Cauchy and Schwarz). Weights
    that come from the other series add the same with its own standard deviation.
    """
    moves = [np.diff(np.log(SERIES[name])) for name in ("leader", "follower")]
    return ERROR * sum(np.sqrt(one.size) / one.std() for one in moves)


def is_price(series):
    return series.dtype != bool
