"""What a definition is: a series that follows from others, day by day, from their past alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leadline.data.clock import decisions
from leadline.data.duration import DurationText
from leadline.data.panel import Column
from leadline.data.series import Series, SeriesInfo
from leadline.errors import DataError

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Rows = NDArray[np.intp]


class Inputs:
    """What a definition may read: series as they were known at each decision.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
        Every calendar day of the panel.
    """

    def __init__(
        self, days: Days, columns: Mapping[str, Column], vintages: Mapping[str, Series]
    ) -> None:
        self.days = days
        self._columns = columns
        self._vintages = vintages
        self._memo: dict[Any, Any] = {}
        self._notes: list[str] = []

    def column(self, name: str) -> Column:
        """Give the column of a series or of a definition that this one needs."""
        return self._columns[name]

    def stale(self, name: str) -> NDArray[np.bool_]:
        """Say on which days the newest value was older than its series allows, or unknown."""
        column = self.column(name)
        if column.basis == "derived":
            # It has already minded the age of what it was made from.
            return np.isnan(column.value)
        # A day that is no day compares as false, so the unknown is stale too.
        return ~(self.days - column.period <= np.timedelta64(column.info.stale_after, "D"))

    def value(self, name: str) -> Floats:
        """Give the newest value known on each day, shape (n_days,); NaN where it was stale."""
        return np.where(self.stale(name), np.nan, self.column(name).value)

    def own(self, name: str) -> tuple[Rows, Floats]:
        """Give the days on which a newer value became known, as rows, and those values.

        Rules about a series' own observations (its last 200, say) are computed on these and
        carried to every day by ``held``.
        """
        column = self.column(name)
        rows = np.flatnonzero(column.fresh & np.isfinite(column.value))
        return rows, column.value[rows]

    def held(self, name: str, values: Floats) -> Floats:
        """Carry one value for each own observation of ``name`` to every day, until it is stale."""
        rows, _ = self.own(name)
        at = np.searchsorted(rows, np.arange(self.days.size), side="right") - 1
        known = (at >= 0) & ~self.stale(name)
        if rows.size == 0:
            return np.full(self.days.size, np.nan)
        return np.where(known, np.asarray(values, dtype=np.float64)[np.maximum(at, 0)], np.nan)

    def per_year(self, name: str) -> float:
        """Give the number of own observations a year, the common one of its calendar.

        A property of the calendar and not of the sample: counting what was observed would let
        the future decide how long a month is.
        """
        info = self.column(name).info
        if info.frequency == "weekly":
            return 365.25 / 7
        if info.frequency == "monthly":
            return 12.0
        return 365.25 if info.calendar == "every_day" else 252.0

    def growth(self, name: str, over: DurationText) -> Floats:
        """Give the log growth of a series over a span, shape (n_days,).

        Both ends are of one snapshot: from the newest period known at each decision back to the
        newest period at least ``over`` older, each in its newest vintage known then.
        """
        series = self._vintages.get(name)
        if series is None:
            msg = f"{name!r} is itself derived, so it has no vintages to grow between."
            raise DataError(msg)
        known = np.searchsorted(series.known_at, decisions(self.days), side="right")
        span = np.timedelta64(round(over.days), "D")
        out = np.full(self.days.size, np.nan)
        changed = np.flatnonzero(np.diff(known, prepend=0))
        for row, stop in zip(changed, [*changed[1:], self.days.size], strict=True):
            out[row:stop] = _newest_growth(series, int(known[row]), span)
        return np.where(self.stale(name), np.nan, out)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """Compute what several definitions of one panel share only once."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]

    def note(self, text: str) -> None:
        """Add a caveat that every verdict which uses the definition repeats."""
        self._notes.append(text)

    def noted(self) -> tuple[str, ...]:
        """Give the caveats noted since the last time, and forget them."""
        said, self._notes = tuple(self._notes), []
        return said


def _newest_growth(series: Series, known: int, span: np.timedelta64) -> float:
    period, value = series.period[:known], series.value[:known]
    newest = period.max()
    back = period <= newest - span
    if not back.any():
        return float("nan")
    # Rows are in order of knowledge, so the last row of a period is its newest vintage.
    now = value[np.flatnonzero(period == newest)[-1]]
    then = value[np.flatnonzero(period == period[back].max())[-1]]
    return float(np.log(now / then)) if now > 0 and then > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Definition:
    """A named series that follows from others: a condition, an index, a ratio.

    Attributes
    ----------
    id, title : str
        Its name in claim files, and what it says.
    kind : str
        flag (0 or 1) and probability are states; price, rate and index as in the catalogue.
    needs : tuple of str
        Series of the catalogue, or other definitions; the first one's observations are its own.
    rule : str
        The definition in full, with every number in it.
    source : str
        Where the definition comes from (author, year), or why it is as it is.
    compute : callable
        Gives one value a day, shape (n_days,), NaN where nothing is known. The value of a day
        must follow from that day and those before it alone.
    unit : str
    group : str
        The heading under which it is listed.
    """

    id: str
    title: str
    kind: Literal["flag", "probability", "price", "rate", "index"]
    needs: tuple[str, ...]
    rule: str
    source: str
    compute: Callable[[Inputs], Floats]
    unit: str = "yes or no"
    group: str = ""

    @property
    def info(self) -> SeriesInfo:
        """Say what the series is, as the catalogue does."""
        return SeriesInfo(
            id=self.id,
            title=self.title,
            unit=self.unit,
            kind=self.kind,
            positive=self.kind == "price",
            remark=self.rule,
        )

    def column(self, inputs: Inputs) -> Column:
        """Compute the column; a state is fresh whenever it is known, the rest with its input."""
        value = np.asarray(self.compute(inputs), dtype=np.float64)
        if value.shape != inputs.days.shape:
            msg = f"{self.id}: gives shape {value.shape} for {inputs.days.size} days."
            raise ValueError(msg)
        known = np.isfinite(value)
        needed = [inputs.column(name) for name in self.needs]
        # As old as the oldest thing it was made from.
        period = np.minimum.reduce([column.period for column in needed])
        fresh = known if self.kind in ("flag", "probability") else known & needed[0].fresh
        notes = tuple(f"{self.id}: {text}" for text in inputs.noted())
        return Column(self.info, value, period, fresh, "derived", notes, self.needs)
