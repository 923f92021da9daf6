"""The days from which a forecast could have been made, and what held on them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.data.duration import Duration
from leadline.data.panel import Panel
from leadline.errors import DataError
from leadline.evidence.exhibits import Frozen

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
Days = NDArray[np.datetime64]


class Antecedent(Frozen):
    """What the forecast builds on: ``series`` rose by more than ``above`` over the past ``over``.

    A change is that of the logarithm, or of a rate as it is. Without ``over`` the series is a
    condition, which holds.
    """

    series: str
    over: Duration | None = None
    above: float = 0.0

    @property
    def words(self) -> str:
        """The antecedent in English."""
        if self.over is None:
            return f"{self.series} held"
        by = "" if self.above == 0 else f" by more than {self.above:.0%}"
        return f"{self.series} was up{by} over {self.over.words}"

    def held(self, panel: Panel, days: Days) -> Flags:
        """Say on which of ``days`` it was known to hold; not known counts as not.

        Raises DataError for a change in a revised series, whose ends differ in vintage, and where
        ``over`` is missing for what is no condition.
        """
        column = panel[self.series]
        own = column.fresh & np.isfinite(column.value)
        own_days, value = panel.days[own], column.value[own]
        if self.over is None:
            if not column.info.is_state:
                msg = (
                    f"antecedent: {self.series} is a {column.info.kind}, not a condition. Give "
                    "'over', such as 3m."
                )
                raise DataError(msg)
            on = value > 0.5
        else:
            if column.info.revised:
                msg = (
                    f"antecedent: {self.series} is revised, so a change between two days would "
                    "mix vintages. Use a series that is not revised, or a condition."
                )
                raise DataError(msg)
            on = self._risen(own_days, value, rate=column.info.kind == "rate")
        row = np.searchsorted(own_days, days, "right") - 1
        known = np.zeros(days.size, dtype=bool)
        known[row >= 0] = on[row[row >= 0]]
        return known

    def _risen(self, days: Days, value: Floats, *, rate: bool) -> Flags:
        if self.over is None or days.size < 2:
            return np.zeros(days.size, dtype=bool)
        if not rate and np.any(value <= 0):
            msg = f"antecedent: {self.series} has values of zero or less, which have no logarithm."
            raise DataError(msg)
        path = value if rate else np.log(value)
        span = float((days[-1] - days[0]) / np.timedelta64(1, "D"))
        back = max(self.over.observations((days.size - 1) / span * 365.25), 1)
        on = np.zeros(days.size, dtype=bool)
        # Rounded, so that a move of nothing is none whatever the unit of the price.
        on[back:] = np.round(path[back:] - path[:-back], 12) > self.above
        return on


@dataclass(frozen=True, slots=True)
class Past:
    """All days before the forecast, and from which of them it would have come true.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_obs,)
    level : ndarray of float64, shape (n_obs,)
        Log price; the last is that of the forecast.
    wait : ndarray of intp, shape (n_starts,)
        Observations until it came true, 0 where it did not.
    held : ndarray of bool, shape (n_obs,), or None
        Whether the antecedent held.
    """

    days: Days
    level: Floats
    horizon: int
    wait: Index
    held: Flags | None

    @property
    def hits(self) -> Flags:
        """From which starts it came true in time, shape (n_starts,)."""
        return self.wait > 0

    @property
    def per_year(self) -> float:
        """Observations a year."""
        span = float((self.days[-1] - self.days[0]) / np.timedelta64(1, "D"))
        return (self.days.size - 1) / span * 365.25

    @property
    def starts_held(self) -> Flags:
        """On which starts the antecedent held; on all of them where there is none."""
        if self.held is None:
            return np.ones(self.wait.size, dtype=bool)
        return self.held[: self.wait.size]

    def spells(self) -> int:
        """Count separate spells of the antecedent, at least a horizon apart."""
        on = np.flatnonzero(self.starts_held)
        if self.held is None or on.size == 0:
            return self.wait.size // self.horizon
        return int(1 + np.count_nonzero(np.diff(on) > self.horizon))


class Rates(NamedTuple):
    """Shares of starts from which it came true, each with an interval of 90 %.

    ``base`` is that of all starts, ``held`` that of starts on which the antecedent held.
    """

    base: float
    held: float
    base_interval: tuple[float, float]
    held_interval: tuple[float, float]
