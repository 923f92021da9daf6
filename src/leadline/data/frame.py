"""Panels from pandas Series and plain arrays, for notebooks and simulated worlds."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leadline.data.csv_file import days_from_text
from leadline.data.gather import assemble, newest_day
from leadline.data.panel import Panel
from leadline.data.series import SeriesInfo, series_of
from leadline.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Days = NDArray[np.datetime64]


def panel_from_series(
    mapping: "Mapping[str, pd.Series[Any] | tuple[ArrayLike, ArrayLike]]",
    *,
    infos: Mapping[str, SeriesInfo] | None = None,
    as_of: date | None = None,
) -> Panel:
    """Give the panel of pandas Series, or of (index, values) pairs, by name.

    The index says the day of each value: any datetime unit, dates, or text such as
    ``2026-01-31``. A time zone is converted to UTC first; of a time within a day only the UTC day
    counts. A name without an entry in ``infos`` is a daily price that closes at 00:00 UTC after
    its day. Without ``as_of`` the panel ends on the last day on which anything became known.

    Raises
    ------
    DataError
        For an index that is not of days, unsorted or repeated days, values that are not finite
        numbers, and prices that are not positive.
    """
    found = {}
    for name, given in mapping.items():
        index, values = given if isinstance(given, tuple) else (given.index, given.to_numpy())
        info = (infos or {}).get(name) or _plain(name)
        days = days_of(name, index)
        found[name] = series_of(info, days, _values(name, info, days, values))
    return assemble(found, as_of=as_of or newest_day(tuple(found.values())), revised_data="allow")


def simulated_panel(
    days: Days, prices: Mapping[str, ArrayLike], infos: Mapping[str, SeriesInfo] | None = None
) -> Panel:
    """Give the panel of simulated series on common days, up to the last of them.

    NaN is a day without an observation: a weekend of a market that closes. The days are sorted.
    """
    found = {}
    for name, given in prices.items():
        value = np.asarray(given, dtype=np.float64)
        traded = ~np.isnan(value)
        info = (infos or {}).get(name) or _plain(name)
        found[name] = series_of(info, days[traded], value[traded])
    as_of: date = days[-1].astype("datetime64[D]").astype(object)
    return assemble(found, as_of=as_of, revised_data="allow")


def _plain(name: str) -> SeriesInfo:
    return SeriesInfo(id=name, title=name, unit="as given", kind="price")


def days_of(name: str, given: Any) -> Days:
    """Give the days of an index, strictly increasing; raise DataError naming what is not so."""
    days = _utc_days(name, given)
    if days.size == 0:
        msg = f"{name!r} is empty; it takes at least one value."
        raise DataError(msg)
    if np.isnat(days).any():
        at = int(np.argmax(np.isnat(days)))
        msg = f"{name!r}: position {at} of the index is not a time (NaT). Drop such rows."
        raise DataError(msg)
    step = np.diff(days).astype(np.int64)
    if (step <= 0).any():
        at = int(np.argmax(step <= 0))
        if step[at] == 0:
            msg = f"{name!r}: {days[at]} is there twice (as a UTC day). Keep one value a day."
        else:
            msg = f"{name!r}: {days[at + 1]} comes after {days[at]}. Sort it with .sort_index()."
        raise DataError(msg)
    return days


def _utc_days(name: str, given: Any) -> Days:
    zone = getattr(given, "tz", None)
    if zone is not None:
        given = given.tz_convert("UTC").tz_localize(None)
    index = np.asarray(given)
    if index.ndim != 1:
        msg = f"{name!r}: the index has {index.ndim} dimensions; it takes one day for each value."
        raise DataError(msg)
    if index.dtype.kind == "M":
        return index.astype("datetime64[D]")
    if index.size and all(isinstance(entry, str) for entry in index.tolist()):
        try:
            return days_from_text(index.tolist())
        except ValueError as error:
            msg = f"{name!r}: the index holds text that is no day such as 2026-01-31."
            raise DataError(msg) from error
    if index.size and all(isinstance(entry, date) for entry in index.tolist()):
        return _days_of_dates(index.tolist())
    if index.size == 0:
        return np.empty(0, dtype="datetime64[D]")
    msg = (
        f"{name!r}: the index is of {index.dtype}, not of days. "
        "Give it a DatetimeIndex, with pandas.to_datetime for example."
    )
    raise DataError(msg)


def _days_of_dates(entries: list[Any]) -> Days:
    from datetime import UTC

    utc = [e.astimezone(UTC).date() if getattr(e, "tzinfo", None) else e for e in entries]
    return np.array(utc, dtype="datetime64[D]")


def _values(name: str, info: SeriesInfo, days: Days, given: Any) -> NDArray[np.float64]:
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"{name!r} holds something that is not a number: {error}."
        raise DataError(msg) from error
    if values.shape != days.shape:
        msg = f"{name!r} has {days.size} days and values of shape {values.shape}; give one a day."
        raise DataError(msg)
    if not np.isfinite(values).all():
        at = int(np.argmax(~np.isfinite(values)))
        msg = (
            f"{name!r}: the value of {days[at]} is {values[at]}. Drop such days, do not fill them."
        )
        raise DataError(msg)
    if info.must_be_positive and (values <= 0).any():
        at = int(np.argmax(values <= 0))
        msg = (
            f"{name!r}: the price of {days[at]} is {values[at]:g}; prices are positive. "
            "Give levels, not returns."
        )
        raise DataError(msg)
    return values
