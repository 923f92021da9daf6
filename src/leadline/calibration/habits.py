"""Habits of the trade that do not hold their level: shown so that nobody goes back to them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import stdtr

from leadline.calibration.designs import N_RESAMPLES
from leadline.calibration.looks import Look, Seen
from leadline.data.panel import Every, Panel
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.resample import automatic_block, stationary_indices
from leadline.worlds.known import FOLLOWER, LEADER

Floats = NDArray[np.float64]


def _returns(panel: Panel, every: Every) -> tuple[Floats, Floats]:
    prices = panel.align((LEADER, FOLLOWER), every=every).values
    x, y = (np.diff(np.log(prices[name])) for name in (LEADER, FOLLOWER))
    return x, y


def _best(x: Floats, y: Floats, first: int, last: int) -> Floats:
    """Largest correlation at lags from ``first`` to ``last``, for each row."""
    x, y = ((z - z.mean(axis=-1, keepdims=True)) / z.std(axis=-1, keepdims=True) for z in (x, y))
    n = x.shape[-1]
    size = n + last
    products = np.fft.irfft(np.conj(np.fft.rfft(x, size)) * np.fft.rfft(y, size), size)
    return np.asarray(products[..., first : last + 1].max(axis=-1) / n)


@dataclass(frozen=True, slots=True)
class EachByItself:
    """Resample each series in blocks by itself and compare the largest correlation."""

    every: Every
    first: int
    last: int

    def __call__(self, panel: Panel, rng: Generator) -> Seen:
        """Put the panel on trial."""
        x, y = _returns(panel, self.every)
        drawn = [
            z[stationary_indices(N_RESAMPLES, z.size, automatic_block(z), rng)] for z in (x, y)
        ]
        observed = _best(x, y, self.first, self.last)
        return Seen(p_value(float(observed), _best(drawn[0], drawn[1], self.first, self.last)))


def textbook_band(panel: Panel, rng: Generator) -> Seen:
    """Look whether any lag leaves the band of a single one."""
    del rng
    x, y = _returns(panel, "week")
    return Seen(float(_best(x, y, 2, 26) <= 1.645 / np.sqrt(x.size)))


def levels_t_test(panel: Panel, rng: Generator) -> Seen:
    """Test the correlation of the two prices as if days were independent."""
    del rng
    prices = panel.align((LEADER, FOLLOWER)).values
    r = float(np.corrcoef(prices[LEADER], prices[FOLLOWER])[0, 1])
    n = prices[LEADER].size
    return Seen(float(stdtr(n - 2, -r * np.sqrt((n - 2) / (1 - r**2)))))


HABITS: Mapping[str, Look] = {
    "each series resampled by itself, weeks 2-26": EachByItself("week", 2, 26),
    "each series resampled by itself, days 1-100": EachByItself("day", 1, 100),
    "any of weeks 2-26 outside 1.645/√n": textbook_band,
    "t-test of the correlation of levels": levels_t_test,
}
