"""Whole universes whose truth is known: what assets share, what is their own, and who leads."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.worlds.shocks import shocks, volatility

Floats = NDArray[np.float64]

DAILY = 0.01
"""Standard deviation of a day of what is an asset's own, and of the market."""
SECTORS, SECTOR = 3, 0.5
"""How many sectors there are, and how much of its sector's move an asset makes."""
BETAS = (0.3, 0.9)
LONGEST = 20
"""Longest lag of a planted lead, in days."""
MISSING = 0.1


class Drawn(NamedTuple):
    """Prices, a day a row and an asset a column, and the planted leads with their lags."""

    prices: pd.DataFrame
    leads: dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Universe:
    """A market, sectors and moves of each asset's own, all GARCH(1,1) with Student-t shocks.

    Attributes
    ----------
    name, truth : str
        What it is called, and what is true in it.
    n_assets, n_obs : int
        How many assets, and how many returns of each.
    n_leads : int
        Pairs in which one follows the other; no asset is in two of them.
    strength : float
        How much of what is its leader's own a follower repeats, so that no third asset leads it.
    shared_volatility : float
        Standard deviation of a log variance that all assets share; 0 for none.
    has_gaps : bool
        Whether a tenth of all prices is missing and half of the assets is listed half-way.
    later : float
        Share of assets that make half of their move with the market a day later.
    """

    name: str
    truth: str
    n_assets: int = 50
    n_obs: int = 1000
    n_leads: int = 0
    strength: float = 0.25
    shared_volatility: float = 0.0
    has_gaps: bool = False
    later: float = 0.0

    def draw(self, rng: Generator) -> Drawn:
        """Draw a history."""
        shared, own = self._shared(rng), self._many(self.n_assets, rng)
        chosen = rng.permutation(self.n_assets)[: 2 * self.n_leads].reshape(-1, 2)
        leads = {}
        for leader, follower in chosen:
            lag = int(rng.integers(1, LONGEST + 1))
            own[lag:, follower] += self.strength * own[:-lag, leader]
            leads[_name(leader), _name(follower)] = lag
        moves = shared + own
        if self.shared_volatility:
            moves *= volatility(self.shared_volatility, self.n_obs, rng)[:, None]
        prices = priced(DAILY * moves)
        if self.has_gaps:
            prices = prices.mask(rng.random(prices.shape) < MISSING)
            prices.iloc[: self.n_obs // 2, : self.n_assets // 2] = np.nan
        return Drawn(prices, leads)

    def _many(self, n_series: int, rng: Generator) -> Floats:
        return np.stack([shocks("garch_t", self.n_obs, rng) for _ in range(n_series)], axis=1)

    def _shared(self, rng: Generator) -> Floats:
        """Draw what each asset owes to the market and to its sector."""
        market = self._many(1, rng)
        answered = np.repeat(market, self.n_assets, axis=1)
        late = slice(0, round(self.later * self.n_assets))
        answered[1:, late] = (market[1:] + market[:-1]) / 2
        sectors = self._many(SECTORS, rng)[:, np.arange(self.n_assets) % SECTORS]
        return np.asarray(rng.uniform(*BETAS, self.n_assets) * answered + SECTOR * sectors)


def priced(moves: Floats) -> pd.DataFrame:
    """Add up daily log returns, (n_obs, n_assets), into prices of assets ``a000``, ``a001``…"""
    log_price = np.concatenate((np.zeros((1, moves.shape[1])), np.cumsum(moves, axis=0)))
    days = pd.bdate_range("2015-01-01", periods=len(log_price))
    names = [_name(number) for number in range(moves.shape[1])]
    return pd.DataFrame(100 * np.exp(log_price), days, names)


def _name(number: int) -> str:
    return f"a{number:03}"
