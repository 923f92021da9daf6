"""What stands between a price and who sees it: each layer says what it does to the truth."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.series import Series, SeriesInfo, series_of

Floats = NDArray[np.float64]
Prices = dict[str, Floats]


class Layer(Protocol):
    """How prices come to be seen otherwise than they were."""

    def observe(self, prices: Prices, rng: Generator) -> Prices:
        """Give the prices as seen, by series id, shape (n_obs,) each."""
        ...


@dataclass(frozen=True, slots=True)
class Averaged:
    """One series is published as the mean of its last ``days`` closes, so that windows overlap."""

    series: str
    days: int = 20

    def observe(self, prices: Prices, rng: Generator) -> Prices:
        """Average; the first days average what there is."""
        del rng
        sums = np.cumsum(np.concatenate(([0.0], prices[self.series])))
        stop = np.arange(1, sums.size)
        start = np.maximum(stop - self.days, 0)
        return prices | {self.series: (sums[stop] - sums[start]) / (stop - start)}


@dataclass(frozen=True, slots=True)
class BadTicks:
    """On some days, ``a_year`` of them, a close is off by ``by`` and right again the day after."""

    series: str
    a_year: float = 2.0
    by: float = 0.4

    def observe(self, prices: Prices, rng: Generator) -> Prices:
        """Spoil some closes, up or down."""
        own = prices[self.series]
        hit = rng.random(own.size) < self.a_year / 261.0
        # Never at either end, where nothing comes after to say that it was wrong.
        hit[[0, -1]] = False
        hit[1:] &= ~hit[:-1]
        sign = rng.choice((-1.0, 1.0), own.size)
        return prices | {self.series: own * np.where(hit, np.exp(sign * self.by), 1.0)}


@dataclass(frozen=True, slots=True)
class Stale:
    """On a ``share`` of days a close is not renewed: the last one is shown again."""

    series: str
    share: float = 0.1

    def observe(self, prices: Prices, rng: Generator) -> Prices:
        """Repeat closes."""
        own = prices[self.series]
        fresh = rng.random(own.size) >= self.share
        fresh[0] = True
        last = np.maximum.accumulate(np.where(fresh, np.arange(own.size), 0))
        return prices | {self.series: own[last]}


@dataclass(frozen=True, slots=True)
class Hindsight:
    """One series is revised by what another did ``days`` later, as if it had been known.

    The move of the other over those days enters with ``weight``: whoever takes the newest
    values for those of the day sees a lead that nobody could have seen.
    """

    series: str
    other: str
    days: int = 45
    weight: float = 0.5

    def observe(self, prices: Prices, rng: Generator) -> Prices:
        """Let the future in; near the end as far as it is known."""
        del rng
        n = prices[self.other].size
        ahead = np.minimum(np.arange(n) + self.days, n - 1)
        log = np.log(prices[self.other])
        own = np.log(prices[self.series]) + self.weight * (log[ahead] - log)
        return prices | {self.series: np.exp(own)}


@dataclass(frozen=True, slots=True)
class Vintages:
    """How one series is published: first with an error, ``delay`` days after its period.

    The error, of standard deviation ``error`` in logs, is corrected ``settled`` days later. Where
    ``kept`` is false only the last vintage is left, as if it had been known all along.
    """

    series: str
    delay: int = 10
    error: float = 0.02
    settled: int = 60
    kept: bool = True

    def publish(self, info: SeriesInfo, days: NDArray[np.datetime64], value: Floats) -> Series:
        """Give the series with its vintages; the errors follow from the values alone."""
        revised = _revised(info)
        if not self.kept:
            return series_of(revised, days, value)
        # A stream of the series itself, so that panel and store show the same vintages.
        rng = np.random.default_rng(np.frombuffer(value.tobytes()[:32], dtype=np.uint32))
        first = value * np.exp(self.error * rng.standard_normal(value.size))
        close = days.astype("datetime64[s]") + np.timedelta64(24, "h")
        known = [close + np.timedelta64(d, "D") for d in (self.delay, self.delay + self.settled)]
        return series_of(
            revised,
            np.concatenate((days, days)),
            np.concatenate((first, value)),
            known=np.concatenate(known),
        )


def _revised(info: SeriesInfo) -> SeriesInfo:
    """Give the description of the same series, revised at its source."""
    return info.model_copy(update={"revised": True})


def seen(layers: tuple[Layer, ...], prices: Prices, rng: Generator) -> Prices:
    """Apply layers in their order."""
    for layer in layers:
        prices = layer.observe(prices, rng)
    return prices
