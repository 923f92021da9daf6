"""Small markets, and every kind with settings that answer within a second."""

import numpy as np
import pandas as pd

from leadline.data.frame import panel_from_series
from leadline.evidence import kinds

FEW = {"n_resamples": 99, "n_sensitivity": 49, "n_simulations": 20}
RISE = {"rule": "rise", "by": 0.1, "within": "1m", "quiet": "2w"}
SMALL = {
    "lag_profile": {"window": {"min": "1d", "max": "10d"}, "every": "day", "guard": "1d"},
    "level_correlation": {"window": {"min": "0d", "max": "20d"}, "levels": "log"},
    "event_coincidence": {"event": RISE, "rally": RISE, "horizon": "1m", "apart": "1d"},
    "event_study": {"event": RISE, "horizon": "5d", "guard": "1d"},
    "gap_frequency": {"over": "1m"},
    "granger": {"every": "day", "lags": 4, "guard": "1d"},
    "predictive_skill": {"every": "day", "over": "5d", "horizon": "5d", "training": "6m"},
    "shock_response": {"every": "day", "horizon": "10d"},
    "tradable": {"over": "1m", "hold": "2w", "holds": ["1w"]},
    "driver_loading": {"every": "day"},
    "stress_behaviour": {"quiet": "2w"},
}
FACTS = {
    "record": {"fact": "record"},
    "best_of": {"fact": "best_of", "universe": ["follower"]},
    "has_not_followed": {"fact": "has_not_followed", "follower": "follower"},
    "acceleration": {"fact": "acceleration", "n_resamples": 99},
}


def prices(moves, name, *, level=100.0, start="2017-01-01"):
    days = pd.date_range(start, periods=len(moves), unit="s")
    return pd.Series(level * np.exp(np.cumsum(moves)), index=days, name=name)


def market(n_obs=1200, *, lag=3, link=1.0, noise=0.004, seed=1):
    """Give leader and follower: y[t] = link * x[t - lag] + noise, both through calm and storm."""
    rng = np.random.default_rng(seed)
    storm = np.exp(0.5 * np.sin(np.arange(n_obs) / 70))
    x = 0.02 * storm * rng.standard_t(6, n_obs)
    y = noise * rng.standard_normal(n_obs)
    y[lag:] += link * x[:-lag]
    return prices(x, "leader"), prices(y, "follower", level=3000.0)


def a_test(kind, **more):
    """Give a quick test of a relation, leader to follower."""
    settings = {"leader": "leader", "follower": "follower", **FEW, **SMALL[kind], **more}
    return kinds()[kind].model_validate(settings)


def a_fact(name, day, **more):
    return kinds()["market_fact"].model_validate(
        {"of": "leader", "day": day, **FACTS[name], **more}
    )


def heard(test, series, *, as_of=None):
    """Find the evidence of a test in pandas Series by name."""
    return test.find(panel_from_series(series, as_of=as_of), test.stream("a seed"))


def find(kind, pair, **more):
    """Find the evidence of a quick test in leader and follower."""
    return heard(a_test(kind, **more), dict(zip(("leader", "follower"), pair, strict=True)))
