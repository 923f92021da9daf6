"""What was known, day by day: the only way numbers reach a test."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leadline.data.series import SeriesInfo
from leadline.errors import DataError, did_you_mean

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Every = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Column:
    """One series seen from each decision.

    Attributes
    ----------
    info : SeriesInfo
        What the series is.
    value : ndarray of float64, shape (n_days,)
        The newest period known at each decision, in its newest vintage known then; NaN before
        the first.
    period : ndarray of datetime64[D], shape (n_days,)
        The day that value is about; NaT before the first.
    fresh : ndarray of bool, shape (n_days,)
        Whether a newer period became known since the decision before.
    basis : str
        How ``known_at`` was established: vintage, source_stamp, rule or first_seen; or derived.
    notes : tuple of str
        Caveats that a verdict which uses the column must repeat.
    needs : tuple of str
        The columns that a derived one was made from.
    providers : tuple of str
        Ids of those who gave the values; none where they come from a file or are derived.
    """

    info: SeriesInfo
    value: Floats
    period: Days
    fresh: NDArray[np.bool_]
    basis: str
    notes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()

    def since(self, row: int) -> "Column":
        """Give the column without the days before ``row``."""
        return replace(
            self, value=self.value[row:], period=self.period[row:], fresh=self.fresh[row:]
        )

    def before(self, row: int) -> "Column":
        """Give the column without ``row`` and the days after it."""
        return replace(
            self, value=self.value[:row], period=self.period[:row], fresh=self.fresh[:row]
        )


@dataclass(frozen=True, slots=True)
class Aligned:
    """Series on the days on which all of them were fresh; nothing is filled forward.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_obs,)
        Strictly increasing decision days; the decision of day D is taken at 00:10 UTC after it.
    values : mapping of str to ndarray of float64, shape (n_obs,)
    """

    days: Days
    values: Mapping[str, Floats]

    @property
    def per_year(self) -> float:
        """Observations a year, from the days themselves."""
        span = (self.days[-1] - self.days[0]) / np.timedelta64(1, "D")
        return float((self.days.size - 1) / span * 365.25)

    def __len__(self) -> int:
        """Give the number of observations."""
        return int(self.days.size)


@dataclass(frozen=True, slots=True)
class Panel:
    """Series as they were known at each daily decision up to ``as_of``.

    ``days`` holds every calendar day from the first value to ``as_of``; columns share it.
    """

    as_of: date
    days: Days
    columns: Mapping[str, Column]

    @property
    def notes(self) -> tuple[str, ...]:
        """Caveats about the data that a verdict must repeat."""
        return tuple(dict.fromkeys(note for c in self.columns.values() for note in c.notes))

    @property
    def digest(self) -> str:
        """SHA-256 over days, ids, values and periods; the order of asking does not matter."""
        digest = hashlib.sha256(self.days.astype("<i8").tobytes())
        for identity, column in sorted({c.info.id: c for c in self.columns.values()}.items()):
            digest.update(identity.encode() + b"\0")
            digest.update(column.value.astype("<f8").tobytes())
            digest.update(column.period.astype("datetime64[D]").astype("<i8").tobytes())
        return digest.hexdigest()

    def __getitem__(self, name: str) -> Column:
        """Give the column called ``name``; raise DataError where there is none."""
        try:
            return self.columns[name]
        except KeyError:
            hint = did_you_mean(name, self.columns)
            msg = f"The panel holds no series {name!r}.{hint} It holds: {', '.join(self.columns)}."
            raise DataError(msg) from None

    def only(self, names: Iterable[str]) -> "Panel":
        """Give the panel that holds ``names`` and what they were made from, and nothing else.

        It begins, as any panel, on the first day on which one of them was known.
        """
        kept: dict[str, Column] = {}

        def keep(name: str) -> None:
            if name not in kept:
                kept[name] = self[name]
                for needed in kept[name].needs:
                    keep(needed)

        for name in names:
            keep(name)
        known = [~np.isnat(column.period) for column in kept.values() if column.basis != "derived"]
        first = min(int(np.argmax(each)) for each in known)
        columns = {name: column.since(first) for name, column in kept.items()}
        return Panel(self.as_of, self.days[first:], columns)

    def until(self, day: date) -> "Panel":
        """Give the panel as it was at the decision of ``day``: the one gathered then.

        Columns of which nothing was known by then are left out. Notes stay those of the whole
        panel. Raises DataError for a day that is not of the panel.
        """
        if not self.days[0] <= np.datetime64(day, "D") <= self.days[-1]:
            msg = f"The panel runs from {self.days[0]} to {self.as_of}; {day} is no day of it."
            raise DataError(msg)
        stop = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right"))
        columns = {
            name: column.before(stop)
            for name, column in self.columns.items()
            if np.isfinite(column.value[:stop]).any()
        }
        return Panel(day, self.days[:stop], columns)

    def align(
        self,
        names: tuple[str, ...],
        *,
        every: Every = "day",
        start: date | None = None,
        stop: date | None = None,
    ) -> Aligned:
        """Take ``names`` on the decisions at which all of them were fresh.

        Weekend moves of a market that never closes therefore fall into the interval of the one
        that does. ``every`` of week or month keeps the last such decision of each *complete*
        ISO week or calendar month. ``start`` and ``stop`` are inclusive.
        """
        columns = [self[name] for name in names]
        keep = np.logical_and.reduce([c.fresh & np.isfinite(c.value) for c in columns])
        if start is not None:
            keep = keep & (self.days >= np.datetime64(start, "D"))
        if stop is not None:
            keep = keep & (self.days <= np.datetime64(stop, "D"))
        rows = np.flatnonzero(keep)
        if every != "day":
            rows = rows[
                last_of_complete_period(self.days[rows], every, np.datetime64(self.as_of, "D"))
            ]
        values = {name: c.value[rows] for name, c in zip(names, columns, strict=True)}
        return Aligned(self.days[rows], values)


def period_index(days: Days, every: Every) -> NDArray[np.int64]:
    """Number the ISO week (Monday first) or calendar month that each day falls into."""
    if every == "week":
        # 1970-01-01 was a Thursday, so three days shift the count to Mondays.
        return (days.astype("datetime64[D]").astype(np.int64) + 3) // 7
    if every == "month":
        return days.astype("datetime64[M]").astype(np.int64)
    return days.astype("datetime64[D]").astype(np.int64)


def last_of_complete_period(days: Days, every: Every, as_of: np.datetime64) -> NDArray[np.intp]:
    """Positions of the last day in each week or month that has ended by ``as_of``."""
    if days.size == 0:
        return np.empty(0, dtype=np.intp)
    index = period_index(days, every)
    last = np.flatnonzero(np.append(index[1:] != index[:-1], True))
    tomorrow = period_index(np.array([as_of + np.timedelta64(1, "D")]), every)[0]
    complete: NDArray[np.intp] = last[index[last] < tomorrow]
    return complete
