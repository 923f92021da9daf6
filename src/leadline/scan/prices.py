"""The prices of a universe: read from anything, checked, each series on its own days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leadline.data.frame import days_of
from leadline.data.gather import newest_day, snapshot
from leadline.data.providers.folder import FolderStore
from leadline.data.series import SeriesInfo, catalogue
from leadline.data.store import Store
from leadline.errors import DataError
from leadline.kernels.quality import reversed_spikes

if TYPE_CHECKING:
    import pandas as pd

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Given = Any
"""A frame, a path, or names of series in a store."""

LONG = ("date", "asset", "price")


@dataclass(frozen=True, slots=True)
class Left:
    """A series that takes no part, and why."""

    asset: str
    reason: str


@dataclass(frozen=True, slots=True)
class Universe:
    """Prices by day, shape (n_days, n_assets); NaN where a series has none that day.

    ``infos`` holds the catalogue's entry of each series it knows.
    """

    days: Days
    assets: tuple[str, ...]
    prices: Floats
    infos: Mapping[str, SeriesInfo]
    left: tuple[Left, ...] = ()


def read(given: Given, store: Store | None = None) -> Universe:
    """Read prices from a frame, a file, a folder, or a store.

    Parameters
    ----------
    given : DataFrame, path, or sequence of str
        A wide frame has a day a row (its index, or a column ``date``) and an asset a column; a
        long one the columns ``date``, ``asset`` and ``price``. A path names a CSV or Parquet file
        of such a frame, or a folder with one CSV file a series. Names are looked up in ``store``.

    Raises
    ------
    DataError
        Naming asset and day, for prices that are not positive and finite, days that are repeated
        or out of order, and what is no table of prices.
    """
    if isinstance(given, (str, Path)):
        return _of_path(Path(given))
    if hasattr(given, "columns"):
        return _of_frame(given, "the frame")
    if store is None:
        msg = "Prices are a frame, a path, or names of series together with their store."
        raise DataError(msg)
    return _of_store(store, tuple(given), asked=True)


def _of_path(path: Path) -> Universe:
    if path.is_dir():
        store = FolderStore(path)
        return _of_store(store, store.ids(), asked=False)
    if not path.exists():
        msg = f"{path}: no such file or folder."
        raise DataError(msg)
    return _of_frame(_table(path), str(path))


def _table(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return pd.read_parquet(path)
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        msg = f"{path}: cannot be read as a table: {reason}"
        raise DataError(msg) from error


def _of_frame(frame: "pd.DataFrame", where: str) -> Universe:
    names = [str(column) for column in frame.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        msg = f"{where}: the column {twice!r} is there twice. Keep one column an asset."
        raise DataError(msg)
    frame = frame.set_axis(names, axis=1)
    lower = {name.lower(): name for name in names}
    if set(LONG) <= set(lower):
        return _of_long(*(frame[lower[name]] for name in LONG), where=where)
    if "date" in lower:
        frame = frame.set_index(lower["date"])
    if frame.shape[1] == 0:
        msg = f"{where}: there is no column of prices. {_FORMS}"
        raise DataError(msg)
    days = days_of(where, frame.index)
    values = np.column_stack([_numbers(where, name, frame[name]) for name in frame.columns])
    return _checked(days, tuple(map(str, frame.columns)), values, where)


_FORMS = "Give a day a row and an asset a column, or the columns date, asset and price."


def _of_long(dates: Any, assets: Any, prices: Any, *, where: str) -> Universe:
    import pandas as pd

    values = _numbers(where, "price", prices)
    labels = np.asarray(assets.astype(str))
    names = tuple(dict.fromkeys(labels.tolist()))
    place = {name: column for column, name in enumerate(names)}
    column = np.array([place[label] for label in labels], dtype=np.intp)
    at: list[Days] = []
    for number, name in enumerate(names):
        at.append(days_of(f"{where}: {name}", pd.Index(dates[column == number])))
    days = np.unique(np.concatenate(at))
    wide = np.full((days.size, len(names)), np.nan)
    for number, own in enumerate(at):
        wide[np.searchsorted(days, own), number] = values[column == number]
    return _checked(days, names, wide, where)


def _numbers(where: str, name: str, given: Any) -> Floats:
    try:
        return np.asarray(given.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        msg = f"{where}: {name!r} holds something that is not a number: {error}. {_FORMS}"
        raise DataError(msg) from error


def _of_store(store: Store, names: Sequence[str], *, asked: bool) -> Universe:
    """Take the newest value of each day; where not asked by name, what is no price is left out."""
    if isinstance(names, str) or not names:
        msg = "Name the series to scan, such as ('silver', 'gold', 'bitcoin')."
        raise DataError(msg)
    found: dict[str, tuple[Days, Floats]] = {}
    infos: dict[str, SeriesInfo] = {}
    left: list[Left] = []
    for name in names:
        series = store.series(name)
        if not series.info.must_be_positive:
            if asked:
                msg = f"{name!r} is no price that is always positive, so it has no log returns."
                raise DataError(msg)
            left.append(Left(name, "no price that is always positive"))
            continue
        infos[name] = series.info
        found[name] = snapshot(series, newest_day((series,)))
    if not found:
        msg = f"None of {', '.join(names)} is a price."
        raise DataError(msg)
    days = np.unique(np.concatenate([own for own, _ in found.values()]))
    wide = np.full((days.size, len(found)), np.nan)
    for number, (own, values) in enumerate(found.values()):
        wide[np.searchsorted(days, own), number] = values
    return _checked(days, tuple(found), wide, "the store", infos=infos, left=tuple(left))


def _checked(
    days: Days,
    assets: tuple[str, ...],
    prices: Floats,
    where: str,
    *,
    infos: Mapping[str, SeriesInfo] | None = None,
    left: tuple[Left, ...] = (),
) -> Universe:
    for wrong, what in (
        (np.isinf(prices), "is infinite"),
        (prices <= 0, "is not positive; give prices, not returns"),
    ):
        if wrong.any():
            row, column = (int(first[0]) for first in np.nonzero(wrong))
            msg = (
                f"{where}: the price of {assets[column]!r} on {days[row]}, "
                f"{prices[row, column]:g}, {what}. Correct it or leave the series out."
            )
            raise DataError(msg)
    if infos is None:
        # Only the very id: a ticker such as SI is not meant to be the catalogue's silver.
        infos = {name: catalogue()[name] for name in assets if name in catalogue()}
    return Universe(days, assets, prices, infos, left)


@dataclass(frozen=True, slots=True)
class Stale:
    """A price that stood still: ``n`` observations in a row from ``first`` to ``last``."""

    asset: str
    first: np.datetime64
    last: np.datetime64
    n: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A price that leaps away by ``move``, a fraction, and is back the day after: a misprint."""

    asset: str
    day: np.datetime64
    move: float


