"""A folder of CSV files as a store."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from leadline.data.clock import AfterDays, AfterMonthEnd, AtClose, Release
from leadline.data.csv_file import Table, header_of, open_text
from leadline.data.series import (
    Frequency,
    Remark,
    Series,
    SeriesInfo,
    Source,
    catalogue,
    find,
    knows,
    series_of,
)
from leadline.data.splice import Disagreement, Points, agreement, goes_on
from leadline.errors import DataError, NotHeldError, did_you_mean


class FolderStore:
    """Series from ``<id>.csv`` files in one folder, plain or gzipped.

    A file is found by the series' id, by one of its aliases, or by the names the catalogue lists.
    It holds ``date,value`` or ``date,open,high,low,close[,volume]``. A series the catalogue does
    not know is described by the folder's ``CATALOG.csv`` (columns ``id, title, units, frequency``
    and, if wanted, ``kind, convention``); without that it is taken as a daily price.

    Where ``columns`` are given, the first of them that a file has holds its value.
    """

    def __init__(self, path: Path | str, *, columns: Sequence[str] = ("value", "close")) -> None:
        self.path = Path(path)
        self._columns = tuple(columns)
        if not self.path.is_dir():
            msg = f"{self.path}: no such folder. Name the folder that holds the CSV files."
            raise DataError(msg)
        # Sorted, so that of x.csv and x.csv.gz the plain one is met first.
        self._files: dict[str, Path] = {}
        for file in sorted(self.path.iterdir()):
            stem = file.name.lower().removesuffix(".gz")
            if stem.endswith(".csv") and stem != "catalog.csv":
                self._files.setdefault(stem.removesuffix(".csv"), file)
        self._described = _described(self.path)
        self._read: dict[str, Series] = {}

    def __repr__(self) -> str:
        """Give one line."""
        return f"FolderStore({str(self.path)!r})"

    def ids(self) -> tuple[str, ...]:
        """Name every series with a file here, those of the catalogue first."""
        known = (info.id for info in catalogue().values() if self._sources(info))
        return (*known, *self._strangers())

    def unread(self) -> Iterator[tuple[str, str]]:
        """Give each file that no series is read from, and why.

        Raises
        ------
        DataError
            For what is no CSV file, and for days with values under another header.
        """
        read = {source.file for info in catalogue().values() for source in self._sources(info)}
        read.update(self._strangers())
        for stem, file in self._files.items():
            if stem in read:
                continue
            header = header_of(file)
            if self._holds_values(stem):
                yield stem, "another file of the folder holds the same series"
                continue
            got = ",".join(header)[:60]
            forms = " or ".join(f"date,{column}" for column in self._columns)
            valued = not {*self._columns}.isdisjoint(header)
            if _DAY.match(header[0]) or (valued and _DAY.match(_first_cell(file))):
                msg = f"{file}: line 1: expected the header {forms}, got {got!r}."
                raise DataError(msg)
            yield stem, f"its header is {got!r}, not that of a series ({forms})"

    def _strangers(self) -> tuple[str, ...]:
        """Name the files of series that the catalogue does not know."""
        taken = {name for info in catalogue().values() for name in _own_files(info)}
        taken |= {source.file for info in catalogue().values() for source in self._sources(info)}
        return tuple(s for s in self._files if s not in taken and self._holds_values(s))

    def series(self, name: str, /) -> Series:
        """Give the series of this id, alias or file name.

        Raises
        ------
        DataError
            Where there is no such file, or where a line of it cannot be read; the message names
            file and line.
        """
        stem = name.strip().lower()
        key = find(stem).id if knows(stem) else stem
        if key not in self._read:
            self._read[key] = self._load(key)
        return self._read[key]

    def _load(self, key: str) -> Series:
        if knows(key):
            info = find(key)
            # Where a file lacks the column, its header is the thing to complain about.
            sources = self._sources(info) or self._candidates(info)[:1]
            if not sources:
                raise self._missing(info.id, _own_files(info))
            return self._known(info, sources)
        if key not in self._files:
            raise self._missing(key, (key,))
        info, note = self._unknown(key)
        period, value, _ = self._table(info, info.files[0]).read()
        return series_of(info, period, value, notes=(note,))

    def _known(self, info: SeriesInfo, sources: tuple[Source, ...]) -> Series:
        vintages = [source for source in sources if source.known is not None]
        if vintages:
            parts = [self._table(info, source).read() for source in vintages]
            period, value, known = (np.concatenate(part) for part in zip(*parts, strict=True))
            return series_of(info, period, value, known=known)
        period, value, _ = self._table(info, sources[0]).read()
        remarks: tuple[Remark, ...] = ()
        for source in (source for source in sources[1:] if source.continues):
            later, values, _ = self._table(info, source).read()
            new = later > period[-1]
            if new.any():
                both = (period, value), (later, values)
                agreed = self._agreement(info, (sources[0], source), *both)
                remarks = remarks or (goes_on(later[new][0], agreed),)
                period = np.concatenate([period, later[new]])
                value = np.concatenate([value, values[new]])
        return series_of(info, period, value, remarks=remarks)

    def _agreement(
        self, info: SeriesInfo, sources: tuple[Source, Source], one: Points, other: Points
    ) -> str:
        """Say that the overlap agrees; raise DataError where it does not."""
        first, second = sources
        try:
            return agreement(
                one, other, names=(first.title or first.file, second.title or second.file)
            )
        except Disagreement as problem:
            msg = (
                f"{self.path}: {self._files[first.file].name} and {self._files[second.file].name} "
                f"both hold {info.id!r} but {problem}. Remove the file that is wrong, or make "
                "them one."
            )
            raise DataError(msg) from None

    def _sources(self, info: SeriesInfo) -> tuple[Source, ...]:
        return tuple(source for source in self._candidates(info) if self._has_column(source))

    def _candidates(self, info: SeriesInfo) -> tuple[Source, ...]:
        """Which files may hold the series: its own, those the catalogue lists, an alias'."""
        listed = tuple(source for source in info.files if source.file in self._files)
        if info.id in self._files and info.id not in {source.file for source in info.files}:
            return (Source(file=info.id),)
        alias = next((name for name in info.aliases if name in self._files), None)
        return listed or (() if alias is None else (Source(file=alias),))

    def _has_column(self, source: Source) -> bool:
        try:
            header = header_of(self._files[source.file])
        except DataError:
            return True  # What is wrong with the file is said when it is read.
        return source.column in header or (
            source.column == "value" and not {*self._columns}.isdisjoint(header)
        )

    def _holds_values(self, stem: str) -> bool:
        try:
            header = header_of(self._files[stem])
        except DataError:
            return False
        return header[0] == "date" and not {*self._columns}.isdisjoint(header)

    def _table(self, info: SeriesInfo, source: Source) -> Table:
        file, column = self._files[source.file], source.column
        if column == "value" and self._columns != ("value", "close"):
            header = header_of(file)
            column = next((name for name in self._columns if name in header), column)
        return Table(file, info, column, source.known)

    def _unknown(self, stem: str) -> tuple[SeriesInfo, str]:
        row = self._described.get(stem, {})
        frequency: Frequency = next(
            (
                f
                for f in ("daily", "weekly", "monthly")
                if row.get("frequency", "daily").startswith(f)
            ),
            "irregular",
        )
        release, known = _ASSUMED[frequency]
        kind = row.get("kind") or "price"
        try:
            info = SeriesInfo.model_validate(
                {
                    "id": stem,
                    "title": row.get("title") or stem,
                    "unit": row.get("units") or "unknown",
                    "kind": kind,
                    "frequency": frequency,
                    "release": release,
                    "remark": row.get("convention") or "",
                    "files": (Source(file=stem),),
                }
            )
        except ValidationError as error:
            msg = (
                f"{self.path / 'CATALOG.csv'}: {stem!r}: kind is {kind!r}. "
                "Write price, rate, index or count."
            )
            raise DataError(msg) from error
        return info, f"not in the catalogue; taken as a {frequency} {kind} known {known}."

    def _missing(self, name: str, looked_for: Iterable[str]) -> DataError:
        ids = self.ids()
        hint = did_you_mean(name, (*ids, *self._files))
        tried = ", ".join(f"{stem}.csv" for stem in looked_for)
        held = ", ".join(ids) or "no series"
        # A name that nobody knows is a slip of the asker, not a gap in the folder.
        kind = NotHeldError if knows(name) else DataError
        return kind(
            f"{self.path}: no series {name!r} (looked for {tried}, each also as .csv.gz).{hint} "
            f"The folder holds: {held}."
        )


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ASSUMED: dict[Frequency, tuple[Release, str]] = {
    "daily": (AtClose(minutes=0), "at 00:00 UTC after its day"),
    "irregular": (AtClose(minutes=0), "at 00:00 UTC after its day"),
    "weekly": (AfterDays(days=8, at="00:00 UTC"), "a week after its day"),
    "monthly": (AfterMonthEnd(days=1, at="24:00 UTC"), "when its month has ended"),
}


def _first_cell(file: Path) -> str:
    """Give the first cell below the header."""
    with open_text(file) as lines:
        rows = (row for row in csv.reader(lines) if row)
        next(rows, None)
        return next(rows, [""])[0]


def _own_files(info: SeriesInfo) -> tuple[str, ...]:
    return tuple(dict.fromkeys((info.id, *(source.file for source in info.files), *info.aliases)))


def _described(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / "CATALOG.csv"
    if not path.is_file():
        return {}
    with open_text(path) as lines:
        rows = csv.DictReader(lines)
        if "id" not in (rows.fieldnames or ()):
            msg = f"{path}: expected a header with 'id', got {','.join(rows.fieldnames or ())!r}."
            raise DataError(msg)
        return {row["id"].strip().lower(): row for row in rows}
