"""Worlds of drivers: an asset that moves with some of them, on business days."""

from datetime import date

import numpy as np

from leadline.data.clock import AfterDays
from leadline.data.frame import simulated_panel
from leadline.data.series import SeriesInfo
from leadline.worlds.shocks import shocks, volatility

CLOSES = "16:00 America/New_York"
PUBLISHED = AfterDays(days=1, at="16:30 America/New_York")
RATES = ("rate",)


def days(n_obs):
    return np.busday_offset(np.datetime64("2014-01-01"), np.arange(n_obs), roll="forward")


def info(name):
    """Say what a series is: a rate is published the day after the day it is about."""
    if name.startswith(RATES):
        return SeriesInfo(
            id=name, title=name, unit="percent", kind="rate", close=CLOSES, release=PUBLISHED
        )
    return SeriesInfo(id=name, title=name, unit="USD", kind="price", close=CLOSES)


def panel(moves, *, factor=None, as_of=None):
    """Give the panel of moves: logs of prices, percentage points of rates."""
    n_obs = len(next(iter(moves.values()))) + 1
    values = {}
    for name, move in moves.items():
        path = np.concatenate(([0.0], np.cumsum(move)))
        value = 2.0 + path if name.startswith(RATES) else 100 * np.exp(path)
        values[name] = value * (factor or {}).get(name, 1.0)
    when = days(n_obs)
    if as_of is not None:
        kept = when <= np.datetime64(as_of)
        when = when[kept]
        values = {name: value[kept] for name, value in values.items()}
    return simulated_panel(when, values, {name: info(name) for name in values})


def day(number):
    """Give the day of a position as a date."""
    found: date = days(number + 1)[-1].astype(object)
    return found


def moves(
    n_obs, rng, *, betas, correlation=0.0, tails="garch_t", shared=0.0, noise=0.012, names=None
):
    """Draw drivers and an asset that follows them with ``betas`` (by name) plus noise."""
    names = tuple(betas) if names is None else names
    common = shocks(tails, n_obs, rng)
    scale = volatility(shared, n_obs, rng) if shared else 1.0
    drawn = {}
    for name in names:
        own = shocks(tails, n_obs, rng)
        size = 0.05 if name.startswith(RATES) else 0.008
        mixed = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
        drawn[name] = size * scale * mixed
    asset = noise * scale * shocks(tails, n_obs, rng)
    for name, beta in betas.items():
        asset = asset + beta * drawn[name]
    return {"asset": asset, **drawn}
