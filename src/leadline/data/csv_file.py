"""One CSV file of observations, read fast and strictly.

Columns are checked as a whole; where anything is amiss the file is read again line by line, so
that the error names the line. The csv module is as fast here as pandas, whose import alone costs
more than reading twenty series.
"""

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from leadline.data.series import SeriesInfo
from leadline.errors import DataError

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

_FORMS = "date,value or date,open,high,low,close[,volume]"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What stands for "no end" in some files; no time zone knows what its clocks say then.
_TOO_LATE = np.datetime64("2200-01-01")


@dataclass(frozen=True, slots=True)
class Table:
    """Where in a file the observations of one series are.

    ``known`` names the column of a table of vintages that says when each row became known.
    """

    path: Path
    info: SeriesInfo
    column: str = "value"
    known: str | None = None

    def read(self) -> tuple[Times, Floats, Times]:
        """Give periods, values and instants of knowledge (empty where the file has none).

        Raises
        ------
        DataError
            Naming file, line, what was found and what was expected.
        """
        header = header_of(self.path)
        column = self._column(header)
        try:
            period, value, known = self._fast(header, column)
        except ValueError:
            self._explain(header, column)
            raise
        except (OSError, EOFError, csv.Error) as error:
            msg = f"{self.path}: cannot be read as CSV: {error}."
            raise DataError(msg) from error
        if period.size == 0:
            msg = f"{self.path}: there is a header and no observation below it."
            raise DataError(msg)
        shift = np.timedelta64(self.info.label_days, "D")
        return period + shift, value, known

    def _column(self, header: Sequence[str]) -> str:
        column = self.column
        if column == "value" and "value" not in header and "close" in header:
            column = "close"
        wanted = ["date", column, *([self.known] if self.known else [])]
        misplaced = self.known is None and header[0] != "date"
        if misplaced or not set(wanted) <= set(header):
            form = _FORMS if column == "value" and not self.known else ",".join(wanted)
            got = ",".join(header)[:120]
            msg = f"{self.path}: line 1: expected the header {form}, got {got!r}."
            raise DataError(msg)
        return column

    def _fast(self, header: Sequence[str], column: str) -> tuple[Times, Floats, Times]:
        with open_text(self.path) as lines:
            rows = [row for row in csv.reader(lines) if len(row) > 1 or not _is_blank(row)][1:]
        if any(len(row) != len(header) for row in rows):
            msg = "some lines have more or fewer fields"
            raise ValueError(msg)
        texts = [row[header.index("date")] for row in rows]
        value = self._numbers([row[header.index(column)] for row in rows])
        known = np.empty(0, dtype="datetime64[s]")
        if self.known:
            stamps = [row[header.index(self.known)] for row in rows]
            known = _each_once(stamps, _instants_from_text)
            period = _each_once(texts, days_from_text)
            ordered = _vintages_agree(period, known, value)
        else:
            period = days_from_text(texts)
            ordered = bool(np.all(period[1:] > period[:-1]))
        present = ~np.isnan(value)
        if not (ordered and self._plausible(value[present])):
            msg = "a value or the order of the lines"
            raise ValueError(msg)
        return period[present], value[present], known[present] if self.known else known

    def _numbers(self, texts: Sequence[str]) -> Floats:
        if self.info.gaps:
            return np.array([self._number(text) for text in texts], dtype=np.float64)
        value = np.array(list(map(float, texts)), dtype=np.float64)
        if not np.isfinite(value).all() or "_" in "".join(texts):
            msg = "some values are not numbers"
            raise ValueError(msg)
        return value

    def _number(self, text: str) -> float:
        """Give the number; NaN for an empty text where that is normal; else raise ValueError."""
        if self.info.gaps and not text.strip():
            return np.nan
        # Python would read 1_000 as a number, which no data file means.
        value = np.nan if "_" in text else float(text)
        if not np.isfinite(value):
            msg = f"{text!r} is not a number"
            raise ValueError(msg)
        return value

    def _plausible(self, value: Floats) -> bool:
        info = self.info
        positive = not info.must_be_positive or bool((value > 0).all())
        return positive and bool(((value >= info.low) & (value <= info.high)).all())

    def _explain(self, header: Sequence[str], column: str) -> None:
        """Raise DataError for the first line that is wrong."""
        newest = ""
        seen: dict[tuple[str, str], tuple[int, float]] = {}
        with open_text(self.path) as lines:
            for number, row in islice(_rows(lines), 1, None):
                problem = self._problem(row, header, column)
                if problem is None:
                    found = dict(zip(header, row, strict=True))
                    day, value = found["date"], self._number(found[column])
                    known = str(_instant(found[self.known])) if self.known else ""
                    line, first = seen.setdefault((known, day), (number, value))
                    if line != number and (not self.known or first != value):
                        problem = f"{day} is there twice, first in line {line}. Keep one value."
                    elif not self.known and day < newest:
                        problem = f"{day} comes after {newest}. Sort the lines by date."
                    newest = day
                if problem is not None:
                    msg = f"{self.path}: line {number}: {problem}"
                    raise DataError(msg)

    def _problem(self, row: Sequence[str], header: Sequence[str], column: str) -> str | None:
        if len(row) != len(header):
            return f"expected {len(header)} fields as in the header, found {len(row)}."
        found = dict(zip(header, row, strict=True))
        try:
            days_from_text([found["date"]])
        except ValueError:
            return f"expected a day such as 2026-01-31, found {found['date']!r}."
        if self.known:
            try:
                _instant(found[self.known])
            except ValueError:
                return (
                    f"expected a day or an instant such as 2026-01-31T12:00:00Z in {self.known!r}, "
                    f"found {found[self.known]!r}."
                )
        return self._wrong_value(found[column])

    def _wrong_value(self, text: str) -> str | None:
        info = self.info
        try:
            value = self._number(text)
        except ValueError:
            if not text.strip():
                return f"the value of {info.id!r} is empty. Leave out days without an observation."
            return f"expected a number for {info.id!r}, found {text!r}."
        if info.must_be_positive and value <= 0:
            return (
                f"the price of {info.id!r} is {text}; prices are positive. Correct the line or "
                "leave it out."
            )
        if not info.low <= value <= info.high:
            return (
                f"{info.id!r} is {text}, outside the plausible {info.low:g} to {info.high:g} "
                f"{info.unit}. Is the file in {info.unit}?"
            )
        return None