def bad_ticks(universe: Universe) -> tuple[Tick, ...]:
    """List the prices that look like misprints on a series' own consecutive days."""
    return tuple(
        tick
        for asset, prices in zip(universe.assets, _by_series(universe), strict=True)
        for tick in _ticks(universe.days, asset, prices)
    )


def _ticks(days: Days, asset: str, prices: Floats) -> Iterator[Tick]:
    rows = np.flatnonzero(np.isfinite(prices))
    path = np.log(prices[rows])
    for at in reversed_spikes(path):
        yield Tick(asset, days[rows[at]], float(np.expm1(path[at] - path[at - 1])))


def stale_runs(universe: Universe, at_least: int) -> tuple[Stale, ...]:
    """List every run of ``at_least`` equal prices on a series' own consecutive days."""
    return tuple(
        run
        for asset, prices in zip(universe.assets, _by_series(universe), strict=True)
        for run in _runs(universe.days, asset, prices, at_least)
    )


def _runs(days: Days, asset: str, prices: Floats, at_least: int) -> Iterator[Stale]:
    rows = np.flatnonzero(np.isfinite(prices))
    moved = np.diff(prices[rows]) != 0
    if moved.all():
        return
    starts = np.flatnonzero(np.append(True, moved))
    lengths = np.diff(np.append(starts, rows.size))
    for run in np.flatnonzero(lengths >= at_least):
        start, length = starts[run], int(lengths[run])
        yield Stale(asset, days[rows[start]], days[rows[start + length - 1]], length)


def _by_series(universe: Universe) -> Floats:
    """Give the prices a series a row: in a table of days each value lies far from the next."""
    return np.ascontiguousarray(universe.prices.T)
