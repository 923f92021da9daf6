"""Universes in short: without a lead, with planted ones, and shocks side by side."""

import numpy as np

from leadline.worlds import shocks as worlds
from leadline.worlds.universes import Universe


def null_universe(n_assets, n_obs, rng):
    """Give the prices of a universe in which nobody leads."""
    return Universe("", "", n_assets, n_obs).draw(rng).prices


def planted_universe(n_assets, n_obs, n_leads, strength, rng):
    """Give prices, and the (leader, follower) that were planted with their lags."""
    return Universe("", "", n_assets, n_obs, n_leads, strength).draw(rng)


def shocks(n_obs, n_series, rng):
    """GARCH(1,1) with Student-t shocks, side by side, of variance one."""
    return np.stack([worlds.shocks("garch_t", n_obs, rng) for _ in range(n_series)], axis=1)