def header_of(path: Path) -> tuple[str, ...]:
    """Give the column names in lower case; raise DataError for what is not a CSV file."""
    try:
        with open_text(path) as lines:
            first = next((line for line in lines if line.strip()), "")
    except (OSError, EOFError) as error:
        msg = f"{path}: cannot be read: {error}."
        raise DataError(msg) from error
    if not first:
        msg = f"{path}: the file is empty. Expected a header and one line a day."
        raise DataError(msg)
    if first.lstrip().startswith("<"):
        msg = (
            f"{path}: expected CSV, got a web page ({first.strip()[:40]!r}). "
            "The download was refused or went to a login page; fetch it again."
        )
        raise DataError(msg)
    return tuple(name.strip().lower() for name in next(csv.reader([first.strip()])))


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a plain or gzipped text file; bytes that are not UTF-8 become replacement marks."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
        yield lines


def days_from_text(texts: Sequence[str]) -> Times:
    """Read days written ``2026-01-31`` and nothing else; raise ValueError."""
    days = np.asarray(texts, dtype=np.str_)
    if days.size == 0:
        return np.empty(0, dtype="datetime64[D]")
    # NumPy alone would also take 'today', '2026-01' and the empty string.
    parsed = days.astype("datetime64[D]")
    if parsed.max() >= _TOO_LATE or not np.array_equal(np.datetime_as_string(parsed), days):
        msg = "not all are days"
        raise ValueError(msg)
    return parsed


def _vintages_agree(period: Times, known: Times, value: Floats) -> bool:
    """Say whether no vintage gives two values of one period; the same value twice is harmless."""
    order = np.lexsort((value, period, known))
    period, known, value = period[order], known[order], value[order]
    same = (period[1:] == period[:-1]) & (known[1:] == known[:-1])
    return not bool(np.any(same & (value[1:] != value[:-1])))


def _instants_from_text(texts: Sequence[str]) -> Times:
    return np.array([_instant(text) for text in texts], dtype="datetime64[s]")


def _instant(text: str) -> np.datetime64:
    if _DAY.fullmatch(text):
        # What is available by a day is known when the day has ended.
        return np.datetime64(text, "s") + np.timedelta64(24, "h")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"{text!r} has no time zone"
        raise ValueError(msg)
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "s")


def _each_once(texts: Sequence[str], read: Callable[[Sequence[str]], Times]) -> Times:
    """Read each text of a table of vintages once, for it comes there a hundred times."""
    position = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return read(list(position))[[position[text] for text in texts]]


def _rows(lines: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Give line number and cells of every line that is not blank."""
    reader = csv.reader(lines)
    for row in reader:
        if not _is_blank(row):
            yield reader.line_num, row


def _is_blank(row: Sequence[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())
