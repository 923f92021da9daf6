"""Universes whose truth is known: factors, volatility that clusters, heavy tails, some leads."""

import numpy as np
import pandas as pd

DEGREES = 5.0
ARCH, PERSISTENCE = 0.08, 0.97
WARM_UP = 200


def shocks(n_obs, n_series, rng):
    """GARCH(1,1) with Student-t shocks, side by side, of variance one."""
    heavy = rng.standard_t(DEGREES, (n_obs + WARM_UP, n_series)) * np.sqrt(1 - 2 / DEGREES)
    variance = np.ones(n_series)
    for day in range(len(heavy)):
        shock = heavy[day] ** 2
        heavy[day] *= np.sqrt(variance)
        variance = (1 - PERSISTENCE) + (ARCH * shock + PERSISTENCE - ARCH) * variance
    return heavy[WARM_UP:]


def moves(n_assets, n_obs, rng):
    """Daily moves without a lead: what assets share (a market, three sectors), and their own."""
    market = shocks(n_obs, 1, rng)
    sectors = shocks(n_obs, 3, rng)[:, np.arange(n_assets) % 3]
    beta = rng.uniform(0.3, 0.9, n_assets)
    return (beta * market + 0.5 * sectors) / 100, shocks(n_obs, n_assets, rng) / 100


def frame(moves):
    days = pd.bdate_range("2015-01-01", periods=moves.shape[0] + 1)
    log_price = np.concatenate((np.zeros((1, moves.shape[1])), np.cumsum(moves, axis=0)))
    return pd.DataFrame(100 * np.exp(log_price), days, [f"a{i:03}" for i in range(moves.shape[1])])


def null_universe(n_assets, n_obs, rng):
    return frame(sum(moves(n_assets, n_obs, rng)))


def planted_universe(n_assets, n_obs, n_leads, strength, rng, max_lag=20):
    """Give prices, and the (leader, follower) that were planted; no asset is in two of them.

    A follower repeats ``strength`` of what is the leader's own, so that no third asset leads it.
    """
    shared, own = moves(n_assets, n_obs, rng)
    chosen = rng.permutation(n_assets)[: 2 * n_leads].reshape(n_leads, 2)
    for leader, follower in chosen:
        lag = int(rng.integers(1, max_lag + 1))
        own[lag:, follower] += strength * own[:-lag, leader]
    return frame(shared + own), {(f"a{i:03}", f"a{j:03}") for i, j in chosen}
