"""One market on which every kind can be asked, and every kind with quick settings."""

from datetime import date

import numpy as np
from evidence.quick import FACTS, SMALL, a_fact, a_test, beside, market, panel_of, prices

YEARS = market(1500, link=0.5, noise=0.015, seed=3)
TEA = prices(np.random.default_rng(0).standard_normal(1500) * 0.01, "tea")
SERIES = {**beside(*YEARS), "tea": TEA}
LAST: date = YEARS[0].index[-1].date()
RELATIONS = {name: a_test(name) for name in SMALL}
TESTS = {**RELATIONS, **{name: a_fact(name, str(LAST)) for name in FACTS}}


def asked(test, series, seed=7):
    """Find the evidence under a stream that does not hang on the settings."""
    return test.find(panel_of(series), np.random.default_rng(seed))


def is_price(series):
    return series.dtype != bool
