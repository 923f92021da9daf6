"""Small markets, and every kind with settings that answer within a second."""

import numpy as np
import pandas as pd

from leadline.data.frame import panel_from_series
from leadline.data.series import SeriesInfo
from leadline.evidence import kinds

FEW = {"n_resamples": 99, "n_sensitivity": 49, "n_simulations": 20}
RISE = {"rule": "rise", "by": 0.1, "within": "1m", "quiet": "2w"}
SMALL = {
    "lag_profile": {"window": {"min": "1d", "max": "10d"}, "every": "day", "guard": "1d"},
    "level_correlation": {"window": {"min": "0d", "max": "20d"}, "levels": "log"},
    "event_coincidence": {"event": RISE, "rally": RISE, "horizon": "1m", "apart": "1d"},
    "event_study": {"event": RISE, "horizon": "5d", "guard": "1d"},
    "gap_frequency": {"over": "1m"},
    "granger": {"lags": 2, "guard": "1d"},
    "predictive_skill": {"every": "day", "over": "5d", "horizon": "5d", "training": "6m"},
    "shock_response": {"every": "day", "horizon": "5d"},
    "tradable": {"over": "1m", "hold": "2w", "holds": ["1w"]},
    "driver_loading": {"every": "day"},
    "stress_behaviour": {"quiet": "2w"},
    "necessary_condition": {"leader": "strong", "rally": RISE, "within": "2w"},
    "regime_means": {"leader": "strong", "apart": "3d"},
    "response_order": {"first": "early", "every": "day", "horizon": "10d", "soon": "2d"},
    "state_transition": {
        "leader": "strong",
        "follower": "booming",
        "horizon": "1m",
        "apart": "3d",
    },
}
SHORT = {"kind": "market_fact", "of": "leader", "windows": ["3m", "1m"]}
FACTS = {
    "record": {**SHORT, "fact": "record"},
    "best_of": {**SHORT, "fact": "best_of", "universe": ["follower"]},
    "has_not_followed": {**SHORT, "fact": "has_not_followed", "follower": "follower"},
    "acceleration": {**SHORT, "fact": "acceleration", "windows": ["6m"], "n_resamples": 99},
    "driver_share": {
        "kind": "driver_share",
        "of": "follower",
        "drivers": {"metal": ["leader"], "early": ["early"]},
        "over": "2m",
        "memory": ["1y", "9m"],
        "n_resamples": 99,
    },
    "explosive": {"kind": "explosive", "of": "leader", "n_resamples": 99, "n_simulations": 9},
    "forecast": {
        "kind": "forecast",
        "follower": "follower",
        "rise": 0.05,
        "horizon": "1m",
        "antecedent": {"series": "strong"},
        "n_resamples": 99,
        "n_simulations": 49,
    },
    "pace": {
        "kind": "pace",
        "of": "leader",
        "since": "2018-08-01",
        "over": "3m",
        "against": ["follower"],
    },
    "published_figure": {
        "kind": "published_figure",
        "figure": "silver_mined_tonnes",
        "year": 2008,
        "above": 21200,
    },
    "regime_now": {"kind": "regime_now", "state": "strong", "also": ["booming"]},
    "standing": {"kind": "standing", "of": "follower", "rank_above": 0.5, "also": ["leader"]},
}
DAY = {"driver_share": "stop", "forecast": "from_day", "published_figure": "known_by"}


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


def beside(leader, follower):
    """Give the two prices and what follows from them, by name: two conditions and a third price.

    ``strong`` and ``booming`` hold where leader and follower rose over the past 20 days; ``early``
    answers the leader at once.
    """
    moves = np.log(leader).diff().fillna(0.0)
    noise = 0.01 * np.random.default_rng(11).standard_normal(moves.size)
    made = {
        "strong": np.log(leader).diff(20) > 0,
        "booming": np.log(follower).diff(20) > 0,
        "early": 50.0 * np.exp((0.5 * moves + noise).cumsum()),
    }
    named = {name: given.rename(name) for name, given in made.items()}
    return {"leader": leader, "follower": follower, **named}


def a_test(kind, **more):
    """Give a quick test of a relation, leader to follower."""
    settings = {"leader": "leader", "follower": "follower", **FEW, **SMALL[kind], **more}
    return kinds()[kind].model_validate(settings)


def a_fact(name, day, **more):
    """Give a quick test of a fact on a day."""
    kind = FACTS[name]["kind"]
    return kinds()[kind].model_validate({DAY.get(kind, "day"): day, **FACTS[name], **more})


def infos(series):
    """Say what is no price: bool values are a condition."""
    return {
        name: SeriesInfo(id=name, title=name, unit="yes or no", kind="flag")
        for name, given in series.items()
        if given.dtype == bool
    }


def panel_of(series, *, as_of=None):
    return panel_from_series(series, infos=infos(series), as_of=as_of)


def heard(test, series, *, as_of=None):
    """Find the evidence of a test in pandas Series by name."""
    return test.find(panel_of(series, as_of=as_of), test.stream("a seed"))


def find(kind, pair, **more):
    """Find the evidence of a quick test in leader and follower."""
    return heard(a_test(kind, **more), beside(*pair))
