"""A table of prices from a frame or a file: its columns, its days, and where each row stands."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leadline.data.csv_file import header_of, open_text
from leadline.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]

FORMS = "Give a day a row and an asset a column, or the columns date, asset and price."
PARQUET = {".parquet", ".pq"}
_DAYS = "Name the column of days date, and write them like 2024-01-31."
_NUMBERS = "Write numbers like 1234.5, or leave the column out."
# pandas takes these for nothing in a column of numbers; a ticker may well be NA.
_NOTHING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
_MIDNIGHT = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?\s*")
_NUMBERED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_JOINED = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Table:
    """A frame, and how to speak of it: ``row`` says which row of what it was read from is meant."""

    frame: "pd.DataFrame"
    where: str
    row: Callable[[int], str]
    sort: str = "Sort the rows by date."

    def days(self, given: Any) -> Days:
        """Give the UTC day of each row, from times, dates or text."""
        import pandas as pd

        if pd.api.types.is_datetime64_any_dtype(given.dtype):
            days = _of_times(given)
        else:
            held = np.asarray(given, dtype=object)
            kinds = set(map(type, held[~pd.isna(held)]))
            if all(issubclass(kind, str) for kind in kinds):
                return self._of_text(held)
            if not all(issubclass(kind, date) for kind in kinds):
                msg = (
                    f"{self.where}: the days are of {given.dtype}, such as {held[0]}, not of days. "
                    "Write them like 2024-01-31, or use pandas.to_datetime."
                )
                raise DataError(msg)
            days = _of_times(held)
        if (missing := np.isnat(days)).any():
            raise self.wrong(int(missing.argmax()), "there is no day (NaT). Drop such rows.")
        return days

    def _of_text(self, texts: NDArray[np.object_]) -> Days:
        import pandas as pd

        # A long table has each day as often as there are assets.
        place, different = pd.factorize(texts, use_na_sentinel=False)
        read = np.array([_day(text) for text in different], dtype="datetime64[D]")
        days = read[place]
        if (wrong := np.isnat(days)).any():
            at = int(wrong.argmax())
            raise self.wrong(at, _advice(texts[at]))
        return days

    def increasing(self, days: Days, rows: NDArray[np.intp], asset: str = "") -> None:
        """Raise DataError where the days of these rows do not come one after another."""
        step = np.diff(days[rows]).astype(np.int64)
        if (step > 0).all():
            return
        at = int(np.argmax(step <= 0))
        before, after = days[rows[at]], days[rows[at + 1]]
        of = f" of {asset!r}" if asset else ""
        said = f"{after}{of} comes after {before}. {self.sort}"
        if before == after:
            said = f"{after}{of} is there twice (as a UTC day). Keep one price a day."
        raise self.wrong(int(rows[at + 1]), said)

    def numbers(self, name: str) -> Floats:
        """Give a column as numbers, NaN where there is none."""
        column = self.frame[name]
        try:
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        except (TypeError, ValueError):
            at, held = next((at, held) for at, held in enumerate(column) if not _is_number(held))
            said = f"{name!r} holds something that is not a number, {str(held)[:40]!r}. {_NUMBERS}"
            raise self.wrong(at, said) from None

    def wrong(self, row: int, said: str) -> DataError:
        """Give the error that names the row."""
        return DataError(f"{self.where}: {self.row(row)}: {said}")


def of_frame(frame: "pd.DataFrame") -> Table:
    """Take a frame as it is."""
    names = [str(column) for column in frame.columns]
    _each_once(names, "the frame")
    sort = "Sort the rows by date."
    if "date" not in map(str.lower, names):
        sort = "Sort it with .sort_index()."
    return Table(frame.set_axis(names, axis=1), "the frame", "position {}".format, sort)


def of_file(path: Path) -> Table:
    """Read a CSV or Parquet file.

    Raises
    ------
    DataError
        For what is no table, a column without a name or twice, and days under another name.
    """
    return _of_parquet(path) if path.suffix.lower() in PARQUET else _of_csv(path)


def _of_parquet(path: Path) -> Table:
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    names = [str(column) for column in frame.columns]
    if isinstance(frame.index, pd.RangeIndex):
        _dated(names, str(path))
    _each_once(names, str(path))
    return Table(frame.set_axis(names, axis=1), str(path), lambda row: f"row {row + 1}")


def _of_csv(path: Path) -> Table:
    import pandas as pd

    header_of(path)
    where = str(path)
    with open_text(path) as lines:
        names = [name.strip() for name in next(row for row in csv.reader(lines) if any(row))]
    if len(names) == 1 and (mark := next((m for m in ";\t|" if m in names[0]), "")):
        msg = (
            f"{where}: the columns are parted by {mark!r}. Part them by commas, and write numbers "
            "with a point."
        )
        raise DataError(msg)
    _dated(names, where)
    _each_once(names, where)
    texts = {name for name in names if name.lower() in {"date", "asset"}}
    try:
        frame = pd.read_csv(
            path,
            names=names,
            header=0,
            dtype=dict.fromkeys(texts, str),
            keep_default_na=False,
            na_values={name: list(_NOTHING[: 1 if name in texts else None]) for name in names},
        )
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(frame.index, pd.RangeIndex):
        msg = f"{where}: the lines have more fields than the header. Name every column."
        raise DataError(msg)
    return Table(frame, where, lambda row: f"line {_line(path, row)}")


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"{path}: cannot be read as a table: {reason}")


def _dated(names: list[str], where: str) -> None:
    if "date" not in map(str.lower, names):
        first = f"is named {names[0]!r}" if names and names[0] else "has no name"
        msg = f"{where}: no column is named date; the first one {first}. {_DAYS}"
        raise DataError(msg)


def _each_once(names: list[str], where: str) -> None:
    for number, name in enumerate(names):
        if not name:
            msg = f"{where}: column {number + 1} has no name. Name each column after its asset."
            raise DataError(msg)
        if name in names[:number]:
            msg = f"{where}: the column {name!r} is there twice. Keep one column an asset."
            raise DataError(msg)


def _line(path: Path, row: int) -> int:
    """Find the line of a row, as pandas counts rows: without blank lines."""
    with open_text(path) as lines:
        reader = csv.reader(lines)
        numbers = (reader.line_num for cells in reader if len(cells) > 1 or "".join(cells).strip())
        return next(islice(numbers, row + 1, None))


def _day(text: Any) -> np.datetime64:
    """Read a day, alone or with midnight; NaT for anything else."""
    found = _MIDNIGHT.fullmatch(text) if isinstance(text, str) else None
    try:
        return np.datetime64(found[1] if found else "NaT", "D")
    except ValueError:
        return np.datetime64("NaT", "D")


def _advice(text: Any) -> str:
    """Say what to write in place of a text that is no day."""
    if not isinstance(text, str) or not text.strip():
        return "there is no day. Drop such rows."
    said = text.strip()
    if found := _NUMBERED.fullmatch(said):
        one, two, year = found.groups()
        days = [day for day in (_written(year, two, one), _written(year, one, two)) if day]
        if days:
            which = ", whichever is meant" if len(set(days)) > 1 else ""
            return f"{said!r} is no day. Write {' or '.join(dict.fromkeys(days))}{which}."
    if (found := _JOINED.fullmatch(said)) and (day := _written(*found.groups())):
        return f"{said!r} is no day. Write {day}."
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:", said):
        return f"{said!r} is a time of some clock. Write the day alone, such as {said[:10]}."
    return f"{said[:40]!r} is no day. Write it like 2024-01-31."


def _written(year: str, month: str, day: str) -> str:
    """Write a day, or nothing where there is no such day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _of_times(given: Any) -> Days:
    import pandas as pd

    times = pd.DatetimeIndex(pd.to_datetime(pd.Index(given), utc=True))
    return np.asarray(times.tz_localize(None), dtype="datetime64[D]")


def _is_number(held: Any) -> bool:
    import pandas as pd

    try:
        float(held)
    except (TypeError, ValueError):
        return bool(pd.isna(held))
    return True
