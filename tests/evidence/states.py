"""Small markets in which conditions hold and end, and how often a test rejects in them."""

import numpy as np
from scipy.signal import lfilter

from leadline.data.frame import simulated_panel
from leadline.data.series import SeriesInfo
from leadline.evidence import kinds
from leadline.worlds.calibration import rate
from leadline.worlds.shocks import shocks

FEW = {"n_resamples": 99, "n_sensitivity": 49, "n_simulations": 20}
FIRST = np.datetime64("2012-01-01", "D")


def info(name):
    return SeriesInfo(id=name, title=name, unit="yes or no", kind="flag")


def panel(prices, flags):
    """Give the panel of daily prices and of flags; NaN is a day without."""
    columns = {**prices, **{name: np.asarray(on, dtype=float) for name, on in flags.items()}}
    n_obs = len(next(iter(columns.values())))
    infos = {name: info(name) for name in flags}
    return simulated_panel(FIRST + np.arange(n_obs), columns, infos)


def price(returns, level=100.0):
    return level * np.exp(np.cumsum(returns))


def wandering(n_obs, rng, persistence=0.98, driver=None):
    """Give an AR(1) of variance one, from a warm start or from the shocks of ``driver``."""
    noise = rng.standard_normal(n_obs + 300)
    if driver is not None:
        noise[300:] = driver
    return lfilter([(1 - persistence**2) ** 0.5], [1.0, -persistence], noise)[300:]


def latched(x, on=0.8, off=0.0):
    """Hold from where ``x`` passes ``on`` until it falls below ``off``, so that spells last."""
    state, out = False, np.empty(x.size, dtype=bool)
    for t, value in enumerate(x):
        state = value > on or (state and value >= off)
        out[t] = state
    return out


def a_state(n_obs, rng, persistence=0.98):
    return latched(wandering(n_obs, rng, persistence))


def wild_before(returns, window=60):
    """Whether the follower's own past volatility is above its average so far."""
    total = np.concatenate(([0.0], np.cumsum(returns**2)))
    past = total[window:] - total[:-window]
    so_far = np.cumsum(past) / np.arange(1, past.size + 1)
    return np.concatenate((np.zeros(window - 1, dtype=bool), past > so_far))


def unrelated(name, n_obs, rng):
    """Give returns of a follower and a state of which its returns know nothing."""
    state = a_state(n_obs, rng)
    if name == "GARCH-t":
        return 0.03 * shocks("garch_t", n_obs, rng), state
    if name == "momentum":
        return 0.01 * lfilter([1.0], [1.0, -0.9], rng.standard_normal(n_obs)), state
    if name == "own volatility":
        returns = 0.03 * shocks("garch_t", n_obs, rng)
        return returns, wild_before(returns)
    if name == "common volatility":
        log_variance = wandering(n_obs, rng)
        returns = 0.03 * np.exp(log_variance / 2) * rng.standard_normal(n_obs)
        return returns, latched(log_variance)
    if name == "same day":
        driver = rng.standard_normal(n_obs)
        returns = 0.03 * (-0.6 * driver + 0.8 * rng.standard_normal(n_obs))
        return returns, latched(wandering(n_obs, rng, driver=driver))
    if name == "falling volatility":
        fading = np.exp(-1.5 * np.arange(n_obs) / n_obs)
        return 0.05 * fading * shocks("garch_t", n_obs, rng), a_state(n_obs, rng, 0.99)
    raise ValueError(name)


def test_of(kind, **settings):
    return kinds()[kind].model_validate({**FEW, **settings})


test_of.__test__ = False


def heard(test, market):
    return test.find(market, test.stream("a seed"))


def alarms(test, markets, n_worlds, *, seed=5, n_resamples=99, alpha=0.05):
    """Give how often a test rejects; a market that is too thin does not count."""
    found = []
    for number in range(n_worlds):
        rng = np.random.default_rng([seed, number])
        sample = test.draw(markets(rng))
        if test.too_thin(test.own(sample)) is None:
            found.append(test.significance(sample, rng, n_resamples).p_value)
    return rate(found, alpha=alpha)
