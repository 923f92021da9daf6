"""The prices of a universe: read from anything, checked, each series on its own days."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.data.gather import newest_day, snapshot
from leadline.data.providers.folder import FolderStore
from leadline.data.series import SeriesInfo, catalogue
from leadline.data.store import Store
from leadline.errors import DataError
from leadline.kernels.quality import reversed_spikes
from leadline.scan import tables

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
        of such a frame, or a folder with one CSV file a series (``date,value`` or
        ``date,price``), whose other tables are left out by name. Names are looked up in
        ``store``.

    Raises
    ------
    DataError
        Naming asset and day, for prices that are not positive and finite, days that are repeated
        or out of order, and what is no table of prices.
    """
    if isinstance(given, (str, Path)):
        return _of_path(Path(given))
    if hasattr(given, "columns"):
        return _of_table(tables.of_frame(given))
    if store is None:
        msg = "Prices are a frame, a path, or names of series together with their store."
        raise DataError(msg)
    return _of_store(store, tuple(given) if isinstance(given, Iterable) else (), asked=True)


def _of_path(path: Path) -> Universe:
    if path.is_dir():
        return _of_folder(path)
    if not path.exists():
        msg = f"{path}: no such file or folder."
        raise DataError(msg)
    return _of_table(tables.of_file(path))


def _of_folder(path: Path) -> Universe:
    store = FolderStore(path, columns=("value", "close", "price"))
    others = sorted(file.name for file in path.iterdir() if file.suffix.lower() in tables.PARQUET)
    names = store.ids()
    left = [Left(*entry) for entry in store.unread()]
    if not names:
        held = ", ".join([*(entry.asset for entry in left), *others][:5])
        msg = (
            f"{path}: holds no CSV file of a series (date,value or date,price)"
            f"{', only ' if held else ''}{held}. "
            "Give a folder of such files, or the path of one table of prices."
        )
        raise DataError(msg)
    left += [Left(name, "of a folder only CSV files are read; scan it alone") for name in others]
    return _of_store(store, names, asked=False, left=left)


def _of_table(table: tables.Table) -> Universe:
    frame = table.frame
    if len(frame) == 0:
        msg = f"{table.where}: there is no day of prices in it."
        raise DataError(msg)
    lower = {name.lower(): name for name in frame.columns}
    if set(LONG) <= set(lower):
        return _of_long(table, *(lower[name] for name in LONG))
    given = frame[lower["date"]] if "date" in lower else frame.index
    names = tuple(name for name in frame.columns if name != lower.get("date"))
    if not names:
        msg = f"{table.where}: there is no column of prices. {tables.FORMS}"
        raise DataError(msg)
    days = table.days(given)
    table.increasing(days, np.arange(days.size))
    values = np.column_stack([table.numbers(name) for name in names])
    return _checked(days, names, values, table.where)


def _of_long(table: tables.Table, date: str, asset: str, price: str) -> Universe:
    import pandas as pd

    given = table.frame[asset]
    if (missing := given.isna().to_numpy()).any():
        raise table.wrong(int(missing.argmax()), "there is no asset. Name it, or drop the row.")
    values, days = table.numbers(price), table.days(table.frame[date])
    column, names = pd.factorize(given.astype(str).to_numpy(dtype=object))
    # Sorted by asset once; a search for each would go through the whole table for each.
    order = np.argsort(column, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(column[order])) + 1):
        table.increasing(days, rows, str(names[column[rows[0]]]))
    own = np.unique(days)
    wide = np.full((own.size, len(names)), np.nan)
    wide[np.searchsorted(own, days), column] = values
    return _checked(own, tuple(map(str, names)), wide, table.where)


def _of_store(
    store: Store, names: Sequence[str], *, asked: bool, left: Sequence[Left] = ()
) -> Universe:
    """Take the newest value of each day; where not asked by name, what is no price is left out."""
    if not (names and all(isinstance(name, str) for name in names)):
        msg = "Name the series to scan, such as ('silver', 'gold', 'bitcoin')."
        raise DataError(msg)
    found: dict[str, tuple[Days, Floats]] = {}
    infos: dict[str, SeriesInfo] = {}
    left = list(left)
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
